-- The life of an incident after its declaration: roles, status, updates, what the channel is told, and its end.

ALTER TABLE incidents
    ADD COLUMN last_update_at    timestamptz,
    ADD COLUMN last_update       text,
    -- How many channels were made for it: the number is part of the key under which the next one is made.
    ADD COLUMN channel_number    integer NOT NULL DEFAULT 1,
    ADD COLUMN archived_at       timestamptz,
    ADD COLUMN rca_channel_id    text UNIQUE,
    ADD COLUMN rca_channel_name  text,
    -- Until when its reminders are quiet.
    ADD COLUMN reminders_until   timestamptz,
    ADD COLUMN reminders_stopped boolean NOT NULL DEFAULT false;

CREATE INDEX incidents_channel ON incidents (channel_id) WHERE channel_id IS NOT NULL;

-- Who holds which role now. A role is a key of the settings.
CREATE TABLE role_holders (
    incident_id   uuid        NOT NULL REFERENCES incidents ON DELETE CASCADE,
    role          text        NOT NULL,
    slack_user_id text        NOT NULL,
    since         timestamptz NOT NULL,
    PRIMARY KEY (incident_id, role)
);

CREATE INDEX role_holders_of_user ON role_holders (slack_user_id);

-- When an incident came into which status, for what is measured: time to identify, to resolve, time reopened.
CREATE TABLE status_changes (
    incident_id uuid        NOT NULL REFERENCES incidents ON DELETE CASCADE,
    -- The incident's revision that came of it.
    revision    bigint      NOT NULL,
    status      text        NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (incident_id, revision)
);

-- A message that tells the channel of entries of the timeline. Which entries is fixed before it is sent for the first
-- time, and it comes before the next one, so that nothing is said twice and nothing is left out.
CREATE TABLE notices (
    id          uuid PRIMARY KEY,
    incident_id uuid NOT NULL REFERENCES incidents ON DELETE CASCADE,
    said_at     timestamptz
);

CREATE INDEX notices_of_incident ON notices (incident_id, said_at);

ALTER TABLE timeline_entries
    ADD COLUMN to_tell boolean NOT NULL DEFAULT false,
    ADD COLUMN told_in uuid REFERENCES notices ON DELETE SET NULL;

CREATE INDEX timeline_entries_to_tell ON timeline_entries (incident_id, at, id) WHERE to_tell AND told_in IS NULL;
CREATE INDEX timeline_entries_told ON timeline_entries (told_in) WHERE told_in IS NOT NULL;

ALTER TABLE slack_users
    ADD COLUMN active boolean NOT NULL DEFAULT true,
    ADD COLUMN is_bot boolean NOT NULL DEFAULT false;
