-- name: register_shards
-- Make sure that shards 0..n-1 exist.
INSERT INTO shard (shard) SELECT generate_series(0, $1::int - 1) ON CONFLICT DO NOTHING;

-- name: take_shard
-- Take a shard whose lease is over (or that this owner held before) and begin a new epoch.
UPDATE shard
SET epoch = epoch + 1, owner = $2, lease_until = clock_timestamp() + $3::interval
WHERE shard = $1 AND (lease_until < clock_timestamp() OR owner = $2)
RETURNING epoch, alive_us, last_stream_ms, last_stream_no;

-- name: renew_lease
-- Stay the owner; no row when somebody else began a later epoch.
UPDATE shard
SET lease_until = clock_timestamp() + $3::interval, alive_us = greatest(alive_us, $4)
WHERE shard = $1 AND epoch = $2
RETURNING shard;

-- name: release_shard
-- Give the shard up so that another engine need not wait for the lease.
UPDATE shard SET lease_until = '-infinity', owner = NULL WHERE shard = $1 AND epoch = $2;
