-- What programs show to be let in. secret_hash is SHA-256 of 32 random bytes, which stand nowhere;
-- the name of a token stands in "sealed" alone.
CREATE TABLE api_tokens (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    secret_hash BYTEA NOT NULL CHECK (length(secret_hash) = 32),
    sealed BYTEA NOT NULL,
    scopes TEXT COLLATE "C" NOT NULL CHECK (length(scopes) BETWEEN 1 AND 1000),
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    last_used_on TEXT COLLATE "C" CHECK (length(last_used_on) = 10),
    created_at BIGINT NOT NULL
);
