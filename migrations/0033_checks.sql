-- What each process found when it last checked what it needs: only it has its tokens and its way to the vendors. A process
-- that stops removes its row; that of one that was killed is not shown any more 15 minutes after `next_at`.
CREATE TABLE service_checks (
    process    uuid        PRIMARY KEY,
    -- gateway or worker.
    service    text        NOT NULL,
    -- The pod, or else the machine; empty where it has no name.
    instance   text        NOT NULL,
    -- Those that a worker serves.
    queues     text[]      NOT NULL,
    -- A list of name, fault and note.
    checks     jsonb       NOT NULL,
    -- When the checks began.
    checked_at timestamptz NOT NULL,
    -- A process that is well has checked again by then.
    next_at    timestamptz NOT NULL
);
