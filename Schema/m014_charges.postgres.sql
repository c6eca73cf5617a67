-- One collection of a pledge: the period that names it, and how many it pays for. next_step_at is
-- when a job looks at it again. An operator's note stands in "sealed" alone.
CREATE TABLE charges (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    pledge_id TEXT COLLATE "C" NOT NULL REFERENCES pledges (id),
    first_period BIGINT NOT NULL CHECK (first_period >= 1),
    period_count BIGINT NOT NULL CHECK (period_count = 1 OR period_count = 3 OR period_count = 6
        OR period_count = 12),
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    currency TEXT COLLATE "C" NOT NULL CHECK (length(currency) = 3),
    due_on TEXT COLLATE "C" NOT NULL CHECK (length(due_on) = 10),
    state TEXT COLLATE "C" NOT NULL CHECK (state = 'submitted' OR state = 'succeeded'
        OR state = 'pending' OR state = 'actionRequired' OR state = 'unknown' OR state = 'held' OR state = 'declined'
        OR state = 'skipped' OR state = 'cancelled' OR state = 'closed'),
    reason TEXT COLLATE "C" CHECK (length(reason) BETWEEN 1 AND 64),
    attempts BIGINT NOT NULL CHECK (attempts >= 0),
    first_attempt_on TEXT COLLATE "C" CHECK (length(first_attempt_on) = 10),
    next_step_at BIGINT,
    processor TEXT COLLATE "C" CHECK (length(processor) BETWEEN 1 AND 32),
    remote_id TEXT COLLATE "C" CHECK (length(remote_id) BETWEEN 1 AND 255),
    paid_at BIGINT,
    fee_minor BIGINT,
    net_minor BIGINT,
    settlement_currency TEXT COLLATE "C" CHECK (length(settlement_currency) = 3),
    payout_id TEXT COLLATE "C" CHECK (length(payout_id) BETWEEN 1 AND 255),
    refunded_minor BIGINT NOT NULL CHECK (refunded_minor >= 0),
    sealed BYTEA,
    version BIGINT NOT NULL CHECK (version >= 1),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (pledge_id, first_period),
    CHECK ((state = 'succeeded') = (paid_at IS NOT NULL)),
    CHECK (refunded_minor <= amount_minor),
    CHECK (refunded_minor = 0 OR state = 'succeeded'),
    CHECK ((fee_minor IS NULL) = (net_minor IS NULL)),
    CHECK ((fee_minor IS NULL) = (settlement_currency IS NULL)),
    CHECK (payout_id IS NULL OR fee_minor IS NOT NULL)
);
-- One charge of a pledge at a time.
CREATE UNIQUE INDEX charges_open ON charges (pledge_id)
    WHERE state IN ('submitted', 'pending', 'actionRequired', 'unknown', 'held', 'declined');
CREATE INDEX charges_next_step ON charges (next_step_at, id) WHERE next_step_at IS NOT NULL;
CREATE INDEX charges_failed ON charges (first_attempt_on, id)
    WHERE state IN ('declined', 'actionRequired');
CREATE INDEX charges_paid ON charges (paid_at, id) WHERE paid_at IS NOT NULL;
CREATE INDEX charges_remote ON charges (remote_id) WHERE remote_id IS NOT NULL;
CREATE INDEX charges_payout ON charges (payout_id) WHERE payout_id IS NOT NULL;

-- One call to the processor. Its key is made of pledge, period and number.
CREATE TABLE charge_attempts (
    charge_id TEXT COLLATE "C" NOT NULL REFERENCES charges (id),
    number BIGINT NOT NULL CHECK (number >= 1),
    payment_method_id TEXT COLLATE "C" NOT NULL REFERENCES payment_methods (id),
    processor TEXT COLLATE "C" NOT NULL CHECK (length(processor) BETWEEN 1 AND 32),
    state TEXT COLLATE "C" NOT NULL CHECK (state = 'submitted' OR state = 'succeeded'
        OR state = 'pending' OR state = 'actionRequired' OR state = 'unknown' OR state = 'declined'
        OR state = 'withdrawn'),
    code TEXT COLLATE "C" CHECK (length(code) BETWEEN 1 AND 64),
    remote_id TEXT COLLATE "C" CHECK (length(remote_id) BETWEEN 1 AND 255),
    started_at BIGINT NOT NULL,
    leased_until BIGINT,
    questions BIGINT NOT NULL CHECK (questions >= 0),
    absent_since BIGINT,
    PRIMARY KEY (charge_id, number)
);
-- Retries are counted by method.
CREATE INDEX charge_attempts_retries ON charge_attempts (payment_method_id, started_at)
    WHERE number > 1;

CREATE TABLE refunds (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    charge_id TEXT COLLATE "C" NOT NULL REFERENCES charges (id),
    number BIGINT NOT NULL CHECK (number >= 1),
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    state TEXT COLLATE "C" NOT NULL CHECK (state = 'submitted' OR state = 'pending'
        OR state = 'unknown' OR state = 'succeeded' OR state = 'failed'),
    remote_id TEXT COLLATE "C" CHECK (length(remote_id) BETWEEN 1 AND 255),
    reason TEXT COLLATE "C" CHECK (length(reason) BETWEEN 1 AND 64),
    next_step_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (charge_id, number)
);
CREATE UNIQUE INDEX refunds_remote ON refunds (charge_id, remote_id) WHERE remote_id IS NOT NULL;
CREATE INDEX refunds_next_step ON refunds (next_step_at, id) WHERE next_step_at IS NOT NULL;

CREATE TABLE disputes (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    charge_id TEXT COLLATE "C" NOT NULL REFERENCES charges (id),
    processor TEXT COLLATE "C" NOT NULL CHECK (length(processor) BETWEEN 1 AND 32),
    remote_id TEXT COLLATE "C" NOT NULL CHECK (length(remote_id) BETWEEN 1 AND 255),
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    state TEXT COLLATE "C" NOT NULL CHECK (state = 'open' OR state = 'won' OR state = 'lost'),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (processor, remote_id)
);
CREATE INDEX disputes_charge ON disputes (charge_id);

-- What a processor told us, verified and kept as it came, applied later. The body is sealed, and
-- forgotten some days after it was applied; the id stays, so that a message counts once.
CREATE TABLE processor_events (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    processor TEXT COLLATE "C" NOT NULL CHECK (length(processor) BETWEEN 1 AND 32),
    remote_id TEXT COLLATE "C" NOT NULL CHECK (length(remote_id) BETWEEN 1 AND 255),
    sealed BYTEA,
    state TEXT COLLATE "C" NOT NULL CHECK (state = 'waiting' OR state = 'applied'
        OR state = 'failed'),
    reason TEXT COLLATE "C" CHECK (length(reason) BETWEEN 1 AND 256),
    received_at BIGINT NOT NULL,
    applied_at BIGINT,
    UNIQUE (processor, remote_id),
    CHECK (sealed IS NOT NULL OR state <> 'waiting')
);
CREATE INDEX processor_events_waiting ON processor_events (id) WHERE state = 'waiting';
CREATE INDEX processor_events_kept ON processor_events (id) WHERE sealed IS NOT NULL;

-- How far each processor's own list has been read. reconcile_since: an older copy of the book was
-- made the present one; nothing is charged before what was paid since then is known here.
CREATE TABLE processors (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 32),
    mode TEXT COLLATE "C" NOT NULL CHECK (mode = 'test' OR mode = 'live'),
    message_cursor TEXT COLLATE "C" CHECK (length(message_cursor) BETWEEN 1 AND 255),
    reconcile_since BIGINT,
    created_at BIGINT NOT NULL
);

-- Tokens and customers that a processor is still to forget, after whoever they belonged to was
-- forgotten here. The row goes with the deed.
CREATE TABLE processor_removals (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    processor TEXT COLLATE "C" NOT NULL CHECK (length(processor) BETWEEN 1 AND 32),
    sealed BYTEA NOT NULL,
    attempts BIGINT NOT NULL CHECK (attempts >= 0),
    next_attempt_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX processor_removals_queue ON processor_removals (next_attempt_at, id);

-- What was sent to processors on a day, for the daily ceiling.
CREATE TABLE billing_days (
    day TEXT COLLATE "C" NOT NULL CHECK (length(day) = 10),
    currency TEXT COLLATE "C" NOT NULL CHECK (length(currency) = 3),
    submitted_minor BIGINT NOT NULL CHECK (submitted_minor >= 0),
    PRIMARY KEY (day, currency)
);

-- What people who had to be removed had given, so that the books still balance.
CREATE TABLE folded_charges (
    month TEXT COLLATE "C" NOT NULL CHECK (length(month) = 7),
    currency TEXT COLLATE "C" NOT NULL CHECK (length(currency) = 3),
    charges BIGINT NOT NULL CHECK (charges >= 1),
    amount_minor BIGINT NOT NULL CHECK (amount_minor >= 0),
    refunded_minor BIGINT NOT NULL CHECK (refunded_minor >= 0),
    PRIMARY KEY (month, currency)
);

-- Periods collected at once, in advance; whether the next charge must be announced; and how the
-- reader wants receipts.
ALTER TABLE pledges ADD COLUMN collect_every BIGINT NOT NULL DEFAULT 1
    CHECK (collect_every = 1 OR collect_every = 3 OR collect_every = 6 OR collect_every = 12);
ALTER TABLE pledges ADD COLUMN needs_notice BIGINT NOT NULL DEFAULT 0
    CHECK (needs_notice IN (0, 1));
ALTER TABLE pledges ADD COLUMN receipts TEXT COLLATE "C" NOT NULL DEFAULT 'each'
    CHECK (receipts IN ('each', 'yearly'));
UPDATE pledges SET needs_notice = 1 WHERE interval = 'year' OR EXISTS (
    SELECT 1 FROM payment_methods WHERE payment_methods.id = payment_method_id
        AND kind = 'sepaDebit');

DROP INDEX pledges_annual;
CREATE INDEX pledges_notice ON pledges (next_charge_on, id)
    WHERE needs_notice = 1 AND state IN ('active', 'pastDue');
CREATE INDEX pledges_yearly_receipts ON pledges (id) WHERE receipts = 'yearly';
CREATE INDEX pledges_due ON pledges (next_charge_on, id)
    WHERE state IN ('pending', 'active', 'pastDue');
