-- Where events are told. URL and secrets stand in "sealed" alone.
CREATE TABLE webhook_endpoints (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    sealed BYTEA NOT NULL,
    events TEXT COLLATE "C" NOT NULL CHECK (length(events) BETWEEN 1 AND 2000),
    allows_http BIGINT NOT NULL CHECK (allows_http IN (0, 1)),
    allows_private BIGINT NOT NULL CHECK (allows_private IN (0, 1)),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('enabled', 'disabled')),
    failing_since BIGINT,
    version BIGINT NOT NULL CHECK (version >= 1),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- One event on its way to one endpoint. What is sent is the body of the event's own row.
CREATE TABLE webhook_deliveries (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    endpoint_id TEXT COLLATE "C" NOT NULL REFERENCES webhook_endpoints (id),
    event_id TEXT COLLATE "C" NOT NULL REFERENCES events (id),
    is_replay BIGINT NOT NULL CHECK (is_replay IN (0, 1)),
    state TEXT COLLATE "C" NOT NULL CHECK (state = 'waiting' OR state = 'delivered' OR state = 'dead'),
    attempts BIGINT NOT NULL CHECK (attempts >= 0),
    next_attempt_at BIGINT NOT NULL,
    leased_until BIGINT,
    created_at BIGINT NOT NULL,
    CHECK (state = 'waiting' OR leased_until IS NULL)
);
CREATE UNIQUE INDEX webhook_deliveries_once ON webhook_deliveries (endpoint_id, event_id)
    WHERE is_replay = 0;
CREATE INDEX webhook_deliveries_queue ON webhook_deliveries (endpoint_id, next_attempt_at, id)
    WHERE state = 'waiting';

-- One try of a delivery.
CREATE TABLE webhook_attempts (
    delivery_id TEXT COLLATE "C" NOT NULL REFERENCES webhook_deliveries (id),
    number BIGINT NOT NULL CHECK (number >= 1),
    at BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL CHECK (duration_ms >= 0),
    status BIGINT,
    error TEXT COLLATE "C" CHECK (length(error) BETWEEN 1 AND 256),
    PRIMARY KEY (delivery_id, number)
);
