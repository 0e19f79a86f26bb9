-- What comes by itself: reminders, nudges, archiving, posts of forgotten incidents, the hint in the digest channel.
--
-- `incidents.reminders_until` is until when an incident's reminders are quiet: the moment of the next one.

ALTER TABLE incidents
    -- When archiving the channel was decided since the incident was resolved, by a person or by its age: nobody is asked
    -- twice, and what a person opened again stays open.
    ADD COLUMN archive_asked_at timestamptz;

CREATE INDEX incidents_to_archive ON incidents (resolved_at)
    WHERE resolved_at IS NOT NULL AND archived_at IS NULL AND archive_asked_at IS NULL AND channel_id IS NOT NULL;

-- A message with buttons that ask people for something. It is answered once; then its buttons go.
CREATE TABLE questions (
    id          uuid PRIMARY KEY,
    incident_id uuid        NOT NULL REFERENCES incidents ON DELETE CASCADE,
    -- update: the next update is due; role: nobody has a role; unarchive: its channel is archived although it is open.
    kind        text        NOT NULL CHECK (kind IN ('update', 'role', 'unarchive')),
    asked_at    timestamptz NOT NULL,
    -- Where the message stands, once it was posted.
    channel     text,
    ts          text,
    -- domain::question::Settled; NULL while it is open.
    settled     jsonb,
    CHECK ((channel IS NULL) = (ts IS NULL))
);

CREATE UNIQUE INDEX questions_open ON questions (incident_id, kind) WHERE settled IS NULL;
CREATE INDEX questions_of_incident ON questions (incident_id, asked_at);

-- The posts that list forgotten incidents. What one lists is fixed before it is sent for the first time.
CREATE TABLE stale_posts (
    id        uuid PRIMARY KEY,
    -- The tick that it came with; the next one counts from it.
    at        timestamptz NOT NULL UNIQUE,
    incidents uuid[]      NOT NULL,
    posted_at timestamptz
);

-- What people write in the digest channel while nothing is open: one row, kept by the worker, which knows the channel.
CREATE TABLE digest_chatter (
    channel_id  text PRIMARY KEY,
    messages    integer NOT NULL DEFAULT 0,
    -- When the first of these messages came.
    since       timestamptz,
    -- After a hint nothing is counted until then.
    quiet_until timestamptz
);
