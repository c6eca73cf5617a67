-- A mail that is owed: template and sealed parameters, rendered when it is sent. The address is
-- looked up then; only a notice to a former address carries it, sealed. One row per subject, kind
-- and period, whatever runs twice.
CREATE TABLE mail_messages (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    supporter_id TEXT COLLATE "C" NOT NULL REFERENCES supporters (id),
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('support', 'confirmReminder', 'upcomingCharge',
        'methodExpiring', 'chargeFailed', 'pauseEnding', 'addressChanged')),
    subject_id TEXT COLLATE "C" NOT NULL CHECK (length(subject_id) = 30),
    period TEXT COLLATE "C" NOT NULL CHECK (length(period) BETWEEN 1 AND 32),
    reminder_id TEXT COLLATE "C" REFERENCES reminders (id),
    sealed BYTEA,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('queued', 'sent', 'failed')),
    reason TEXT COLLATE "C" CHECK (length(reason) BETWEEN 1 AND 256),
    attempts BIGINT NOT NULL CHECK (attempts >= 0),
    next_attempt_at BIGINT NOT NULL,
    leased_until BIGINT,
    created_at BIGINT NOT NULL,
    sent_at BIGINT,
    UNIQUE (subject_id, kind, period),
    CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
    CHECK (state <> 'failed' OR reason IS NOT NULL)
);
CREATE INDEX mail_messages_queue ON mail_messages (next_attempt_at, id) WHERE state = 'queued';
CREATE INDEX mail_messages_supporter ON mail_messages (supporter_id);
CREATE INDEX mail_messages_reminder ON mail_messages (reminder_id);

-- What a link in a mail means. The token itself leaves in the mail and is never stored; email_hash
-- lets an opt-out work after the address is forgotten.
CREATE TABLE mail_links (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    supporter_id TEXT COLLATE "C" NOT NULL REFERENCES supporters (id),
    email_hash BYTEA NOT NULL,
    reminder_id TEXT COLLATE "C" REFERENCES reminders (id),
    expires_at BIGINT NOT NULL
);
CREATE INDEX mail_links_expires ON mail_links (expires_at);
