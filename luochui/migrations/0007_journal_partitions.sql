-- The journal lies in parts, by lot: a lot's rows stay together and each part's indexes stay small.
-- depends: 0006_snapshots

-- migrate: apply
ALTER TABLE journal RENAME TO journal_in_one;
ALTER TABLE journal_in_one RENAME CONSTRAINT journal_pkey TO journal_in_one_pkey;
ALTER INDEX journal_command RENAME TO journal_in_one_command;
CREATE TABLE journal (LIKE journal_in_one INCLUDING COMMENTS INCLUDING CONSTRAINTS) PARTITION BY HASH (lot_id);
COMMENT ON TABLE journal IS
    'One row per decision, refusals too; (lot_id, entry) is contiguous from 1. Insert only. Parted by lot, because what must be unique is unique within a lot.';
DO $$
BEGIN
    FOR part IN 0..7 LOOP
        EXECUTE format('CREATE TABLE journal_%s PARTITION OF journal FOR VALUES WITH (MODULUS 8, REMAINDER %s)', part, part);
    END LOOP;
END $$;
INSERT INTO journal SELECT * FROM journal_in_one;
DROP TABLE journal_in_one;
ALTER TABLE journal ADD CONSTRAINT journal_pkey PRIMARY KEY (lot_id, entry);
CREATE UNIQUE INDEX journal_command ON journal (lot_id, command_id);
CREATE TRIGGER journal_is_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_insert_only();
-- A statement that names a part passes over the triggers of the whole, so every part has its own.
DO $$
BEGIN
    FOR part IN 0..7 LOOP
        EXECUTE format('CREATE TRIGGER journal_is_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_%s FOR EACH STATEMENT EXECUTE FUNCTION journal_is_insert_only()', part);
    END LOOP;
END $$;

-- migrate: rollback
ALTER TABLE journal RENAME TO journal_in_parts;
ALTER TABLE journal_in_parts RENAME CONSTRAINT journal_pkey TO journal_in_parts_pkey;
ALTER INDEX journal_command RENAME TO journal_in_parts_command;
CREATE TABLE journal (LIKE journal_in_parts INCLUDING COMMENTS INCLUDING CONSTRAINTS);
INSERT INTO journal SELECT * FROM journal_in_parts;
DROP TABLE journal_in_parts;
ALTER TABLE journal ADD CONSTRAINT journal_pkey PRIMARY KEY (lot_id, entry);
CREATE UNIQUE INDEX journal_command ON journal (lot_id, command_id);
CREATE TRIGGER journal_is_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_insert_only();
