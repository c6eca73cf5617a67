-- Answers stand in the order in which they came, and only the hashes of their keys in none. In one
-- tree together each registration had a page of its own to change, and one in three a page to split.
CREATE TABLE new_idempotent_requests (
    key_hash BYTEA NOT NULL PRIMARY KEY,
    request_hash BYTEA NOT NULL,
    answer BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    supporter_id TEXT COLLATE "C" REFERENCES supporters (id)
);
INSERT INTO new_idempotent_requests SELECT * FROM idempotent_requests;
DROP TABLE idempotent_requests;
ALTER TABLE new_idempotent_requests RENAME TO idempotent_requests;
CREATE INDEX idempotent_requests_supporter ON idempotent_requests (supporter_id);
