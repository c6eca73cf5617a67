-- Facts for outsiders. "body" holds the bytes that are signed; the name of a person who acted
-- stands in "sealed" alone.
CREATE TABLE events (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    type TEXT NOT NULL CHECK (length(type) BETWEEN 3 AND 64),
    subject_id TEXT NOT NULL CHECK (length(subject_id) = 30),
    sequence INTEGER NOT NULL CHECK (sequence >= 1),
    at INTEGER NOT NULL,
    actor TEXT NOT NULL CHECK (length(actor) BETWEEN 3 AND 64),
    sealed BLOB,
    body TEXT NOT NULL,
    UNIQUE (subject_id, sequence)
) STRICT, WITHOUT ROWID;
