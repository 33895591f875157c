-- name: lock
-- One applier at a time: the others wait here and then find everything applied. Held until unlocked
-- or until the connection ends, so an applier that dies lets the next one in.
SELECT pg_advisory_lock($1);

-- name: unlock
-- Let the next applier in.
SELECT pg_advisory_unlock($1);

-- name: create_contents
-- What each applied migration said when it was applied.
CREATE TABLE IF NOT EXISTS migration_content (
    migration_id  text PRIMARY KEY,
    sha256        bytea NOT NULL CHECK (octet_length(sha256) = 32)
);

-- name: contents
-- The contents of the migrations that are applied now; one that was taken back may be written anew.
SELECT c.migration_id, c.sha256
FROM migration_content c JOIN _pogo_migration m USING (migration_id)
WHERE m.schema_name = 'public';

-- name: note_contents
-- Note the contents of those that are applied.
INSERT INTO migration_content (migration_id, sha256)
SELECT c.migration_id, c.sha256
FROM unnest($1::text[], $2::bytea[]) AS c (migration_id, sha256)
JOIN _pogo_migration m USING (migration_id)
WHERE m.schema_name = 'public'
ON CONFLICT (migration_id) DO UPDATE SET sha256 = excluded.sha256;
