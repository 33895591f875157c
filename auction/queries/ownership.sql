-- name: register_shards
-- Make shards 0..n-1 where there are none yet.
INSERT INTO shard (shard)
SELECT generate_series(0, $1::int - 1)
WHERE NOT EXISTS (SELECT FROM shard)
ON CONFLICT DO NOTHING;

-- name: count_shards
-- With how many shards the installation was begun; 0 if it was not.
SELECT count(*) FROM shard;

-- name: note_engine
-- An engine works, or leaves. Engines that were not heard of for a day are forgotten.
WITH forgotten AS (
    DELETE FROM engine WHERE seen_at < clock_timestamp() - interval '1 day' AND name <> $1
)
INSERT INTO engine (name, seen_at, is_leaving) VALUES ($1, clock_timestamp(), $2)
ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at, is_leaving = excluded.is_leaving;

-- name: working_engines
-- Engines heard of within the length of a lease that do not leave.
SELECT name FROM engine WHERE seen_at > clock_timestamp() - $1::interval AND NOT is_leaving;

-- name: shard_owners
-- Every shard with its owner, if its lease holds.
SELECT shard, CASE WHEN lease_until >= clock_timestamp() THEN owner END AS owner FROM shard;

-- name: take_shard
-- Take a shard whose lease is over (or that this owner held before) and begin a new epoch; otherwise no
-- row, and the owner will see that he is asked for it.
WITH taken AS (
    UPDATE shard
    SET epoch = epoch + 1, owner = $2, lease_until = clock_timestamp() + $3::interval, asked_by = NULL
    WHERE shard = $1 AND (lease_until < clock_timestamp() OR owner = $2)
    RETURNING epoch, alive_us, last_stream_ms, last_stream_no
), asked AS (
    UPDATE shard SET asked_by = $2
    WHERE shard = $1 AND asked_by IS DISTINCT FROM $2 AND NOT EXISTS (SELECT FROM taken)
)
SELECT epoch, alive_us, last_stream_ms, last_stream_no FROM taken;

-- name: renew_lease
-- Stay the owner, and learn whether an engine that works asks for the shard; no row when somebody else
-- began a later epoch.
UPDATE shard
SET lease_until = clock_timestamp() + $3::interval, alive_us = greatest(alive_us, $4)
WHERE shard = $1 AND epoch = $2
RETURNING EXISTS (
    SELECT FROM engine WHERE name = asked_by AND seen_at > clock_timestamp() - $3::interval AND NOT is_leaving
) AS is_asked_for;

-- name: release_shard
-- Give the shard up so that another engine need not wait for the lease.
UPDATE shard
SET lease_until = '-infinity', owner = NULL, alive_us = greatest(alive_us, $3)
WHERE shard = $1 AND epoch = $2;
