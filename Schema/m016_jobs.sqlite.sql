-- What recurs by itself: who runs it now, how the last run ended and when the next one begins.
-- leased_by names a run, so that one whose lease was lost does not end its successor.
CREATE TABLE jobs (
    name TEXT NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 32),
    leased_by TEXT CHECK (length(leased_by) = 30),
    leased_until INTEGER,
    started_at INTEGER,
    ended_at INTEGER,
    next_run_at INTEGER NOT NULL,
    outcome TEXT CHECK (outcome = 'done' OR outcome = 'failed'),
    summary TEXT CHECK (length(summary) <= 4000),
    failure TEXT CHECK (length(failure) <= 500),
    failures_in_row INTEGER NOT NULL DEFAULT 0,
    CHECK ((leased_by IS NULL) = (leased_until IS NULL))
) STRICT;
