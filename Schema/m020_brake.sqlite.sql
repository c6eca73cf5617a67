-- The last calls through a processor that show whether something is wrong: their number, and a bit for
-- each (1: declined; the lowest bit is the latest call). brake_closed_at is when too many of them were
-- declined; nothing is charged there until a person opens the brake.
ALTER TABLE processors ADD COLUMN brake_calls INTEGER NOT NULL DEFAULT 0
    CHECK (brake_calls BETWEEN 0 AND 50);
ALTER TABLE processors ADD COLUMN brake_declines INTEGER NOT NULL DEFAULT 0
    CHECK (brake_declines >= 0);
ALTER TABLE processors ADD COLUMN brake_closed_at INTEGER;
