-- A person who gives, or asked to be reminded. Who it is stands in "sealed" alone; email_hash is
-- keyed. Both are gone once the person is forgotten; the row stays for the counts.
CREATE TABLE supporters (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    email_hash BLOB UNIQUE,
    sealed BLOB,
    version INTEGER NOT NULL CHECK (version >= 1),
    confirmed_at INTEGER,
    erased_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CHECK ((sealed IS NULL) = (erased_at IS NOT NULL)),
    CHECK ((email_hash IS NULL) = (erased_at IS NOT NULL))
) STRICT;

-- Addresses that get no mail, as keyed hashes, without expiry. 'support' stops support mails,
-- 'all' stops every mail.
CREATE TABLE suppressions (
    email_hash BLOB NOT NULL PRIMARY KEY,
    scope TEXT NOT NULL CHECK (scope IN ('support', 'all')),
    reason TEXT NOT NULL CHECK (reason IN ('optOut', 'bounce', 'complaint', 'staff')),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- When an address last had a support mail: the cap outlives the address.
CREATE TABLE support_mails (
    email_hash BLOB NOT NULL PRIMARY KEY,
    last_queued_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
