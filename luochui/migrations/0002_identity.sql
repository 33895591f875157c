-- Accounts with their roles, and the sessions of people who are signed in.
-- depends: 0001_journal

-- migrate: apply
CREATE TABLE account (
    account_id     text PRIMARY KEY,
    login          text NOT NULL UNIQUE CHECK (login = lower(login)),
    name           text NOT NULL,
    roles          text[] NOT NULL,
    password_hash  text NOT NULL,
    invented       boolean NOT NULL,
    created_us     bigint NOT NULL,
    closed_us      bigint,
    -- No account holds roles of two families: who serves a sale, who watches over it, who bids, who sells.
    CONSTRAINT account_role_family CHECK (cardinality(roles) > 0 AND (
        roles <@ '{auctioneer,settlement}'
        OR roles <@ '{supervisor}'
        OR roles <@ '{bidder}'
        OR roles <@ '{owner}'
        OR roles <@ '{observer}'
    ))
);
COMMENT ON TABLE account IS 'A person who can sign in; `invented` people exist for demonstrations only.';

CREATE TABLE session (
    token_sha256  bytea PRIMARY KEY CHECK (octet_length(token_sha256) = 32),
    account_id    text NOT NULL REFERENCES account,
    opened_us     bigint NOT NULL,
    seen_us       bigint NOT NULL,
    idle_us       bigint NOT NULL CHECK (idle_us > 0),
    expires_us    bigint NOT NULL
);
CREATE INDEX session_account ON session (account_id);
COMMENT ON TABLE session IS 'Somebody signed in; the token itself is nowhere, only its SHA-256.';

-- migrate: rollback
DROP TABLE session;
DROP TABLE account;
