-- The deposit book is read page by page, in this order; and the inquiry's index, where dividing the journal lost it.
-- depends: 0005_participation 0007_journal_partitions

-- migrate: apply
CREATE INDEX deposit_in_order ON deposit ((confirmed_by IS NOT NULL OR due_fen = 0), due_us, deposit_id);
CREATE VIEW deposit_book AS
SELECT d.deposit_id, d.lot_id, d.bidder_id, d.account_no, d.due_fen, d.due_us, d.confirmed_by, d.admitted_us,
    r.received_fen,
    (d.confirmed_by IS NOT NULL OR d.due_fen = 0) AS is_done,
    CASE
        WHEN d.confirmed_by IS NOT NULL OR d.due_fen = 0 THEN 'confirmed'
        WHEN r.received_fen >= d.due_fen THEN 'recorded'
        ELSE 'awaiting'
    END AS status
FROM deposit d
CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount_fen), 0)::bigint AS received_fen FROM receipt WHERE deposit_id = d.deposit_id
) r;
COMMENT ON VIEW deposit_book IS 'Deposits with what was received; where nothing is due there is nothing to confirm.';
CREATE INDEX IF NOT EXISTS journal_participation ON journal (lot_id, entry)
    WHERE kind = 'confirm_participation' AND rejection IS NULL;

-- migrate: rollback
DROP VIEW deposit_book;
DROP INDEX deposit_in_order;
