-- Several engines share the shards: who works, who asks for a shard; and whose lots a shard has.
-- depends: 0001_journal

-- migrate: apply
CREATE TABLE engine (
    name        text PRIMARY KEY,
    seen_at     timestamptz NOT NULL,
    is_leaving  boolean NOT NULL
);
COMMENT ON TABLE engine IS 'Engines that work or worked lately; they share the shards evenly.';

ALTER TABLE shard ADD COLUMN asked_by text;
COMMENT ON COLUMN shard.asked_by IS 'The engine that is ready to serve the shard and asks its owner for it.';

ALTER TABLE lot_state ADD COLUMN shard integer NOT NULL DEFAULT 0;
UPDATE lot_state s SET shard = (SELECT j.shard FROM journal j WHERE j.lot_id = s.lot_id AND j.entry = 1);
ALTER TABLE lot_state ALTER COLUMN shard DROP DEFAULT;
CREATE INDEX lot_state_shard ON lot_state (shard, lot_id);

-- migrate: rollback
DROP INDEX lot_state_shard;
ALTER TABLE lot_state DROP COLUMN shard;
ALTER TABLE shard DROP COLUMN asked_by;
DROP TABLE engine;
