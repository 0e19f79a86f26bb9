-- The directory of Slack, kept fresh; who a person of the console is in it; asking to be let into a private incident.

-- What a complete copy did not see any more is there no longer, or the bot may not see it.
ALTER TABLE slack_channels ADD COLUMN active boolean NOT NULL DEFAULT true;

CREATE INDEX slack_users_email ON slack_users (lower(email)) WHERE email IS NOT NULL;

CREATE TABLE slack_groups (
    id         text PRIMARY KEY,
    -- Without @.
    handle     text        NOT NULL,
    name       text        NOT NULL,
    active     boolean     NOT NULL DEFAULT true,
    fetched_at timestamptz NOT NULL DEFAULT now(),
    -- When its members were copied; NULL before the first time.
    members_at timestamptz
);

CREATE TABLE slack_group_members (
    group_id      text NOT NULL REFERENCES slack_groups ON DELETE CASCADE,
    slack_user_id text NOT NULL,
    PRIMARY KEY (group_id, slack_user_id)
);

-- When a member of a private incident's channel last came or went: Slack sends events twice, and late.
CREATE TABLE incident_member_moves (
    incident_id   uuid        NOT NULL REFERENCES incidents ON DELETE CASCADE,
    slack_user_id text        NOT NULL,
    -- By Slack's clock.
    at            timestamptz NOT NULL,
    PRIMARY KEY (incident_id, slack_user_id)
);

-- Somebody asks to be let into a private incident.
CREATE TABLE access_requests (
    id            uuid PRIMARY KEY,
    incident_id   uuid        NOT NULL REFERENCES incidents ON DELETE CASCADE,
    slack_user_id text        NOT NULL,
    -- Their name then.
    name          text        NOT NULL,
    asked_at      timestamptz NOT NULL,
    -- The message in the incident's channel that asks its people.
    message_ts    text,
    decided_at    timestamptz,
    -- domain::Actor.
    decided_by    jsonb,
    granted       boolean,
    CHECK ((decided_at IS NULL) = (decided_by IS NULL) AND (decided_at IS NULL) = (granted IS NULL))
);

CREATE UNIQUE INDEX access_requests_one_open ON access_requests (incident_id, slack_user_id)
    WHERE decided_at IS NULL;

-- Only an e-mail that is known to be theirs makes somebody of the console a person in Slack.
ALTER TABLE console_users ADD COLUMN email_verified_at timestamptz;

-- Every process keeps the settings until it hears of a change, at commit.
CREATE FUNCTION tell_settings_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('settings_changed', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER settings_tell_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON settings
    FOR EACH STATEMENT EXECUTE FUNCTION tell_settings_changed();
