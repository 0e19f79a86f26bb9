-- Incidents, what happened in them, and what is needed to carry them to Slack exactly once.

CREATE TABLE incidents (
    id                     uuid PRIMARY KEY,
    title                  text        NOT NULL,
    description            text        NOT NULL,
    -- Keys of the settings; companies rename and add them without a migration.
    severity               text        NOT NULL,
    status                 text        NOT NULL,
    private                boolean     NOT NULL,
    -- domain::Actor, with the person's id in Slack beside it for joins.
    declared_by            jsonb       NOT NULL,
    declared_by_slack_user text,
    declared_at            timestamptz NOT NULL,
    updated_at             timestamptz NOT NULL,
    resolved_at            timestamptz,
    revision               bigint      NOT NULL DEFAULT 1,
    -- Chosen before the channel is made: it finds the channel again when Slack's answer was lost.
    channel_name           text        NOT NULL UNIQUE,
    channel_id             text UNIQUE,
    panel_ts               text,
    digest_channel         text,
    digest_ts              text,
    CHECK ((digest_channel IS NULL) = (digest_ts IS NULL))
);

-- Lists are newest first; the id settles equal instants, so that a cursor never skips one.
CREATE INDEX incidents_newest ON incidents (declared_at DESC, id DESC);
CREATE INDEX incidents_open ON incidents (declared_at DESC, id DESC) WHERE resolved_at IS NULL;

-- Who may see a private incident, beside its declarer.
CREATE TABLE incident_members (
    incident_id   uuid        NOT NULL REFERENCES incidents ON DELETE CASCADE,
    slack_user_id text        NOT NULL,
    added_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (incident_id, slack_user_id)
);

CREATE TABLE timeline_entries (
    id          uuid PRIMARY KEY,
    incident_id uuid        NOT NULL REFERENCES incidents ON DELETE CASCADE,
    at          timestamptz NOT NULL,
    actor       jsonb       NOT NULL,
    kind        text        NOT NULL,
    happening   jsonb       NOT NULL
);

CREATE INDEX timeline_entries_of_incident ON timeline_entries (incident_id, at, id);

-- A wish that was fulfilled: the same event, form or press, coming again, is answered as the first time.
-- Written in the transaction that fulfils it, so a refused one leaves nothing.
CREATE TABLE fulfilled_requests (
    key          text PRIMARY KEY,
    result       jsonb       NOT NULL,
    fulfilled_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX fulfilled_requests_age ON fulfilled_requests (fulfilled_at);

-- Effects on the outside that would hurt twice.
CREATE TABLE effects (
    key              text PRIMARY KEY,
    -- started: a call may have had its effect; refused: the vendor said that it had none; done: the result is known.
    state            text        NOT NULL CHECK (state IN ('started', 'refused', 'done')),
    first_started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_started_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    result           jsonb,
    CHECK ((state = 'done') = (result IS NOT NULL))
);

CREATE TABLE settings (
    key        text PRIMARY KEY,
    value      jsonb       NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- Copies of what Slack knows, so that showing a name or finding a channel asks nobody.
CREATE TABLE slack_users (
    id         text PRIMARY KEY,
    name       text        NOT NULL,
    email      text,
    -- NULL while the name is only the one that came with an interaction.
    fetched_at timestamptz
);

CREATE TABLE slack_channels (
    id         text PRIMARY KEY,
    name       text        NOT NULL,
    private    boolean     NOT NULL,
    archived   boolean     NOT NULL,
    -- Whether the bot is in it.
    member     boolean     NOT NULL,
    fetched_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX slack_channels_name ON slack_channels (name);

-- A limit that one replica ran into, so that the others wait too.
CREATE TABLE slack_rate_limits (
    method  text        NOT NULL,
    -- Empty where the limit is not that of one channel.
    channel text        NOT NULL,
    until   timestamptz NOT NULL,
    PRIMARY KEY (method, channel)
);

-- Every change of an incident is told to whoever watches, at commit.
CREATE FUNCTION tell_incident_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('incident_changed', NEW.id::text);
    RETURN NULL;
END
$$;

CREATE TRIGGER incidents_tell_changed AFTER INSERT OR UPDATE ON incidents
    FOR EACH ROW EXECUTE FUNCTION tell_incident_changed();
