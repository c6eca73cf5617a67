-- What recurs by itself: who runs it now, how the last run ended and when the next one begins.
-- leased_by names a run, so that one whose lease was lost does not end its successor.
CREATE TABLE jobs (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 32),
    leased_by TEXT COLLATE "C" CHECK (length(leased_by) = 30),
    leased_until BIGINT,
    started_at BIGINT,
    ended_at BIGINT,
    next_run_at BIGINT NOT NULL,
    outcome TEXT COLLATE "C" CHECK (outcome = 'done' OR outcome = 'failed'),
    summary TEXT COLLATE "C" CHECK (length(summary) <= 4000),
    failure TEXT COLLATE "C" CHECK (length(failure) <= 500),
    failures_in_row BIGINT NOT NULL DEFAULT 0,
    CHECK ((leased_by IS NULL) = (leased_until IS NULL))
);
