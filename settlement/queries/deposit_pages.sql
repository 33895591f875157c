-- name: page
-- Deposits behind a place in the book, the open ones first: walks the index and stops when the page is full.
SELECT b.deposit_id, b.lot_id, b.bidder_id, b.account_no, b.due_fen, b.due_us, b.confirmed_by, b.admitted_us,
    b.received_fen, b.status
FROM deposit_book b
WHERE ($1::text IS NULL OR b.lot_id = $1)
    AND ($2 = '' OR b.bidder_id = ANY ($3::text[]) OR strpos(b.account_no, $2) > 0 OR EXISTS (
        SELECT FROM receipt
        WHERE deposit_id = b.deposit_id AND strpos(lower(payer || ' ' || bank_reference), lower($2)) > 0
    ))
    AND ($4::text IS NULL OR b.status = $4)
    AND (b.is_done, b.due_us, b.deposit_id) > ($5, $6, $7)
ORDER BY b.is_done, b.due_us, b.deposit_id
LIMIT $8;

-- name: counts
-- How many deposits there are of each status.
SELECT b.status, count(*) AS count
FROM deposit_book b
WHERE ($1::text IS NULL OR b.lot_id = $1)
    AND ($2 = '' OR b.bidder_id = ANY ($3::text[]) OR strpos(b.account_no, $2) > 0 OR EXISTS (
        SELECT FROM receipt
        WHERE deposit_id = b.deposit_id AND strpos(lower(payer || ' ' || bank_reference), lower($2)) > 0
    ))
GROUP BY b.status;

-- name: receipts
-- The receipts of some deposits in order of arrival.
SELECT receipt_id, deposit_id, amount_fen, payer, bank_reference, recorded_by, received_us
FROM receipt WHERE deposit_id = ANY ($1::text[]) ORDER BY received_us, receipt_id;
