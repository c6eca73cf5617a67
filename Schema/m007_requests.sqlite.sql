-- Answers already given, by keyed hash of the caller's idempotency key.
CREATE TABLE idempotent_requests (
    key_hash BLOB NOT NULL PRIMARY KEY,
    request_hash BLOB NOT NULL,
    answer BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Rows that an import has taken, by keyed hash of what identifies them, kept whatever happens since.
CREATE TABLE imported_rows (
    row_hash BLOB NOT NULL PRIMARY KEY,
    imported_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
