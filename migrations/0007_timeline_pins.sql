-- What people write down, pin, export and rename.

-- An entry shows its last text. What it said before stands in timeline_versions; one that was deleted stays, marked.
ALTER TABLE timeline_entries
    ADD COLUMN version    integer NOT NULL DEFAULT 1,
    ADD COLUMN deleted_at timestamptz,
    ADD COLUMN deleted_by jsonb;

CREATE TABLE timeline_versions (
    entry_id    uuid        NOT NULL REFERENCES timeline_entries ON DELETE CASCADE,
    version     integer     NOT NULL,
    at          timestamptz NOT NULL,
    happening   jsonb       NOT NULL,
    replaced_at timestamptz NOT NULL,
    -- domain::Actor
    replaced_by jsonb       NOT NULL,
    PRIMARY KEY (entry_id, version)
);

-- Messages that people pinned to an incident. One that is unpinned goes; the timeline remembers both.
CREATE TABLE pins (
    channel_id  text        NOT NULL,
    ts          text        NOT NULL,
    incident_id uuid        NOT NULL REFERENCES incidents ON DELETE CASCADE,
    thread_ts   text,
    -- Slack's id of the person or app, and the name they went by.
    author      text        NOT NULL,
    author_name text        NOT NULL,
    text        text        NOT NULL,
    -- domain::Actor
    pinned_by   jsonb       NOT NULL,
    pinned_at   timestamptz NOT NULL,
    -- When the text was last followed to an edit in Slack.
    edited_at   timestamptz,
    PRIMARY KEY (channel_id, ts)
);

CREATE INDEX pins_of_incident ON pins (incident_id, ts);

-- Images of pinned messages. They are kept before the message is pinned, so that a pin never waits for its images;
-- nothing reads `bytes` together with an incident.
CREATE TABLE pin_images (
    channel_id  text        NOT NULL,
    ts          text        NOT NULL,
    file_id     text        NOT NULL,
    incident_id uuid        NOT NULL REFERENCES incidents ON DELETE CASCADE,
    name        text        NOT NULL,
    media_type  text        NOT NULL,
    bytes       bytea       NOT NULL,
    kept_at     timestamptz NOT NULL,
    PRIMARY KEY (channel_id, ts, file_id)
);

CREATE INDEX pin_images_of_incident ON pin_images (incident_id);

-- Images are compressed already.
ALTER TABLE pin_images ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- What was written in a channel, read page by page and then put into a file.
CREATE TABLE chat_exports (
    id           uuid PRIMARY KEY,
    incident_id  uuid        NOT NULL REFERENCES incidents ON DELETE CASCADE,
    channel_id   text        NOT NULL,
    -- domain::Actor
    requested_by jsonb       NOT NULL,
    requested_at timestamptz NOT NULL,
    -- Where the next page of the channel begins; NULL before the first one and after the last.
    cursor       text,
    channel_read boolean     NOT NULL DEFAULT false,
    -- When it was uploaded or given up; what was read is forgotten then.
    ended_at     timestamptz
);

CREATE UNIQUE INDEX chat_exports_under_way ON chat_exports (incident_id) WHERE ended_at IS NULL;
CREATE INDEX chat_exports_of_incident ON chat_exports (incident_id);

CREATE TABLE chat_export_messages (
    export_id uuid    NOT NULL REFERENCES chat_exports ON DELETE CASCADE,
    ts        text    NOT NULL,
    -- The message that began the thread; its own ts for one that is in none.
    thread_ts text    NOT NULL,
    author    text    NOT NULL,
    -- The name that came with the message, of apps.
    app_name  text,
    text      text    NOT NULL,
    files     text[]  NOT NULL,
    PRIMARY KEY (export_id, ts)
);

-- Threads that are still to be read.
CREATE TABLE chat_export_threads (
    export_id uuid NOT NULL REFERENCES chat_exports ON DELETE CASCADE,
    ts        text NOT NULL,
    cursor    text,
    PRIMARY KEY (export_id, ts)
);

-- The name that a channel is to get, while Slack has not given it yet.
ALTER TABLE incidents ADD COLUMN wanted_channel_name text UNIQUE;
