-- The audit trail: a hash chain over salted digests of events. "position" is the event's place in
-- it, null until it is sealed.
ALTER TABLE events ADD COLUMN audit_position INTEGER;
CREATE INDEX events_unsealed ON events (id) WHERE audit_position IS NULL;

-- One link of the chain. A redacted event leaves its digest; without the salt nobody can guess the
-- event from it. No reference to events: the row of a redacted one is gone.
CREATE TABLE audit_entries (
    position INTEGER NOT NULL PRIMARY KEY CHECK (position >= 1),
    event_id TEXT CHECK (length(event_id) = 30),
    salt BLOB CHECK (length(salt) = 16),
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    redaction_id TEXT CHECK (length(redaction_id) = 30),
    CHECK ((event_id IS NULL) = (salt IS NULL)),
    CHECK ((event_id IS NULL) = (redaction_id IS NOT NULL))
) STRICT;
CREATE INDEX audit_entries_redaction ON audit_entries (redaction_id, position)
    WHERE redaction_id IS NOT NULL;

-- The chain's head after the entry at "position", the last one of a batch.
CREATE TABLE audit_seals (
    position INTEGER NOT NULL PRIMARY KEY CHECK (position >= 1),
    head BLOB NOT NULL CHECK (length(head) = 32),
    at INTEGER NOT NULL
) STRICT;
