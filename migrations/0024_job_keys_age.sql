-- Since when a key of a once-only job is taken, so that keys which nothing can repeat any more can go.
ALTER TABLE job_keys ADD COLUMN taken_at timestamptz NOT NULL DEFAULT now();

CREATE INDEX job_keys_age ON job_keys (taken_at);
