-- Facts for outsiders. "body" holds the bytes that are signed; the name of a person who acted
-- stands in "sealed" alone.
CREATE TABLE events (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    type TEXT COLLATE "C" NOT NULL CHECK (length(type) BETWEEN 3 AND 64),
    subject_id TEXT COLLATE "C" NOT NULL CHECK (length(subject_id) = 30),
    sequence BIGINT NOT NULL CHECK (sequence >= 1),
    at BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL CHECK (length(actor) BETWEEN 3 AND 64),
    sealed BYTEA,
    body TEXT COLLATE "C" NOT NULL,
    UNIQUE (subject_id, sequence)
);
