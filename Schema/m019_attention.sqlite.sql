-- A mail to the operator names what needs a person, no longer a disabled endpoint alone.
DELETE FROM mail_messages WHERE kind = 'endpointDisabled';

-- What needs a person of the newsroom: at most one open row for each kind and subject. The subject is
-- an id, or a name such as a processor's; the detail is a code, an amount or a date. Neither is ever
-- personal data. told_at is when the operator's mail about it was queued.
CREATE TABLE attentions (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 32),
    subject TEXT NOT NULL CHECK (length(subject) BETWEEN 1 AND 64),
    detail TEXT CHECK (length(detail) BETWEEN 1 AND 256),
    first_seen_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    times_seen INTEGER NOT NULL CHECK (times_seen >= 1),
    told_at INTEGER,
    resolved_at INTEGER,
    resolved_by TEXT CHECK (length(resolved_by) BETWEEN 1 AND 64),
    version INTEGER NOT NULL CHECK (version >= 1),
    CHECK ((resolved_at IS NULL) = (resolved_by IS NULL))
) STRICT;
CREATE UNIQUE INDEX attentions_open ON attentions (kind, subject) WHERE resolved_at IS NULL;
CREATE INDEX attentions_subject ON attentions (subject);

-- When a processor's messages were last read to the end; and when this book was made the present one.
ALTER TABLE processors ADD COLUMN messages_read_at INTEGER;
ALTER TABLE newsroom ADD COLUMN released_at INTEGER;
