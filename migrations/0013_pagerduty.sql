-- PagerDuty: a copy of who is on call, so that looking at it asks nobody, and the pages of incidents.

-- What is known of PagerDuty itself.
CREATE TABLE on_call_state (
    -- There is one row.
    one           boolean PRIMARY KEY DEFAULT true CHECK (one),
    -- Whether the workers of the queue have what they need to speak to PagerDuty.
    enabled       boolean NOT NULL DEFAULT false,
    -- The copy that is made now, and the one that is shown.
    copying       uuid,
    shown         uuid,
    -- When the copy that is shown was complete.
    copied_at     timestamptz,
    failing_since timestamptz,
    error         text,
    CHECK ((failing_since IS NULL) = (error IS NULL))
);

INSERT INTO on_call_state DEFAULT VALUES;

-- Every row belongs to a copy: a new one is shown when it is complete, and the one of before goes.
CREATE TABLE on_call_users (
    copy  uuid NOT NULL,
    id    text NOT NULL,
    name  text NOT NULL,
    email text,
    PRIMARY KEY (copy, id)
);

CREATE TABLE on_call_services (
    copy      uuid NOT NULL,
    id        text NOT NULL,
    name      text NOT NULL,
    -- active, warning, critical, maintenance or disabled.
    status    text NOT NULL,
    policy_id text,
    PRIMARY KEY (copy, id)
);

CREATE TABLE on_call_schedules (
    copy uuid NOT NULL,
    id   text NOT NULL,
    name text NOT NULL,
    url  text,
    PRIMARY KEY (copy, id)
);

CREATE TABLE on_call_policies (
    copy uuid NOT NULL,
    id   text NOT NULL,
    name text NOT NULL,
    url  text,
    -- Minutes after which each level hands over to the next, from the first level on.
    delays integer[] NOT NULL,
    PRIMARY KEY (copy, id)
);

CREATE TABLE on_call_shifts (
    copy        uuid    NOT NULL,
    policy_id   text    NOT NULL,
    level       integer NOT NULL,
    user_id     text    NOT NULL,
    user_name   text    NOT NULL,
    schedule_id text,
    -- NULL for somebody who always is.
    starts_at   timestamptz,
    ends_at     timestamptz
);

CREATE INDEX on_call_shifts_policy ON on_call_shifts (copy, policy_id);

-- People of PagerDuty are found in Slack by e-mail, then by name.
CREATE INDEX slack_users_name ON slack_users (lower(name)) WHERE active AND NOT is_bot;

CREATE TABLE pages (
    id              uuid PRIMARY KEY,
    incident_id     uuid        NOT NULL REFERENCES incidents ON DELETE CASCADE,
    policy_id       text        NOT NULL,
    -- Names as they were then.
    team            text        NOT NULL,
    -- One person of it, where not the whole team is paged.
    user_id         text,
    user_name       text,
    urgency         text        NOT NULL,
    message         text        NOT NULL,
    -- domain::Actor.
    paged_by        jsonb       NOT NULL,
    paged_at        timestamptz NOT NULL,
    state           text        NOT NULL DEFAULT 'waiting',
    -- When the channel was told that PagerDuty does not take it yet.
    delay_told_at   timestamptz,
    -- In PagerDuty.
    pagerduty_id    text,
    url             text,
    triggered_at    timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by text,
    -- When the channel was told that nobody has acknowledged it.
    late_told_at    timestamptz,
    resolved_at     timestamptz,
    CHECK ((user_id IS NULL) = (user_name IS NULL)),
    CHECK ((state IN ('triggered', 'acknowledged', 'resolved')) = (pagerduty_id IS NOT NULL))
);

CREATE INDEX pages_incident ON pages (incident_id, paged_at);
CREATE INDEX pages_open ON pages (triggered_at) WHERE state IN ('triggered', 'acknowledged');

-- Who came into the incident by a page: they are invited to whichever channel it gets.
CREATE TABLE page_people (
    page_id       uuid NOT NULL REFERENCES pages ON DELETE CASCADE,
    slack_user_id text NOT NULL,
    PRIMARY KEY (page_id, slack_user_id)
);
