-- The job queue. Only shared/jobs reads or writes these tables; its module documentation draws the states.

CREATE SEQUENCE jobs_seq;

CREATE TABLE jobs (
    id               uuid PRIMARY KEY,
    -- The place in a lane: drawn while the caller holds the row of whatever the lane is about.
    seq              bigint NOT NULL DEFAULT nextval('jobs_seq'),
    queue            text NOT NULL,
    kind             text NOT NULL,
    priority         smallint NOT NULL,
    -- json, not jsonb: a text that people typed may hold \u0000, which jsonb refuses.
    payload          json NOT NULL,
    lane             text,
    coalesce_key     text,
    once_key         text,
    state            text NOT NULL DEFAULT 'waiting'
                     CHECK (state IN ('waiting', 'running', 'completed', 'superseded', 'discarded')),
    -- Waiting, but not the first of its lane: kept out of the index that fetching reads.
    behind           boolean NOT NULL DEFAULT false,
    run_at           timestamptz NOT NULL,
    created_at       timestamptz NOT NULL,
    horizon          interval NOT NULL,
    gives_up_at      timestamptz NOT NULL,
    -- Runs begun, without those that were given back untouched.
    attempt          integer NOT NULL DEFAULT 0,
    -- Retries so far, for the backoff.
    failures         integer NOT NULL DEFAULT 0,
    -- Runs that ended without an answer.
    crashes          integer NOT NULL DEFAULT 0,
    -- Which run this is. Never goes back, so that a run of before cannot answer for the one of now.
    run_no           bigint NOT NULL DEFAULT 0,
    locked_by        uuid,
    lease_expires_at timestamptz,
    last_error       text,
    traceparent      text,
    finished_at      timestamptz,
    CONSTRAINT jobs_running_is_locked
        CHECK ((state = 'running') = (locked_by IS NOT NULL AND lease_expires_at IS NOT NULL)),
    CONSTRAINT jobs_finished_has_time
        CHECK ((state IN ('completed', 'superseded', 'discarded')) = (finished_at IS NOT NULL))
) WITH (
    -- Rows change state a few times within milliseconds, then rest for days.
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_analyze_scale_factor = 0.05
);

CREATE INDEX jobs_fetch ON jobs (queue, priority, run_at, seq) WHERE state = 'waiting' AND NOT behind;
CREATE INDEX jobs_lease ON jobs (lease_expires_at) WHERE state = 'running';
CREATE INDEX jobs_lane ON jobs (lane, seq) WHERE lane IS NOT NULL AND state IN ('waiting', 'running');
CREATE UNIQUE INDEX jobs_one_running_per_lane ON jobs (lane) WHERE lane IS NOT NULL AND state = 'running';
CREATE UNIQUE INDEX jobs_one_waiting_per_key ON jobs (queue, coalesce_key)
    WHERE coalesce_key IS NOT NULL AND state = 'waiting';
CREATE INDEX jobs_finished ON jobs (finished_at, id) WHERE state IN ('completed', 'superseded');
CREATE INDEX jobs_discarded ON jobs (finished_at, id) WHERE state = 'discarded';

-- The keys of once-only jobs stay taken for ever, also when the jobs are long deleted.
CREATE TABLE job_keys (
    key text PRIMARY KEY
);

-- The last tick of each periodic job that was enqueued, by whichever process proposed it first.
CREATE TABLE job_ticks (
    name      text PRIMARY KEY,
    queue     text NOT NULL,
    every     interval NOT NULL,
    last_tick timestamptz NOT NULL
);

-- New jobs that are due wake the workers of their queues when the transaction commits.
CREATE FUNCTION jobs_wake_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('incident_bot_jobs', due.queue)
    FROM (SELECT DISTINCT queue FROM inserted WHERE run_at <= now()) AS due;
    RETURN NULL;
END
$$;

CREATE TRIGGER jobs_wake_inserted AFTER INSERT ON jobs
    REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION jobs_wake_inserted();

-- A waiting job that was drawn together with a new one was locked until now: a fetch has passed over it.
CREATE FUNCTION jobs_wake_coalesced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('incident_bot_jobs', NEW.queue);
    RETURN NULL;
END
$$;

CREATE TRIGGER jobs_wake_coalesced AFTER UPDATE OF payload ON jobs
    FOR EACH ROW WHEN (NEW.run_at <= now())
    EXECUTE FUNCTION jobs_wake_coalesced();

-- When the running job of a lane ends or goes back to waiting, or a waiting one ends, the first of the lane becomes
-- fetchable. A fetch that puts a job behind another locks that other one in FOR SHARE mode, so the two cannot miss each
-- other: the statement here begins after that lock is gone and sees what the fetch did.
CREATE FUNCTION jobs_advance_lane() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE jobs SET behind = false
    WHERE behind
      AND id = (SELECT id FROM jobs
                WHERE lane = NEW.lane AND state IN ('waiting', 'running')
                ORDER BY seq LIMIT 1);
    RETURN NULL;
END
$$;

CREATE TRIGGER jobs_advance_lane AFTER UPDATE OF state ON jobs
    FOR EACH ROW WHEN (NEW.lane IS NOT NULL AND NEW.state <> 'running' AND NEW.state <> OLD.state
                       AND OLD.state IN ('waiting', 'running'))
    EXECUTE FUNCTION jobs_advance_lane();
