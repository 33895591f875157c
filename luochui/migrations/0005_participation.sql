-- Who goes on to the limited phase is asked with every look at an application: found without reading all bids.
-- depends: 0004_settlement_guards

-- migrate: apply
CREATE INDEX journal_participation ON journal (lot_id, entry)
    WHERE kind = 'confirm_participation' AND rejection IS NULL;

-- migrate: rollback
DROP INDEX journal_participation;
