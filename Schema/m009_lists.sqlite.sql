-- A list of three or more in a CHECK makes SQLite build a table of it whenever a row is written: a
-- third of the cost of registering a pledge. Each such IN is a chain of OR from here on. The kinds of
-- mail are the program's list alone, as the types of events are; a mail to the newsroom's own operator
-- has no supporter.
CREATE TABLE new_payment_methods (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    supporter_id TEXT NOT NULL REFERENCES supporters (id),
    kind TEXT NOT NULL CHECK (kind = 'card' OR kind = 'sepaDebit' OR kind = 'paypal'
        OR kind = 'bankTransfer' OR kind = 'crypto'),
    processor TEXT NOT NULL CHECK (length(processor) BETWEEN 1 AND 32),
    sealed BLOB,
    expires TEXT CHECK (length(expires) = 7),
    state TEXT NOT NULL CHECK (state = 'active' OR state = 'expiring' OR state = 'expired'
        OR state = 'replaced' OR state = 'revoked' OR state = 'dead'),
    replaced_by_id TEXT REFERENCES new_payment_methods (id),
    version INTEGER NOT NULL CHECK (version >= 1),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CHECK (sealed IS NOT NULL OR state = 'replaced' OR state = 'revoked' OR state = 'dead'),
    CHECK (replaced_by_id IS NULL OR state = 'replaced')
) STRICT;

CREATE TABLE new_pledges (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    supporter_id TEXT NOT NULL REFERENCES supporters (id),
    payment_method_id TEXT REFERENCES new_payment_methods (id),
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    interval TEXT NOT NULL CHECK (interval = 'month' OR interval = 'year' OR interval = 'once'),
    state TEXT NOT NULL CHECK (state = 'pending' OR state = 'active' OR state = 'pastDue'
        OR state = 'paused' OR state = 'completed' OR state = 'cancelled' OR state = 'lapsed'
        OR state = 'abandoned'),
    anchor_day INTEGER NOT NULL CHECK (anchor_day BETWEEN 1 AND 31),
    anchor_month INTEGER NOT NULL CHECK (anchor_month BETWEEN 1 AND 12),
    started_on TEXT NOT NULL CHECK (length(started_on) = 10),
    next_charge_on TEXT CHECK (length(next_charge_on) = 10),
    next_period INTEGER NOT NULL CHECK (next_period >= 1),
    paused_until TEXT CHECK (length(paused_until) = 10),
    due_before_pause TEXT CHECK (length(due_before_pause) = 10),
    last_charged_on TEXT CHECK (length(last_charged_on) = 10),
    charges_succeeded INTEGER NOT NULL CHECK (charges_succeeded >= 0),
    total_given_minor INTEGER NOT NULL CHECK (total_given_minor >= 0),
    cancel_reason TEXT CHECK (cancel_reason = 'cannot_afford' OR cancel_reason = 'other_cause'
        OR cancel_reason = 'dissatisfied' OR cancel_reason = 'privacy'
        OR cancel_reason = 'mistake' OR cancel_reason = 'duplicate' OR cancel_reason = 'revoked'
        OR cancel_reason = 'other'),
    cancelled_by TEXT CHECK (cancelled_by = 'supporter' OR cancelled_by = 'staff'
        OR cancelled_by = 'processor'),
    predecessor_id TEXT REFERENCES new_pledges (id),
    sealed BLOB,
    version INTEGER NOT NULL CHECK (version >= 1),
    ended_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CHECK ((state = 'paused') = (paused_until IS NOT NULL)),
    CHECK ((state = 'paused') = (due_before_pause IS NOT NULL)),
    CHECK ((state = 'cancelled') = (cancel_reason IS NOT NULL)),
    CHECK ((cancel_reason IS NULL) = (cancelled_by IS NULL)),
    CHECK ((state = 'completed' OR state = 'cancelled' OR state = 'lapsed'
        OR state = 'abandoned') = (ended_at IS NOT NULL)),
    CHECK ((next_charge_on IS NULL) = (ended_at IS NOT NULL))
) STRICT;

CREATE TABLE new_reminders (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    supporter_id TEXT NOT NULL REFERENCES supporters (id),
    kind TEXT NOT NULL CHECK (kind = 'support' OR kind = 'upcomingCharge'
        OR kind = 'methodExpiring' OR kind = 'chargeFailed' OR kind = 'pauseEnding'),
    subject_id TEXT NOT NULL CHECK (length(subject_id) = 30),
    period TEXT NOT NULL CHECK (length(period) BETWEEN 1 AND 32),
    due_on TEXT NOT NULL CHECK (length(due_on) = 10),
    due_at INTEGER NOT NULL,
    every_months INTEGER CHECK (every_months = 1 OR every_months = 3 OR every_months = 6
        OR every_months = 12),
    first_on TEXT CHECK (length(first_on) = 10),
    occurrence INTEGER NOT NULL CHECK (occurrence BETWEEN 1 AND 24),
    confirmed_at INTEGER,
    consent_at INTEGER,
    consent_door TEXT,
    consent_wording TEXT,
    state TEXT NOT NULL CHECK (state = 'scheduled' OR state = 'queued' OR state = 'sent'
        OR state = 'failed' OR state = 'skipped' OR state = 'cancelled'),
    reason TEXT CHECK (length(reason) BETWEEN 1 AND 64),
    version INTEGER NOT NULL CHECK (version >= 1),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (subject_id, kind, period),
    CHECK ((state IN ('failed', 'skipped')) = (reason IS NOT NULL)),
    CHECK ((every_months IS NULL) = (first_on IS NULL)),
    CHECK (every_months IS NULL OR kind = 'support'),
    CHECK ((kind = 'support') = (consent_at IS NOT NULL)),
    CHECK ((consent_at IS NULL) = (consent_door IS NULL)),
    CHECK ((consent_at IS NULL) = (consent_wording IS NULL))
) STRICT;

CREATE TABLE new_mail_messages (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    supporter_id TEXT REFERENCES supporters (id),
    kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 32),
    subject_id TEXT NOT NULL CHECK (length(subject_id) = 30),
    period TEXT NOT NULL CHECK (length(period) BETWEEN 1 AND 32),
    reminder_id TEXT REFERENCES new_reminders (id),
    sealed BLOB,
    state TEXT NOT NULL CHECK (state = 'queued' OR state = 'sent' OR state = 'failed'),
    reason TEXT CHECK (length(reason) BETWEEN 1 AND 256),
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    next_attempt_at INTEGER NOT NULL,
    leased_until INTEGER,
    created_at INTEGER NOT NULL,
    sent_at INTEGER,
    UNIQUE (subject_id, kind, period),
    CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
    CHECK (state <> 'failed' OR reason IS NOT NULL)
) STRICT;

CREATE TABLE new_mail_links (
    token_hash BLOB NOT NULL PRIMARY KEY,
    supporter_id TEXT NOT NULL REFERENCES supporters (id),
    email_hash BLOB NOT NULL,
    reminder_id TEXT REFERENCES new_reminders (id),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- References follow the new names; children go before their parents.
INSERT INTO new_payment_methods SELECT * FROM payment_methods;
INSERT INTO new_pledges SELECT * FROM pledges;
INSERT INTO new_reminders SELECT * FROM reminders;
INSERT INTO new_mail_messages SELECT * FROM mail_messages;
INSERT INTO new_mail_links SELECT * FROM mail_links;
DROP TABLE mail_links;
DROP TABLE mail_messages;
DROP TABLE reminders;
DROP TABLE pledges;
DROP TABLE payment_methods;
ALTER TABLE new_payment_methods RENAME TO payment_methods;
ALTER TABLE new_pledges RENAME TO pledges;
ALTER TABLE new_reminders RENAME TO reminders;
ALTER TABLE new_mail_messages RENAME TO mail_messages;
ALTER TABLE new_mail_links RENAME TO mail_links;

CREATE INDEX payment_methods_supporter ON payment_methods (supporter_id);
CREATE INDEX payment_methods_expires ON payment_methods (expires, id)
    WHERE state IN ('active', 'expiring');
CREATE INDEX pledges_supporter ON pledges (supporter_id, id);
CREATE INDEX pledges_annual ON pledges (next_charge_on, id)
    WHERE state = 'active' AND interval = 'year';
-- A pause ends with the first charge after it.
CREATE INDEX pledges_paused ON pledges (next_charge_on, id) WHERE state = 'paused';
CREATE INDEX pledges_pending ON pledges (created_at, id)
    WHERE state = 'pending' AND payment_method_id IS NULL;
CREATE INDEX reminders_due ON reminders (due_at, id) WHERE state = 'scheduled';
-- Without the state, so that a reminder that moves on leaves this index alone.
CREATE INDEX reminders_supporter ON reminders (supporter_id);
CREATE INDEX reminders_created ON reminders (created_at) WHERE kind = 'support';
-- One open one-off a month, and one open recurring reminder, per address.
CREATE UNIQUE INDEX reminders_one_off ON reminders (supporter_id, substr(due_on, 1, 7))
    WHERE kind = 'support' AND every_months IS NULL AND state = 'scheduled';
CREATE UNIQUE INDEX reminders_recurring ON reminders (supporter_id)
    WHERE kind = 'support' AND every_months IS NOT NULL AND state = 'scheduled';
CREATE INDEX mail_messages_queue ON mail_messages (next_attempt_at, id) WHERE state = 'queued';
CREATE INDEX mail_messages_supporter ON mail_messages (supporter_id);
CREATE INDEX mail_links_expires ON mail_links (expires_at);
