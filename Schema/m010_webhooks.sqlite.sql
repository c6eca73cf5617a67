-- Where events are told. URL and secrets stand in "sealed" alone.
CREATE TABLE webhook_endpoints (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    sealed BLOB NOT NULL,
    events TEXT NOT NULL CHECK (length(events) BETWEEN 1 AND 2000),
    allows_http INTEGER NOT NULL CHECK (allows_http IN (0, 1)),
    allows_private INTEGER NOT NULL CHECK (allows_private IN (0, 1)),
    state TEXT NOT NULL CHECK (state IN ('enabled', 'disabled')),
    failing_since INTEGER,
    version INTEGER NOT NULL CHECK (version >= 1),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

-- One event on its way to one endpoint. What is sent is the body of the event's own row.
CREATE TABLE webhook_deliveries (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 30),
    endpoint_id TEXT NOT NULL REFERENCES webhook_endpoints (id),
    event_id TEXT NOT NULL REFERENCES events (id),
    is_replay INTEGER NOT NULL CHECK (is_replay IN (0, 1)),
    state TEXT NOT NULL CHECK (state = 'waiting' OR state = 'delivered' OR state = 'dead'),
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    next_attempt_at INTEGER NOT NULL,
    leased_until INTEGER,
    created_at INTEGER NOT NULL,
    CHECK (state = 'waiting' OR leased_until IS NULL)
) STRICT;
CREATE UNIQUE INDEX webhook_deliveries_once ON webhook_deliveries (endpoint_id, event_id)
    WHERE is_replay = 0;
CREATE INDEX webhook_deliveries_queue ON webhook_deliveries (endpoint_id, next_attempt_at, id)
    WHERE state = 'waiting';

-- One try of a delivery.
CREATE TABLE webhook_attempts (
    delivery_id TEXT NOT NULL REFERENCES webhook_deliveries (id),
    number INTEGER NOT NULL CHECK (number >= 1),
    at INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL CHECK (duration_ms >= 0),
    status INTEGER,
    error TEXT CHECK (length(error) BETWEEN 1 AND 256),
    PRIMARY KEY (delivery_id, number)
) STRICT, WITHOUT ROWID;
