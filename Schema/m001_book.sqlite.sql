-- Which migrations this file has had.
CREATE TABLE schema_versions (
    version INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    applied_at INTEGER NOT NULL
) STRICT;

-- One row: what every process on this book must agree on.
CREATE TABLE newsroom (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    book_id TEXT NOT NULL CHECK (length(book_id) = 30),
    key_check BLOB NOT NULL,
    name TEXT,
    legal_name TEXT,
    postal_address TEXT,
    time_zone TEXT NOT NULL,
    profile TEXT NOT NULL CHECK (profile IN ('open', 'discreet')),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
