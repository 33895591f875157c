-- The log: a Merkle tree over all decisions, which makes it noticed when one is changed later.
-- depends: 0011_conduct

-- migrate: apply
CREATE TABLE log_leaf (
    leaf           bigint PRIMARY KEY CHECK (leaf >= 0),
    lot_id         text NOT NULL,
    entry          integer NOT NULL,
    decision_salt  bytea NOT NULL CHECK (octet_length(decision_salt) = 16),
    events_salt    bytea NOT NULL CHECK (octet_length(events_salt) = 16),
    UNIQUE (lot_id, entry)
);
COMMENT ON TABLE log_leaf IS 'Which leaf of the log a decision is, and the salts that keep it from being guessed. Insert only.';

CREATE TABLE log_node (
    level  smallint NOT NULL,
    place  bigint NOT NULL,
    hash   bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (level, place)
);
COMMENT ON TABLE log_node IS 'Roots of complete subtrees over 2^level leaves each; level 0 has the leaves. Insert only.';

CREATE TABLE log_checkpoint (
    size  bigint PRIMARY KEY CHECK (size > 0),
    root  bytea NOT NULL CHECK (octet_length(root) = 32),
    note  text NOT NULL,
    key   text NOT NULL
);
COMMENT ON TABLE log_checkpoint IS 'What was signed: a C2SP signed note, and the public key that it is checked with. Insert only.';

CREATE FUNCTION log_is_insert_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is insert-only';
END $$;
CREATE TRIGGER log_leaf_is_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log_leaf
    FOR EACH STATEMENT EXECUTE FUNCTION log_is_insert_only();
CREATE TRIGGER log_node_is_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log_node
    FOR EACH STATEMENT EXECUTE FUNCTION log_is_insert_only();
CREATE TRIGGER log_checkpoint_is_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION log_is_insert_only();

-- migrate: rollback
DROP TABLE log_checkpoint;
DROP TABLE log_node;
DROP TABLE log_leaf;
DROP FUNCTION log_is_insert_only();
