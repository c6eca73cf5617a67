-- An address may be suppressed for several reasons at once: each is lifted by itself, none hides
-- another.
CREATE TABLE new_suppressions (
    email_hash BLOB NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('support', 'all')),
    reason TEXT NOT NULL CHECK (reason = 'optOut' OR reason = 'bounce' OR reason = 'complaint'
        OR reason = 'staff'),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (email_hash, reason)
) STRICT, WITHOUT ROWID;

INSERT INTO new_suppressions SELECT * FROM suppressions;
DROP TABLE suppressions;
ALTER TABLE new_suppressions RENAME TO suppressions;
