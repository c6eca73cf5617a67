-- Answers already given, by keyed hash of the caller's idempotency key.
CREATE TABLE idempotent_requests (
    key_hash BYTEA NOT NULL PRIMARY KEY,
    request_hash BYTEA NOT NULL,
    answer BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

-- Rows that an import has taken, by keyed hash of what identifies them, kept whatever happens since.
CREATE TABLE imported_rows (
    row_hash BYTEA NOT NULL PRIMARY KEY,
    imported_at BIGINT NOT NULL
);
