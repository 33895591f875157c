-- Snapshots of lots with long journals, so that recovery need not fold them from the beginning.
-- depends: 0005_engines

-- migrate: apply
CREATE TABLE lot_snapshot (
    lot_id      text PRIMARY KEY,
    entry       integer NOT NULL,
    command_id  text NOT NULL,
    arrived_us  bigint NOT NULL,
    form        text NOT NULL,
    digest      bytea NOT NULL,
    body        bytea NOT NULL
);
COMMENT ON TABLE lot_snapshot IS 'A lot as its journal left it at an entry. Can be deleted at any time: the journal has everything.';
COMMENT ON COLUMN lot_snapshot.form IS 'Digest of the code that made it; other code ignores it.';

CREATE TABLE lot_answers (
    lot_id       text NOT NULL REFERENCES lot_snapshot ON DELETE CASCADE,
    entry_first  integer NOT NULL,
    entry_last   integer NOT NULL,
    digest       bytea NOT NULL,
    body         bytea NOT NULL,
    PRIMARY KEY (lot_id, entry_first)
);
ALTER TABLE lot_answers ALTER COLUMN body SET STORAGE EXTERNAL;
COMMENT ON TABLE lot_answers IS 'First answers to the commands of a stretch of a lot''s journal; part of its snapshot.';

-- migrate: rollback
DROP TABLE lot_answers;
DROP TABLE lot_snapshot;
