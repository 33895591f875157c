-- name: create_account
-- Make an account; no row when the login is taken.
INSERT INTO account (account_id, login, name, roles, password_hash, invented, created_us)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING
RETURNING account_id;

-- name: account_by_login
-- An open account, to check its password.
SELECT account_id, login, name, roles, invented, password_hash FROM account WHERE login = $1 AND closed_us IS NULL;

-- name: account_names
-- The names behind some accounts.
SELECT account_id, name FROM account WHERE account_id = ANY ($1::text[]);

-- name: accounts_named
-- The accounts with some words in their names.
SELECT account_id FROM account WHERE strpos(lower(name), lower($1)) > 0 ORDER BY account_id LIMIT 1000;

-- name: open_session
-- Somebody signed in.
INSERT INTO session (token_sha256, account_id, opened_us, seen_us, idle_us, expires_us) VALUES ($1, $2, $3, $3, $4, $5);

-- name: find_sessions
-- Who is behind sessions that are still good. Seeing one keeps it from going idle; that is written down only
-- where the last note is older than $3, so that reading stays reading.
WITH good AS (
    SELECT s.token_sha256, s.seen_us, a.account_id, a.login, a.name, a.roles, a.invented
    FROM session s JOIN account a USING (account_id)
    WHERE s.token_sha256 = ANY ($1) AND a.closed_us IS NULL AND s.expires_us > $2 AND s.seen_us + s.idle_us > $2
), noted AS (
    UPDATE session s SET seen_us = $2 FROM good WHERE s.token_sha256 = good.token_sha256 AND good.seen_us + $3 <= $2
)
SELECT token_sha256, account_id, login, name, roles, invented FROM good;

-- name: close_session
-- Somebody signed out.
DELETE FROM session WHERE token_sha256 = $1;

-- name: forget_sessions
-- Let go of sessions that are over.
DELETE FROM session WHERE expires_us <= $1 OR seen_us + idle_us <= $1;
