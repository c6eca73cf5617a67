-- A payment beside the one that its charge counts: a second success for one period. No total counts it.
CREATE TABLE extra_payments (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    charge_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    processor TEXT NOT NULL CHECK (length(processor) BETWEEN 1 AND 32),
    remote_id TEXT NOT NULL CHECK (length(remote_id) BETWEEN 1 AND 255),
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    refunded_minor INTEGER NOT NULL CHECK (refunded_minor >= 0),
    paid_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (processor, remote_id),
    FOREIGN KEY (charge_id, attempt) REFERENCES charge_attempts (charge_id, number),
    CHECK (refunded_minor <= amount_minor)
) STRICT;
CREATE INDEX extra_payments_charge ON extra_payments (charge_id, attempt);

-- The payment that went back, or that a bank demands back; NULL is the one that the charge counts.
ALTER TABLE refunds ADD COLUMN extra_payment_id TEXT REFERENCES extra_payments (id);
ALTER TABLE disputes ADD COLUMN extra_payment_id TEXT REFERENCES extra_payments (id);

-- Another copy of the book made the call; this one learned of it.
ALTER TABLE charge_attempts ADD COLUMN is_adopted INTEGER NOT NULL DEFAULT 0
    CHECK (is_adopted IN (0, 1));

-- Sent back without a person's word.
ALTER TABLE refunds ADD COLUMN is_automatic INTEGER NOT NULL DEFAULT 0
    CHECK (is_automatic IN (0, 1));
CREATE INDEX refunds_automatic ON refunds (created_at) WHERE is_automatic = 1;
