-- name: lock
-- One applier at a time: the others wait here and then find everything applied. Held until unlocked
-- or until the connection ends, so an applier that dies lets the next one in.
SELECT pg_advisory_lock($1);

-- name: unlock
-- Let the next applier in.
SELECT pg_advisory_unlock($1);
