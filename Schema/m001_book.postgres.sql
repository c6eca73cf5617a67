-- Which migrations this file has had.
CREATE TABLE schema_versions (
    version BIGINT NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    applied_at BIGINT NOT NULL
);

-- One row: what every process on this book must agree on.
CREATE TABLE newsroom (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    book_id TEXT COLLATE "C" NOT NULL CHECK (length(book_id) = 30),
    key_check BYTEA NOT NULL,
    name TEXT COLLATE "C",
    legal_name TEXT COLLATE "C",
    postal_address TEXT COLLATE "C",
    time_zone TEXT COLLATE "C" NOT NULL,
    profile TEXT COLLATE "C" NOT NULL CHECK (profile IN ('open', 'discreet')),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
