-- One collection of a pledge: the period that names it, and how many it pays for. next_step_at is
-- when a job looks at it again. An operator's note stands in "sealed" alone.
CREATE TABLE charges (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    pledge_id TEXT NOT NULL REFERENCES pledges (id),
    first_period INTEGER NOT NULL CHECK (first_period >= 1),
    period_count INTEGER NOT NULL CHECK (period_count = 1 OR period_count = 3 OR period_count = 6
        OR period_count = 12),
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    due_on TEXT NOT NULL CHECK (length(due_on) = 10),
    state TEXT NOT NULL CHECK (state = 'submitted' OR state = 'succeeded' OR state = 'pending'
        OR state = 'actionRequired' OR state = 'unknown' OR state = 'held' OR state = 'declined'
        OR state = 'skipped' OR state = 'cancelled' OR state = 'closed'),
    reason TEXT CHECK (length(reason) BETWEEN 1 AND 64),
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    first_attempt_on TEXT CHECK (length(first_attempt_on) = 10),
    next_step_at INTEGER,
    processor TEXT CHECK (length(processor) BETWEEN 1 AND 32),
    remote_id TEXT CHECK (length(remote_id) BETWEEN 1 AND 255),
    paid_at INTEGER,
    fee_minor INTEGER,
    net_minor INTEGER,
    settlement_currency TEXT CHECK (length(settlement_currency) = 3),
    payout_id TEXT CHECK (length(payout_id) BETWEEN 1 AND 255),
    refunded_minor INTEGER NOT NULL CHECK (refunded_minor >= 0),
    sealed BLOB,
    version INTEGER NOT NULL CHECK (version >= 1),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (pledge_id, first_period),
    CHECK ((state = 'succeeded') = (paid_at IS NOT NULL)),
    CHECK (refunded_minor <= amount_minor),
    CHECK (refunded_minor = 0 OR state = 'succeeded'),
    CHECK ((fee_minor IS NULL) = (net_minor IS NULL)),
    CHECK ((fee_minor IS NULL) = (settlement_currency IS NULL)),
    CHECK (payout_id IS NULL OR fee_minor IS NOT NULL)
) STRICT;
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
    charge_id TEXT NOT NULL REFERENCES charges (id),
    number INTEGER NOT NULL CHECK (number >= 1),
    payment_method_id TEXT NOT NULL REFERENCES payment_methods (id),
    processor TEXT NOT NULL CHECK (length(processor) BETWEEN 1 AND 32),
    state TEXT NOT NULL CHECK (state = 'submitted' OR state = 'succeeded' OR state = 'pending'
        OR state = 'actionRequired' OR state = 'unknown' OR state = 'declined'
        OR state = 'withdrawn'),
    code TEXT CHECK (length(code) BETWEEN 1 AND 64),
    remote_id TEXT CHECK (length(remote_id) BETWEEN 1 AND 255),
    started_at INTEGER NOT NULL,
    leased_until INTEGER,
    questions INTEGER NOT NULL CHECK (questions >= 0),
    absent_since INTEGER,
    PRIMARY KEY (charge_id, number)
) STRICT, WITHOUT ROWID;
-- Retries are counted by method.
CREATE INDEX charge_attempts_retries ON charge_attempts (payment_method_id, started_at)
    WHERE number > 1;

CREATE TABLE refunds (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    charge_id TEXT NOT NULL REFERENCES charges (id),
    number INTEGER NOT NULL CHECK (number >= 1),
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    state TEXT NOT NULL CHECK (state = 'submitted' OR state = 'pending' OR state = 'unknown'
        OR state = 'succeeded' OR state = 'failed'),
    remote_id TEXT CHECK (length(remote_id) BETWEEN 1 AND 255),
    reason TEXT CHECK (length(reason) BETWEEN 1 AND 64),
    next_step_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (charge_id, number)
) STRICT;
CREATE UNIQUE INDEX refunds_remote ON refunds (charge_id, remote_id) WHERE remote_id IS NOT NULL;
CREATE INDEX refunds_next_step ON refunds (next_step_at, id) WHERE next_step_at IS NOT NULL;

CREATE TABLE disputes (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    charge_id TEXT NOT NULL REFERENCES charges (id),
    processor TEXT NOT NULL CHECK (length(processor) BETWEEN 1 AND 32),
    remote_id TEXT NOT NULL CHECK (length(remote_id) BETWEEN 1 AND 255),
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    state TEXT NOT NULL CHECK (state = 'open' OR state = 'won' OR state = 'lost'),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (processor, remote_id)
) STRICT;
CREATE INDEX disputes_charge ON disputes (charge_id);

-- What a processor told us, verified and kept as it came, applied later. The body is sealed, and
-- forgotten some days after it was applied; the id stays, so that a message counts once.
CREATE TABLE processor_events (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    processor TEXT NOT NULL CHECK (length(processor) BETWEEN 1 AND 32),
    remote_id TEXT NOT NULL CHECK (length(remote_id) BETWEEN 1 AND 255),
    sealed BLOB,
    state TEXT NOT NULL CHECK (state = 'waiting' OR state = 'applied' OR state = 'failed'),
    reason TEXT CHECK (length(reason) BETWEEN 1 AND 256),
    received_at INTEGER NOT NULL,
    applied_at INTEGER,
    UNIQUE (processor, remote_id),
    CHECK (sealed IS NOT NULL OR state <> 'waiting')
) STRICT;
CREATE INDEX processor_events_waiting ON processor_events (id) WHERE state = 'waiting';
CREATE INDEX processor_events_kept ON processor_events (id) WHERE sealed IS NOT NULL;

-- How far each processor's own list has been read. reconcile_since: an older copy of the book was
-- made the present one; nothing is charged before what was paid since then is known here.
CREATE TABLE processors (
    name TEXT NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 32),
    mode TEXT NOT NULL CHECK (mode = 'test' OR mode = 'live'),
    message_cursor TEXT CHECK (length(message_cursor) BETWEEN 1 AND 255),
    reconcile_since INTEGER,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Tokens and customers that a processor is still to forget, after whoever they belonged to was
-- forgotten here. The row goes with the deed.
CREATE TABLE processor_removals (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    processor TEXT NOT NULL CHECK (length(processor) BETWEEN 1 AND 32),
    sealed BLOB NOT NULL,
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    next_attempt_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX processor_removals_queue ON processor_removals (next_attempt_at, id);

-- What was sent to processors on a day, for the daily ceiling.
CREATE TABLE billing_days (
    day TEXT NOT NULL CHECK (length(day) = 10),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    submitted_minor INTEGER NOT NULL CHECK (submitted_minor >= 0),
    PRIMARY KEY (day, currency)
) STRICT, WITHOUT ROWID;

-- What people who had to be removed had given, so that the books still balance.
CREATE TABLE folded_charges (
    month TEXT NOT NULL CHECK (length(month) = 7),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    charges INTEGER NOT NULL CHECK (charges >= 1),
    amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0),
    refunded_minor INTEGER NOT NULL CHECK (refunded_minor >= 0),
    PRIMARY KEY (month, currency)
) STRICT, WITHOUT ROWID;

-- Periods collected at once, in advance; whether the next charge must be announced; and how the
-- reader wants receipts.
ALTER TABLE pledges ADD COLUMN collect_every INTEGER NOT NULL DEFAULT 1
    CHECK (collect_every = 1 OR collect_every = 3 OR collect_every = 6 OR collect_every = 12);
ALTER TABLE pledges ADD COLUMN needs_notice INTEGER NOT NULL DEFAULT 0
    CHECK (needs_notice IN (0, 1));
ALTER TABLE pledges ADD COLUMN receipts TEXT NOT NULL DEFAULT 'each'
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
