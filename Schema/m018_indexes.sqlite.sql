-- A list of more than two is a table to SQLite, which it would make in memory for every row that is
-- written.
DROP INDEX pledges_due;
CREATE INDEX pledges_due ON pledges (next_charge_on, id)
    WHERE state = 'pending' OR state = 'active' OR state = 'pastDue';
DROP INDEX charges_open;
CREATE UNIQUE INDEX charges_open ON charges (pledge_id)
    WHERE state = 'submitted' OR state = 'pending' OR state = 'actionRequired'
        OR state = 'unknown' OR state = 'held' OR state = 'declined';
