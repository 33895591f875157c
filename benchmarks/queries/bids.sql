-- name: make_bidders
-- Accounts that can sign in with a token only: their password hash fits no password.
INSERT INTO account (account_id, login, name, roles, password_hash, invented, created_us)
SELECT format('bench-bidder-%s', n), format('bench-%s', n), 'Bench', '{bidder}', '!', true, 0
FROM generate_series(1, $1::int) AS n
RETURNING account_id, login, name, roles, invented;

-- name: owner_alive
-- When the owner of the shards was last known to serve; an engine says so once it has replayed.
SELECT min(alive_us) FROM shard;

-- name: our_journal
-- One lot's journal in order, as the independent recomputation reads it.
SELECT lot_id, entry, arrived_us, kind, command, events, rejection FROM journal WHERE lot_id = $1 ORDER BY entry;

-- name: our_standing
-- Decisions on all lots, and the highest price: what was made durable so far.
SELECT coalesce(sum(entry), 0) AS decisions, (SELECT count(*) FROM journal) AS rows,
    max((state ->> 'price_fen')::bigint) AS price
FROM lot_state;

-- name: make_peer_tables
-- What a row-lock application keeps: the lot's row that bids lock, its bidders, and the same journal as ours.
CREATE TABLE peer_lot (
    lot_id     text PRIMARY KEY,
    start_fen  bigint NOT NULL,
    step_fen   bigint NOT NULL,
    closes_us  bigint NOT NULL,
    entry      integer NOT NULL DEFAULT 0,
    seq        integer NOT NULL DEFAULT 0,
    price_fen  bigint,
    leader     text,
    bids       integer NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
CREATE TABLE peer_bidder (
    lot_id      text NOT NULL,
    account_id  text NOT NULL,
    number      text NOT NULL,
    PRIMARY KEY (lot_id, account_id)
);
CREATE TABLE peer_journal (
    lot_id      text NOT NULL,
    entry       integer NOT NULL,
    seq         integer NOT NULL,
    command_id  text NOT NULL,
    arrived_us  bigint NOT NULL,
    kind        text NOT NULL,
    command     json NOT NULL,
    events      json NOT NULL,
    rejection   json,
    PRIMARY KEY (lot_id, entry)
);
CREATE UNIQUE INDEX peer_journal_command ON peer_journal (lot_id, command_id);

CREATE FUNCTION peer_bid(asked_lot text, asker text, asked_id text, asked_fen bigint, asked_command json)
RETURNS TABLE (found_entry integer, found_seq integer, at_us bigint, number text, refusal json, repeated boolean)
LANGUAGE plpgsql AS $$
DECLARE
    lot peer_lot;
    lowest bigint;
    events json := '[]';
BEGIN
    SELECT * INTO lot FROM peer_lot WHERE lot_id = asked_lot FOR UPDATE;
    SELECT b.number INTO number FROM peer_bidder b WHERE b.lot_id = asked_lot AND b.account_id = asker;
    at_us := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
    lowest := coalesce(lot.price_fen + lot.step_fen, lot.start_fen);
    IF at_us >= lot.closes_us THEN
        refusal := '{"code":"lot_closed","amount_min":null,"amount_max":null}';
    ELSIF number IS NULL THEN
        refusal := '{"code":"not_qualified","amount_min":null,"amount_max":null}';
    ELSIF number = lot.leader THEN
        refusal := '{"code":"already_leading","amount_min":null,"amount_max":null}';
    ELSIF asked_fen < lowest THEN
        refusal := format('{"code":"below_minimum","amount_min":%s,"amount_max":null}', lowest);
    ELSIF (asked_fen - lowest) % lot.step_fen <> 0 THEN
        refusal := format('{"code":"off_grid","amount_min":%s,"amount_max":null}', lowest);
    ELSE
        lot.seq := lot.seq + 1;
        events := format(
            '[{"kind":"bid_accepted","bidder":"%s","amount":%s,"at":%s,"closes_at":%s,"matches":false,"rank":null}]',
            number, asked_fen, at_us, lot.closes_us);
    END IF;
    INSERT INTO peer_journal VALUES
        (asked_lot, lot.entry + 1, lot.seq, asked_id, at_us, 'place_bid', asked_command, events, refusal)
    ON CONFLICT (lot_id, command_id) DO NOTHING;
    IF NOT FOUND THEN
        RETURN QUERY SELECT j.entry, j.seq, j.arrived_us, peer_bid.number, j.rejection, true
            FROM peer_journal j WHERE j.lot_id = asked_lot AND j.command_id = asked_id;
        RETURN;
    END IF;
    IF refusal IS NULL THEN
        UPDATE peer_lot SET entry = lot.entry + 1, seq = lot.seq, price_fen = asked_fen, leader = number,
            bids = bids + 1 WHERE lot_id = asked_lot;
    ELSE
        UPDATE peer_lot SET entry = lot.entry + 1 WHERE lot_id = asked_lot;
    END IF;
    found_entry := lot.entry + 1;
    found_seq := lot.seq;
    repeated := false;
    RETURN NEXT;
END $$;

-- name: make_peer_lots
-- The peers' lots bench-0, bench-1, ...: the same rules as ours, open for hours.
INSERT INTO peer_lot (lot_id, start_fen, step_fen, closes_us)
SELECT format('bench-%s', n), $2, $2, $3 FROM generate_series(0, $1::int - 1) AS n;

-- name: make_peer_bidders
-- Everybody may bid on every lot.
INSERT INTO peer_bidder (lot_id, account_id, number)
SELECT format('bench-%s', n), format('bench-bidder-%s', b), format('A%s', b)
FROM generate_series(0, $1::int - 1) AS n, generate_series(1, $2::int) AS b;

-- name: lock_lot
-- The lot's row, locked until the commit, with the asker's number.
SELECT l.start_fen, l.step_fen, l.closes_us, l.entry, l.seq, l.price_fen, l.leader, b.number
FROM peer_lot l LEFT JOIN peer_bidder b ON b.lot_id = l.lot_id AND b.account_id = $2
WHERE l.lot_id = $1
FOR UPDATE OF l;

-- name: insert_decision
-- The decision; no row if this command was decided before.
INSERT INTO peer_journal (lot_id, entry, seq, command_id, arrived_us, kind, command, events, rejection)
VALUES ($1, $2, $3, $4, $5, 'place_bid', $6, $7, $8)
ON CONFLICT (lot_id, command_id) DO NOTHING
RETURNING entry;

-- name: first_answer
-- The first decision on a command.
SELECT entry, seq, arrived_us, rejection FROM peer_journal WHERE lot_id = $1 AND command_id = $2;

-- name: lead
-- The lot after an accepted bid.
UPDATE peer_lot SET entry = $2, seq = $3, price_fen = $4, leader = $5, bids = bids + 1 WHERE lot_id = $1;

-- name: count_refusal
-- The lot after a refused bid.
UPDATE peer_lot SET entry = $2 WHERE lot_id = $1;

-- name: call_peer_function
-- Everything in one round trip.
SELECT found_entry, found_seq, at_us, number, refusal, repeated FROM peer_bid($1, $2, $3, $4, $5);

-- name: peer_standing
-- Decisions on all lots, and the highest price: what was made durable so far.
SELECT coalesce(sum(entry), 0) AS decisions, (SELECT count(*) FROM peer_journal) AS rows, max(price_fen) AS price
FROM peer_lot;

-- name: peer_faults
-- Accepted bids that do not exceed the one before, gaps in the numbers, prices that are not the highest bid's.
WITH rows AS (
    SELECT lot_id, entry, (command ->> 'amount')::bigint AS amount, rejection IS NULL AS accepted,
        max((command ->> 'amount')::bigint) FILTER (WHERE rejection IS NULL)
            OVER (PARTITION BY lot_id ORDER BY entry ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before,
        row_number() OVER (PARTITION BY lot_id ORDER BY entry) AS position
    FROM peer_journal
), highest AS (
    SELECT lot_id, max(amount) AS amount FROM rows WHERE accepted GROUP BY lot_id
)
SELECT (SELECT count(*) FROM rows WHERE entry <> position OR (accepted AND amount <= before))
    + (SELECT count(*) FROM peer_lot LEFT JOIN highest USING (lot_id) WHERE price_fen IS DISTINCT FROM amount);
