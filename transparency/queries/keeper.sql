-- name: keep
-- Keep the log for as long as the transaction lasts; false while somebody else does.
SELECT pg_try_advisory_xact_lock($1);

-- name: lots_behind
-- Of the lots that go on, and of some others, those with decisions that are not in the log yet.
SELECT s.lot_id
FROM (
    SELECT lot_id, entry FROM lot_state WHERE NOT is_over
    UNION
    SELECT lot_id, entry FROM lot_state WHERE lot_id = ANY ($1::text[])
) s
WHERE s.entry > (SELECT coalesce(max(l.entry), 0) FROM log_leaf l WHERE l.lot_id = s.lot_id);

-- name: all_lots_behind
-- The same of all lots: those that are over may be asked too, and a late bid's refusal is a decision.
SELECT s.lot_id
FROM lot_state s
WHERE s.entry > (SELECT coalesce(max(l.entry), 0) FROM log_leaf l WHERE l.lot_id = s.lot_id);

-- name: size
-- How many leaves the log has.
SELECT coalesce(max(leaf) + 1, 0) FROM log_leaf;

-- name: decisions_to_append
-- Decisions on some lots that are not in the log yet, each lot's in order, at most so many.
SELECT j.lot_id, j.entry, j.seq, j.shard, j.epoch, j.command_id, j.arrived_us, j.stream_id, j.kind,
    j.command::text, j.events::text, j.rejection::text
FROM lot_state s
CROSS JOIN LATERAL (SELECT coalesce(max(entry), 0) AS entry FROM log_leaf WHERE lot_id = s.lot_id) l
CROSS JOIN LATERAL (
    SELECT * FROM journal
    WHERE lot_id = s.lot_id AND entry > l.entry AND entry <= s.entry
    ORDER BY entry
    LIMIT $2
) j
WHERE s.lot_id = ANY ($1::text[]) AND l.entry < s.entry
LIMIT $2;

-- name: append
-- Append leaves and the nodes that they made complete. Another keeper's leaf in the same place refuses it all.
WITH nodes AS (
    INSERT INTO log_node (level, place, hash)
    SELECT * FROM unnest($6::smallint[], $7::bigint[], $8::bytea[])
)
INSERT INTO log_leaf (leaf, lot_id, entry, decision_salt, events_salt)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::integer[], $4::bytea[], $5::bytea[]);

-- name: save_checkpoint
-- Keep what was signed; of a size there is one.
INSERT INTO log_checkpoint (size, root, note, key) VALUES ($1, $2, $3, $4) ON CONFLICT (size) DO NOTHING;
