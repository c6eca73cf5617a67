-- Which keys of the ring everything new is sealed and hashed under, and how often jobs that act on the
-- outside have run on this book: a copy that is older than what they did is held.
ALTER TABLE newsroom ADD COLUMN seal_key_id BIGINT NOT NULL DEFAULT 1;
ALTER TABLE newsroom ADD COLUMN hash_key_id BIGINT NOT NULL DEFAULT 2;
ALTER TABLE newsroom ADD COLUMN runs BIGINT NOT NULL DEFAULT 0;

-- Whose registration a stored answer tells of: it is forgotten with them.
ALTER TABLE idempotent_requests ADD COLUMN supporter_id TEXT COLLATE "C" REFERENCES supporters (id);
CREATE INDEX idempotent_requests_supporter ON idempotent_requests (supporter_id);
