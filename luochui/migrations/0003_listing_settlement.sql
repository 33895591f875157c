-- Notices, applications, deposits and the double-entry ledger.
-- depends: 0002_identity

-- migrate: apply
CREATE TABLE notice (
    lot_id        text PRIMARY KEY,
    seller_id     text NOT NULL,
    notice        json NOT NULL,
    published_us  bigint NOT NULL
);
COMMENT ON TABLE notice IS 'What a lot''s notice says, as published.';

CREATE TABLE application (
    lot_id      text NOT NULL REFERENCES notice,
    bidder_id   text NOT NULL,
    number      text NOT NULL,
    applied_us  bigint NOT NULL,
    PRIMARY KEY (lot_id, bidder_id),
    UNIQUE (lot_id, number)
);
COMMENT ON TABLE application IS 'Who applied for a lot, and the random bidder number that hides him.';

CREATE SEQUENCE deposit_account_no;

CREATE TABLE deposit (
    deposit_id    text PRIMARY KEY,
    lot_id        text NOT NULL,
    bidder_id     text NOT NULL,
    account_no    text NOT NULL UNIQUE,
    due_fen       bigint NOT NULL CHECK (due_fen >= 0),
    due_us        bigint NOT NULL,
    confirmed_by  text,
    confirmed_us  bigint,
    admitted_us   bigint,
    UNIQUE (lot_id, bidder_id),
    FOREIGN KEY (lot_id, bidder_id) REFERENCES application
);
COMMENT ON TABLE deposit IS 'One deposit account per application; admitted when the engine took the confirmation.';

CREATE TABLE receipt (
    receipt_id      text PRIMARY KEY,
    deposit_id      text NOT NULL REFERENCES deposit,
    amount_fen      bigint NOT NULL CHECK (amount_fen > 0),
    payer           text NOT NULL,
    bank_reference  text NOT NULL,
    recorded_by     text NOT NULL,
    received_us     bigint NOT NULL
);
COMMENT ON TABLE receipt IS 'Money seen at the bank; several receipts of one deposit add up.';

CREATE TABLE ledger_entry (
    entry_id    text PRIMARY KEY,
    reason      text NOT NULL,
    made_by     text NOT NULL,
    made_us     bigint NOT NULL
);
CREATE TABLE ledger_line (
    entry_id    text NOT NULL REFERENCES ledger_entry,
    line        integer NOT NULL,
    account     text NOT NULL,
    amount_fen  bigint NOT NULL CHECK (amount_fen <> 0),
    PRIMARY KEY (entry_id, line)
);
CREATE INDEX ledger_line_account ON ledger_line (account);
COMMENT ON TABLE ledger_line IS 'Debits positive, credits negative; the lines of an entry sum to zero.';

CREATE FUNCTION ledger_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sum(amount_fen) FROM ledger_line WHERE entry_id = NEW.entry_id) <> 0 THEN
        RAISE EXCEPTION 'ledger entry % does not sum to zero', NEW.entry_id;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_entry_balances AFTER INSERT ON ledger_line
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entry_balances();

-- migrate: rollback
DROP TABLE ledger_line;
DROP FUNCTION ledger_entry_balances();
DROP TABLE ledger_entry;
DROP TABLE receipt;
DROP TABLE deposit;
DROP SEQUENCE deposit_account_no;
DROP TABLE application;
DROP TABLE notice;
