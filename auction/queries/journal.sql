-- name: append_decisions
-- The one statement of a batch: checks the epoch, moves the shard's position forward, inserts the decisions
-- and the public states. Returns one row if it counted, none if the writer is no longer the owner.
WITH fence AS (
    UPDATE shard
    SET last_stream_ms = $3, last_stream_no = $4, alive_us = $5
    WHERE shard = $1 AND epoch = $2 AND (last_stream_ms, last_stream_no) <= ($3, $4)
    RETURNING shard
), decided AS (
    INSERT INTO journal
        (lot_id, entry, seq, shard, epoch, command_id, arrived_us, stream_id, kind, command, events, rejection)
    SELECT d.lot_id, d.entry, d.seq, $1, $2, d.command_id, d.arrived_us, d.stream_id, d.kind, d.command, d.events,
        d.rejection
    FROM fence, unnest($6::text[], $7::int[], $8::int[], $9::text[], $10::bigint[], $11::text[], $12::text[], $13::json[],
        $14::json[], $15::json[])
        AS d (lot_id, entry, seq, command_id, arrived_us, stream_id, kind, command, events, rejection)
), states AS (
    INSERT INTO lot_state (lot_id, entry, seq, shard, is_over, state)
    SELECT s.lot_id, s.entry, s.seq, $1, s.is_over, s.state
    FROM fence, unnest($16::text[], $17::int[], $18::int[], $19::bool[], $20::json[])
        AS s (lot_id, entry, seq, is_over, state)
    ON CONFLICT (lot_id) DO UPDATE
    SET entry = excluded.entry, seq = excluded.seq, is_over = excluded.is_over, state = excluded.state
)
SELECT shard FROM fence;

-- name: decisions_of_shard
-- What was decided on a shard's lots, lot by lot in order, of known lots only what is new: what an engine
-- replays when it takes over. Which lots there are and how long their journals are stands in lot_state.
-- Lots that are over come only if they are known.
WITH going_on AS (
    SELECT lot_id, 0 AS entry FROM lot_state WHERE shard = $1 AND NOT is_over
    UNION ALL
    SELECT lot_id, entry FROM unnest($2::text[], $3::int[]) AS known (lot_id, entry)
), wanted AS (
    SELECT lot_id, max(entry) AS entry FROM going_on GROUP BY lot_id
)
SELECT j.lot_id, j.entry, j.seq, j.command_id, j.arrived_us, j.kind, j.command, j.events, j.rejection
FROM wanted w
JOIN lot_state s ON s.lot_id = w.lot_id AND s.entry > w.entry
CROSS JOIN LATERAL (
    SELECT * FROM journal j WHERE j.lot_id = w.lot_id AND j.entry > w.entry ORDER BY j.entry
) AS j;

-- name: decisions_of_lots
-- What was decided on some lots since an entry of each, lot by lot in order.
SELECT j.lot_id, j.entry, j.seq, j.command_id, j.arrived_us, j.kind, j.command, j.events, j.rejection
FROM unnest($1::text[], $2::int[]) AS w (lot_id, entry)
CROSS JOIN LATERAL (
    SELECT * FROM journal j WHERE j.lot_id = w.lot_id AND j.entry > w.entry ORDER BY j.entry
) AS j;

-- name: decisions_of_lot
-- A part of one lot's journal in order, for supervisors, recomputation and repair of the feed.
SELECT lot_id, entry, seq, epoch, command_id, arrived_us, stream_id, kind, command, events, rejection
FROM journal
WHERE lot_id = $1 AND entry > $2
ORDER BY entry
LIMIT $3;

-- name: events_after
-- A lot's decisions with public events after a sequence number, in order.
SELECT entry, seq, events
FROM journal
WHERE lot_id = $1 AND seq > $2
ORDER BY entry
LIMIT $3;

-- name: decision_by_command
-- The first answer to a command.
SELECT entry, seq, arrived_us, kind, command, events, rejection
FROM journal
WHERE lot_id = $1 AND command_id = $2;

-- name: goes_on
-- Whether an account has confirmed in the inquiry that it goes on to the limited phase.
SELECT EXISTS (
    SELECT FROM journal
    WHERE lot_id = $1 AND kind = 'confirm_participation' AND rejection IS NULL AND command ->> 'actor' = $2
);

-- name: own_moves
-- The newest accepted moves of some kinds by one account on a lot, newest first. Ids are ACCOUNT:CHOSEN in byte
-- order, where ';' comes next after ':'; so they lie together in the index.
SELECT entry, arrived_us, kind, command
FROM journal
WHERE lot_id = $1 AND command_id >= $3 || ':' AND command_id < $3 || ';'
    AND kind = ANY ($2::text[]) AND rejection IS NULL
ORDER BY entry DESC
LIMIT $4;

-- name: events_of_kind
-- What the newest accepted command of a kind caused on a lot.
SELECT events
FROM journal
WHERE lot_id = $1 AND kind = $2 AND kind <> 'place_bid' AND rejection IS NULL
ORDER BY entry DESC
LIMIT 1;

-- name: latest_events_of_kinds
-- What the newest accepted commands of some kinds, none of them plain bids, caused on a lot, newest first; `seq` is
-- that of the lot's last public event then.
SELECT seq, events
FROM journal
WHERE lot_id = $1 AND kind = ANY ($2::text[]) AND kind <> 'place_bid' AND rejection IS NULL
ORDER BY entry DESC
LIMIT $3;

-- name: latest_accepted_bids
-- The newest accepted bids of a lot, newest first.
SELECT entry, seq, events
FROM journal
WHERE lot_id = $1 AND kind = ANY ($3::text[]) AND rejection IS NULL
ORDER BY entry DESC
LIMIT $2;

-- name: latest_refused_bids
-- The newest refused bids of a lot, newest first, for the auctioneer.
SELECT arrived_us, command, rejection
FROM journal
WHERE lot_id = $1 AND kind = 'place_bid' AND rejection IS NOT NULL
ORDER BY entry DESC
LIMIT $2;

-- name: lot_states
-- The public state of every lot.
SELECT lot_id, state FROM lot_state ORDER BY lot_id;

-- name: lot_state
-- The public state of one lot.
SELECT state FROM lot_state WHERE lot_id = $1;

-- name: journal_epoch
-- Names this journal: another database, or one put back to an earlier state, has another epoch.
SELECT to_hex(s.system_identifier) || '-' || to_hex(d.oid::bigint) || '-' || to_hex(c.timeline_id::bigint)
FROM pg_control_system() s, pg_control_checkpoint() c, pg_database d
WHERE d.datname = current_database();

-- name: lot_seqs
-- How far the public events of some lots go.
SELECT lot_id, seq FROM lot_state WHERE lot_id = ANY($1);
