-- A stored means of payment. Token, customer, mandate, brand, last 4, fingerprint and issuing
-- country stand in "sealed" alone, which is gone once the method is removed.
CREATE TABLE payment_methods (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    supporter_id TEXT COLLATE "C" NOT NULL REFERENCES supporters (id),
    kind TEXT COLLATE "C" NOT NULL
        CHECK (kind IN ('card', 'sepaDebit', 'paypal', 'bankTransfer', 'crypto')),
    processor TEXT COLLATE "C" NOT NULL CHECK (length(processor) BETWEEN 1 AND 32),
    sealed BYTEA,
    expires TEXT COLLATE "C" CHECK (length(expires) = 7),
    state TEXT COLLATE "C" NOT NULL
        CHECK (state IN ('active', 'expiring', 'expired', 'replaced', 'revoked', 'dead')),
    replaced_by_id TEXT COLLATE "C" REFERENCES payment_methods (id),
    version BIGINT NOT NULL CHECK (version >= 1),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CHECK (sealed IS NOT NULL OR state IN ('replaced', 'revoked', 'dead')),
    CHECK (replaced_by_id IS NULL OR state = 'replaced')
);
CREATE INDEX payment_methods_supporter ON payment_methods (supporter_id);
CREATE INDEX payment_methods_expires ON payment_methods (expires, id)
    WHERE state IN ('active', 'expiring');

-- A standing promise to give. next_charge_on and next_period name the charge that comes next;
-- both ends of a final pledge are null. The totals move with the charges, in one transaction.
CREATE TABLE pledges (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    supporter_id TEXT COLLATE "C" NOT NULL REFERENCES supporters (id),
    payment_method_id TEXT COLLATE "C" REFERENCES payment_methods (id),
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    currency TEXT COLLATE "C" NOT NULL CHECK (length(currency) = 3),
    interval TEXT COLLATE "C" NOT NULL CHECK (interval IN ('month', 'year', 'once')),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'active', 'pastDue', 'paused',
        'completed', 'cancelled', 'lapsed', 'abandoned')),
    anchor_day BIGINT NOT NULL CHECK (anchor_day BETWEEN 1 AND 31),
    anchor_month BIGINT NOT NULL CHECK (anchor_month BETWEEN 1 AND 12),
    started_on TEXT COLLATE "C" NOT NULL CHECK (length(started_on) = 10),
    next_charge_on TEXT COLLATE "C" CHECK (length(next_charge_on) = 10),
    next_period BIGINT NOT NULL CHECK (next_period >= 1),
    paused_until TEXT COLLATE "C" CHECK (length(paused_until) = 10),
    due_before_pause TEXT COLLATE "C" CHECK (length(due_before_pause) = 10),
    last_charged_on TEXT COLLATE "C" CHECK (length(last_charged_on) = 10),
    charges_succeeded BIGINT NOT NULL CHECK (charges_succeeded >= 0),
    total_given_minor BIGINT NOT NULL CHECK (total_given_minor >= 0),
    cancel_reason TEXT COLLATE "C" CHECK (cancel_reason IN ('cannot_afford', 'other_cause', 'dissatisfied',
        'privacy', 'mistake', 'duplicate', 'revoked', 'other')),
    cancelled_by TEXT COLLATE "C" CHECK (cancelled_by IN ('supporter', 'staff', 'processor')),
    predecessor_id TEXT COLLATE "C" REFERENCES pledges (id),
    sealed BYTEA,
    version BIGINT NOT NULL CHECK (version >= 1),
    ended_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CHECK ((state = 'paused') = (paused_until IS NOT NULL)),
    CHECK ((state = 'paused') = (due_before_pause IS NOT NULL)),
    CHECK ((state = 'cancelled') = (cancel_reason IS NOT NULL)),
    CHECK ((cancel_reason IS NULL) = (cancelled_by IS NULL)),
    CHECK ((state IN ('completed', 'cancelled', 'lapsed', 'abandoned')) = (ended_at IS NOT NULL)),
    CHECK ((next_charge_on IS NULL)
        = (state IN ('completed', 'cancelled', 'lapsed', 'abandoned')))
);
CREATE INDEX pledges_supporter ON pledges (supporter_id, id);
CREATE INDEX pledges_annual ON pledges (next_charge_on, id)
    WHERE state = 'active' AND interval = 'year';
CREATE INDEX pledges_paused ON pledges (paused_until, id) WHERE state = 'paused';
CREATE INDEX pledges_pending ON pledges (created_at, id)
    WHERE state = 'pending' AND payment_method_id IS NULL;
