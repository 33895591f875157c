-- name: open_deposit
-- Open the deposit of an application with a sub-account (子账号) of its own; a second time changes nothing.
INSERT INTO deposit (deposit_id, lot_id, bidder_id, account_no, due_fen, due_us)
VALUES ($1, $2, $3, to_char(nextval('deposit_account_no'), 'FM"6210"000000000000'), $4, $5)
ON CONFLICT (lot_id, bidder_id) DO NOTHING;

-- name: deposit_of
-- A bidder's deposit for a lot.
SELECT deposit_id, lot_id, bidder_id, account_no, due_fen, due_us, confirmed_by, admitted_us, received_fen, status
FROM deposit_book WHERE lot_id = $1 AND bidder_id = $2;

-- name: deposit
-- One deposit with what was received.
SELECT deposit_id, lot_id, bidder_id, account_no, due_fen, due_us, confirmed_by, admitted_us, received_fen, status
FROM deposit_book WHERE deposit_id = $1;

-- name: lock_deposit
-- One deposit, held until the end of the transaction.
SELECT deposit_id, lot_id, bidder_id, due_fen, confirmed_by FROM deposit WHERE deposit_id = $1 FOR UPDATE;

-- name: receipts_of
-- A deposit's receipts in order of arrival.
SELECT receipt_id, amount_fen, payer, bank_reference, recorded_by, received_us
FROM receipt WHERE deposit_id = $1 ORDER BY received_us, receipt_id;

-- name: record_receipt
-- Record money seen at the bank; no row when this receipt is already recorded.
INSERT INTO receipt (receipt_id, deposit_id, amount_fen, payer, bank_reference, recorded_by, received_us)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (receipt_id) DO NOTHING
RETURNING receipt_id;

-- name: receipt
-- One receipt, to tell a repeat from a mistake.
SELECT deposit_id, amount_fen, payer, bank_reference FROM receipt WHERE receipt_id = $1;

-- name: confirm_deposit
-- Confirm a deposit.
UPDATE deposit SET confirmed_by = $2, confirmed_us = $3 WHERE deposit_id = $1;

-- name: to_admit
-- Confirmed deposits whose bidders the engine has neither admitted nor refused yet.
SELECT d.deposit_id, d.lot_id, d.bidder_id, d.confirmed_by, a.number
FROM deposit d JOIN application a USING (lot_id, bidder_id)
WHERE d.confirmed_by IS NOT NULL AND d.admitted_us IS NULL AND d.admission_refused IS NULL
ORDER BY d.confirmed_us;

-- name: admitted
-- The engine admitted the bidder.
UPDATE deposit SET admitted_us = $2 WHERE deposit_id = $1;

-- name: admission_refused
-- The lot refused the bidder, for good.
UPDATE deposit SET admission_refused = $2 WHERE deposit_id = $1;

-- name: book_entry
-- Book the head of a ledger entry.
INSERT INTO ledger_entry (entry_id, reason, made_by, made_us) VALUES ($1, $2, $3, $4);

-- name: book_lines
-- Book the lines of a ledger entry; they must sum to zero.
INSERT INTO ledger_line (entry_id, line, account, amount_fen)
SELECT $1, line, account, amount_fen FROM unnest($2::int[], $3::text[], $4::bigint[]) AS l (line, account, amount_fen);

-- name: ledger_sum
-- The sum over the whole ledger: zero, always.
SELECT coalesce(sum(amount_fen), 0)::bigint FROM ledger_line;

-- name: account_balance
-- The balance of one account.
SELECT coalesce(sum(amount_fen), 0)::bigint FROM ledger_line WHERE account = $1;

-- name: admitted_numbers
-- The numbers of a lot that may bid.
SELECT a.number FROM deposit d JOIN application a USING (lot_id, bidder_id)
WHERE d.lot_id = $1 AND d.admitted_us IS NOT NULL
ORDER BY a.number;
