-- Engines hold the lots that go on; those that are over stay here until somebody asks about them.
-- depends: 0009_own_moves

-- migrate: apply
ALTER TABLE lot_state ADD COLUMN is_over boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN lot_state.is_over IS 'Ended or withdrawn.';
UPDATE lot_state SET is_over = true WHERE state ->> 'status' IN ('sold', 'unsold', 'withdrawn');
DROP INDEX lot_state_shard;
CREATE INDEX lot_state_going_on ON lot_state (shard, lot_id) WHERE NOT is_over;

-- migrate: rollback
DROP INDEX lot_state_going_on;
CREATE INDEX lot_state_shard ON lot_state (shard, lot_id);
ALTER TABLE lot_state DROP COLUMN is_over;
