-- A message promised for a time. subject_id, kind and period name it once and for all: the pledge
-- and its charge, the method and its expiry, a support series and its step.
CREATE TABLE reminders (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    supporter_id TEXT COLLATE "C" NOT NULL REFERENCES supporters (id),
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('support', 'upcomingCharge', 'methodExpiring',
        'chargeFailed', 'pauseEnding')),
    subject_id TEXT COLLATE "C" NOT NULL CHECK (length(subject_id) = 30),
    period TEXT COLLATE "C" NOT NULL CHECK (length(period) BETWEEN 1 AND 32),
    due_on TEXT COLLATE "C" NOT NULL CHECK (length(due_on) = 10),
    due_at BIGINT NOT NULL,
    every_months BIGINT CHECK (every_months IN (1, 3, 6, 12)),
    first_on TEXT COLLATE "C" CHECK (length(first_on) = 10),
    occurrence BIGINT NOT NULL CHECK (occurrence BETWEEN 1 AND 24),
    confirmed_at BIGINT,
    consent_at BIGINT,
    consent_door TEXT COLLATE "C",
    consent_wording TEXT COLLATE "C",
    state TEXT COLLATE "C" NOT NULL
        CHECK (state IN ('scheduled', 'queued', 'sent', 'failed', 'skipped', 'cancelled')),
    reason TEXT COLLATE "C" CHECK (length(reason) BETWEEN 1 AND 64),
    version BIGINT NOT NULL CHECK (version >= 1),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (subject_id, kind, period),
    CHECK ((state IN ('failed', 'skipped')) = (reason IS NOT NULL)),
    CHECK ((every_months IS NULL) = (first_on IS NULL)),
    CHECK (every_months IS NULL OR kind = 'support'),
    CHECK ((kind = 'support') = (consent_at IS NOT NULL)),
    CHECK ((consent_at IS NULL) = (consent_door IS NULL)),
    CHECK ((consent_at IS NULL) = (consent_wording IS NULL))
);
CREATE INDEX reminders_due ON reminders (due_at, id) WHERE state = 'scheduled';
CREATE INDEX reminders_supporter ON reminders (supporter_id, state, due_on);
CREATE INDEX reminders_created ON reminders (created_at) WHERE kind = 'support';
-- One open one-off a month, and one open recurring reminder, per address.
CREATE UNIQUE INDEX reminders_one_off ON reminders (supporter_id, substr(due_on, 1, 7))
    WHERE kind = 'support' AND every_months IS NULL AND state = 'scheduled';
CREATE UNIQUE INDEX reminders_recurring ON reminders (supporter_id)
    WHERE kind = 'support' AND every_months IS NOT NULL AND state = 'scheduled';
