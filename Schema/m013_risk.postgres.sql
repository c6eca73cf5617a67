-- What is taken from readers of a country; '*' stands for every country that is not listed. From
-- refuse_from on nothing is. No row at all means that nobody has looked at it yet.
CREATE TABLE risk_policies (
    country TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(country) = 2 OR country = '*'),
    policy TEXT COLLATE "C" NOT NULL CHECK (policy = 'allow' OR policy = 'warn' OR policy = 'oneOffOnly'
        OR policy = 'refuse'),
    refuse_from TEXT COLLATE "C" CHECK (length(refuse_from) = 10),
    updated_at BIGINT NOT NULL
);

-- The event that will tell of the redaction under way, so that one cut off goes on under it.
ALTER TABLE newsroom ADD COLUMN redaction_id TEXT COLLATE "C" CHECK (length(redaction_id) = 30);
