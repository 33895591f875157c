-- The journal of decisions, who owns which shard, and the public state of each lot.
-- depends:

-- migrate: apply
CREATE TABLE shard (
    shard           integer PRIMARY KEY,
    epoch           bigint NOT NULL DEFAULT 0,
    owner           text,
    lease_until     timestamptz NOT NULL DEFAULT '-infinity',
    alive_us        bigint NOT NULL DEFAULT 0,
    last_stream_ms  bigint NOT NULL DEFAULT 0,
    last_stream_no  bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE shard IS 'A stream of lots: its owner by lease and epoch, and the last stream entry decided.';

CREATE TABLE journal (
    lot_id       text NOT NULL,
    entry        integer NOT NULL CHECK (entry > 0),
    seq          integer NOT NULL,
    shard        integer NOT NULL,
    epoch        bigint NOT NULL,
    command_id   text NOT NULL,
    arrived_us   bigint NOT NULL,
    stream_id    text NOT NULL,
    kind         text NOT NULL,
    command      json NOT NULL,
    events       json NOT NULL,
    rejection    json,
    PRIMARY KEY (lot_id, entry)
);
CREATE UNIQUE INDEX journal_command ON journal (lot_id, command_id);
COMMENT ON TABLE journal IS 'One row per decision, refusals too; (lot_id, entry) is contiguous from 1. Insert only.';
COMMENT ON COLUMN journal.seq IS 'Number of the lot''s last public event after the decision.';

CREATE FUNCTION journal_is_insert_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal is insert-only';
END $$;
CREATE TRIGGER journal_is_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_insert_only();

CREATE TABLE lot_state (
    lot_id   text PRIMARY KEY,
    entry    integer NOT NULL,
    seq      integer NOT NULL,
    state    json NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE lot_state IS 'What anyone may see of a lot now; written with the journal rows it follows from.';

-- migrate: rollback
DROP TABLE lot_state;
DROP TABLE journal;
DROP FUNCTION journal_is_insert_only();
DROP TABLE shard;
