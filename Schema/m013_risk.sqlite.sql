-- What is taken from readers of a country; '*' stands for every country that is not listed. From
-- refuse_from on nothing is. No row at all means that nobody has looked at it yet.
CREATE TABLE risk_policies (
    country TEXT NOT NULL PRIMARY KEY CHECK (length(country) = 2 OR country = '*'),
    policy TEXT NOT NULL CHECK (policy = 'allow' OR policy = 'warn' OR policy = 'oneOffOnly'
        OR policy = 'refuse'),
    refuse_from TEXT CHECK (length(refuse_from) = 10),
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The event that will tell of the redaction under way, so that one cut off goes on under it.
ALTER TABLE newsroom ADD COLUMN redaction_id TEXT CHECK (length(redaction_id) = 30);
