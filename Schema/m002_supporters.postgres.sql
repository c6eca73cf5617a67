-- A person who gives, or asked to be reminded. Who it is stands in "sealed" alone; email_hash is
-- keyed. Both are gone once the person is forgotten; the row stays for the counts.
CREATE TABLE supporters (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    email_hash BYTEA UNIQUE,
    sealed BYTEA,
    version BIGINT NOT NULL CHECK (version >= 1),
    confirmed_at BIGINT,
    erased_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CHECK ((sealed IS NULL) = (erased_at IS NOT NULL)),
    CHECK ((email_hash IS NULL) = (erased_at IS NOT NULL))
);

-- Addresses that get no mail, as keyed hashes, without expiry. 'support' stops support mails,
-- 'all' stops every mail.
CREATE TABLE suppressions (
    email_hash BYTEA NOT NULL PRIMARY KEY,
    scope TEXT COLLATE "C" NOT NULL CHECK (scope IN ('support', 'all')),
    reason TEXT COLLATE "C" NOT NULL CHECK (reason IN ('optOut', 'bounce', 'complaint', 'staff')),
    created_at BIGINT NOT NULL
);

-- When an address last had a support mail: the cap outlives the address.
CREATE TABLE support_mails (
    email_hash BYTEA NOT NULL PRIMARY KEY,
    last_queued_at BIGINT NOT NULL
);
