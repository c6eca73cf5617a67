-- Payouts of processors to the newsroom's bank, and the sums of what each was made of: NULL for one
-- that was made by hand, and while the processor's list of it is incomplete.
CREATE TABLE payouts (
    processor TEXT COLLATE "C" NOT NULL CHECK (length(processor) BETWEEN 1 AND 32),
    remote_id TEXT COLLATE "C" NOT NULL CHECK (length(remote_id) BETWEEN 1 AND 255),
    currency TEXT COLLATE "C" NOT NULL CHECK (length(currency) = 3),
    amount_minor BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state = 'underway' OR state = 'paid' OR state = 'failed'),
    charges BIGINT CHECK (charges >= 0),
    gross_minor BIGINT,
    refunds_minor BIGINT,
    disputes_minor BIGINT,
    fees_minor BIGINT,
    adjustments_minor BIGINT,
    PRIMARY KEY (processor, remote_id, currency),
    CHECK ((charges IS NULL) = (gross_minor IS NULL)),
    CHECK ((charges IS NULL) = (refunds_minor IS NULL)),
    CHECK ((charges IS NULL) = (disputes_minor IS NULL)),
    CHECK ((charges IS NULL) = (fees_minor IS NULL)),
    CHECK ((charges IS NULL) = (adjustments_minor IS NULL))
);
CREATE INDEX payouts_made ON payouts (made_at, processor, remote_id, currency);
