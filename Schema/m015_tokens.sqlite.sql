-- What programs show to be let in. secret_hash is SHA-256 of 32 random bytes, which stand nowhere;
-- the name of a token stands in "sealed" alone.
CREATE TABLE api_tokens (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    secret_hash BLOB NOT NULL CHECK (length(secret_hash) = 32),
    sealed BLOB NOT NULL,
    scopes TEXT NOT NULL CHECK (length(scopes) BETWEEN 1 AND 1000),
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    last_used_on TEXT CHECK (length(last_used_on) = 10),
    created_at INTEGER NOT NULL
) STRICT;
