-- name: snapshots_of_shard
-- Snapshots of a shard's lots that go on, in this form, that end with a decision which the journal has there.
SELECT n.lot_id, n.entry, n.digest, n.body
FROM lot_state s
JOIN lot_snapshot n USING (lot_id)
JOIN journal j ON j.lot_id = n.lot_id AND j.entry = n.entry
WHERE s.shard = $1 AND NOT s.is_over
    AND n.form = $2 AND j.command_id = n.command_id AND j.arrived_us = n.arrived_us;

-- name: snapshots_of_lots
-- The same of some lots, over or not.
SELECT n.lot_id, n.entry, n.digest, n.body
FROM lot_snapshot n
JOIN journal j ON j.lot_id = n.lot_id AND j.entry = n.entry
WHERE n.lot_id = ANY ($1::text[]) AND n.form = $2
    AND j.command_id = n.command_id AND j.arrived_us = n.arrived_us;

-- name: answers_of_lot
-- The answers that belong to a lot's snapshot, in order.
SELECT entry_first, entry_last, digest, body FROM lot_answers WHERE lot_id = $1 ORDER BY entry_first;

-- name: snapshot_of_lot
-- Where a lot's snapshot in this form stands, and what it holds.
SELECT entry, digest, body FROM lot_snapshot WHERE lot_id = $1 AND form = $2;

-- name: lots_in_arrears
-- Lots of an engine's shards whose journal has grown by more than so many decisions since their snapshot.
SELECT s.lot_id
FROM lot_state s
JOIN shard h ON h.shard = s.shard AND h.owner = $1
LEFT JOIN lot_snapshot n ON n.lot_id = s.lot_id AND n.form = $2
WHERE s.entry >= coalesce(n.entry, 0) + $3;

-- name: decisions_to_fold
-- The next decisions of a lot, in order.
SELECT lot_id, entry, seq, command_id, arrived_us, kind, command, events, rejection
FROM journal
WHERE lot_id = $1 AND entry > $2
ORDER BY entry
LIMIT $3;

-- name: save_snapshot
-- Move a lot's snapshot from entry $2 (0: from the beginning, which replaces one of another form) to entry
-- $3, with the answers between. Nothing is saved when somebody else has moved it.
WITH head AS (
    INSERT INTO lot_snapshot AS old (lot_id, entry, command_id, arrived_us, form, digest, body)
    SELECT $1, $3, $4, $5, $6, $7, $8
    WHERE $2 = 0 OR EXISTS (SELECT FROM lot_snapshot WHERE lot_id = $1)
    ON CONFLICT (lot_id) DO UPDATE
    SET entry = excluded.entry, command_id = excluded.command_id, arrived_us = excluded.arrived_us,
        form = excluded.form, digest = excluded.digest, body = excluded.body
    WHERE (old.entry = $2 AND old.form = excluded.form) OR ($2 = 0 AND old.form <> excluded.form)
    RETURNING lot_id
), outdated AS (
    DELETE FROM lot_answers USING head WHERE lot_answers.lot_id = head.lot_id AND $2 = 0 AND entry_first > 1
)
INSERT INTO lot_answers (lot_id, entry_first, entry_last, digest, body)
SELECT lot_id, $2 + 1, $3, $9, $10 FROM head
ON CONFLICT (lot_id, entry_first) DO UPDATE
SET entry_last = excluded.entry_last, digest = excluded.digest, body = excluded.body;

-- name: forget_snapshot
-- Let a snapshot go that turned out to be broken; its answers go with it.
DELETE FROM lot_snapshot WHERE lot_id = $1 AND digest = $2;
