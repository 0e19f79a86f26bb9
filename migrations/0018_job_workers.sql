-- The worker processes that hold a session-level advisory lock for as long as they live. A worker that is listed here and
-- whose lock is free has died: another one gives its jobs away at once, without waiting for the end of their leases.
-- Workers of the release before are not listed; theirs still go by the lease. A row goes when its worker stops, or with
-- its jobs when it is found dead.
CREATE TABLE job_workers (
    identity  uuid PRIMARY KEY,
    -- The key of the advisory lock.
    lock_key  bigint NOT NULL,
    -- When the lock was last taken: at the start, and again after its connection broke.
    locked_at timestamptz NOT NULL DEFAULT now()
);
