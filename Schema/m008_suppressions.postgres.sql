-- An address may be suppressed for several reasons at once: each is lifted by itself, none hides
-- another.
CREATE TABLE new_suppressions (
    email_hash BYTEA NOT NULL,
    scope TEXT COLLATE "C" NOT NULL CHECK (scope IN ('support', 'all')),
    reason TEXT COLLATE "C" NOT NULL CHECK (reason = 'optOut' OR reason = 'bounce'
        OR reason = 'complaint' OR reason = 'staff'),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (email_hash, reason)
);

INSERT INTO new_suppressions SELECT * FROM suppressions;
DROP TABLE suppressions;
ALTER TABLE new_suppressions RENAME TO suppressions;
