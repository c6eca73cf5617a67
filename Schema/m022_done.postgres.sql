-- When a job last ended without an error, whoever ran it.
ALTER TABLE jobs ADD COLUMN done_at BIGINT;
