-- name: nodes
-- The hashes of some nodes.
SELECT n.level, n.place, n.hash
FROM unnest($1::smallint[], $2::bigint[]) AS wanted (level, place)
JOIN log_node n USING (level, place);

-- name: latest_checkpoint
-- What was signed last.
SELECT size, root, note, key FROM log_checkpoint ORDER BY size DESC LIMIT 1;

-- name: checkpoint_of_size
-- What was signed when the log had so many leaves.
SELECT size, root, note, key FROM log_checkpoint WHERE size = $1;

-- name: leaf_hashes
-- The hashes of leaves $1 to $2, the last one left out.
SELECT hash FROM log_node WHERE level = 0 AND place >= $1 AND place < $2 ORDER BY place;

-- name: logged_decisions
-- A part of a lot's leaves in order of entry, each with its decision. Where the journal has lost one, there is none.
SELECT l.leaf, l.lot_id, l.entry, l.decision_salt, l.events_salt, n.hash,
    j.entry IS NOT NULL AS is_journaled, j.seq, j.shard, j.epoch, j.command_id, j.arrived_us, j.stream_id, j.kind,
    j.command::text, j.events::text, j.rejection::text
FROM log_leaf l
JOIN log_node n ON n.level = 0 AND n.place = l.leaf
LEFT JOIN journal j ON j.lot_id = l.lot_id AND j.entry = l.entry
WHERE l.lot_id = $1 AND l.entry > $2 AND l.leaf < $3
ORDER BY l.entry
LIMIT $4;

-- name: entry_of_command
-- The number of the decision on a command.
SELECT entry FROM journal WHERE lot_id = $1 AND command_id = $2;
