-- The ledger only grows, and a deposit that came too late is remembered as such.
-- depends: 0003_listing_settlement

-- migrate: apply
CREATE FUNCTION ledger_is_insert_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is insert-only; a mistake is corrected by an entry of its own';
END $$;
CREATE TRIGGER ledger_line_is_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_line
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_insert_only();
CREATE TRIGGER ledger_entry_is_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_insert_only();
CREATE TRIGGER receipt_is_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON receipt
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_insert_only();

CREATE INDEX receipt_deposit ON receipt (deposit_id);

ALTER TABLE deposit ADD COLUMN admission_refused text;
COMMENT ON COLUMN deposit.admission_refused IS
    'Code with which the lot refused the bidder although his deposit is confirmed: too late, for example.';

-- migrate: rollback
ALTER TABLE deposit DROP COLUMN admission_refused;
DROP INDEX receipt_deposit;
DROP TRIGGER receipt_is_insert_only ON receipt;
DROP TRIGGER ledger_entry_is_insert_only ON ledger_entry;
DROP TRIGGER ledger_line_is_insert_only ON ledger_line;
DROP FUNCTION ledger_is_insert_only();
