-- Payouts of processors to the newsroom's bank, and the sums of what each was made of: NULL for one
-- that was made by hand, and while the processor's list of it is incomplete.
CREATE TABLE payouts (
    processor TEXT NOT NULL CHECK (length(processor) BETWEEN 1 AND 32),
    remote_id TEXT NOT NULL CHECK (length(remote_id) BETWEEN 1 AND 255),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    amount_minor INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state = 'underway' OR state = 'paid' OR state = 'failed'),
    charges INTEGER CHECK (charges >= 0),
    gross_minor INTEGER,
    refunds_minor INTEGER,
    disputes_minor INTEGER,
    fees_minor INTEGER,
    adjustments_minor INTEGER,
    PRIMARY KEY (processor, remote_id, currency),
    CHECK ((charges IS NULL) = (gross_minor IS NULL)),
    CHECK ((charges IS NULL) = (refunds_minor IS NULL)),
    CHECK ((charges IS NULL) = (disputes_minor IS NULL)),
    CHECK ((charges IS NULL) = (fees_minor IS NULL)),
    CHECK ((charges IS NULL) = (adjustments_minor IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX payouts_made ON payouts (made_at, processor, remote_id, currency);
