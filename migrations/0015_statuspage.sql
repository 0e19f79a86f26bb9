-- The status page that customers read: a copy of it, and what is published there of incidents.

-- The page that the workers are configured for; one row at most.
CREATE TABLE statuspage_page (
    one           boolean PRIMARY KEY DEFAULT true CHECK (one),
    page_id       text        NOT NULL,
    url           text,
    enabled       boolean     NOT NULL,
    -- When its components were last copied to their end.
    components_at timestamptz,
    -- When its incidents were last read.
    looked_at     timestamptz,
    failing_since timestamptz,
    error         text,
    CHECK ((failing_since IS NULL) = (error IS NULL))
);

CREATE TABLE statuspage_components (
    id             text PRIMARY KEY,
    name           text        NOT NULL,
    group_name     text,
    status         text        NOT NULL,
    group_position integer     NOT NULL,
    position       integer     NOT NULL,
    fetched_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX statuspage_components_order ON statuspage_components (group_position, group_name, position, id);

-- The open incidents and the maintenances that stand on the page, whoever made them.
CREATE TABLE statuspage_incidents (
    id   text PRIMARY KEY,
    seen jsonb NOT NULL
);

-- What is published of an incident.
CREATE TABLE statuspage_published (
    -- Names it in Statuspage's metadata.
    id            uuid PRIMARY KEY,
    incident_id   uuid        NOT NULL REFERENCES incidents ON DELETE CASCADE,
    name          text        NOT NULL,
    impact        text        NOT NULL,
    status        text        NOT NULL,
    statuspage_id text UNIQUE,
    url           text,
    -- When something of it changed last, by Statuspage's clock: what is older is not shown.
    seen_at       timestamptz,
    ended_at      timestamptz,
    removed       boolean     NOT NULL DEFAULT false
);

CREATE UNIQUE INDEX statuspage_published_open ON statuspage_published (incident_id) WHERE ended_at IS NULL;
CREATE INDEX statuspage_published_of_incident ON statuspage_published (incident_id);

-- The components that it touches.
CREATE TABLE statuspage_touched (
    published_id uuid    NOT NULL REFERENCES statuspage_published ON DELETE CASCADE,
    component_id text    NOT NULL,
    status       text    NOT NULL,
    -- Whether we touched it, or somebody on Statuspage did.
    ours         boolean NOT NULL,
    PRIMARY KEY (published_id, component_id)
);

-- What was said there, and what is to be said.
CREATE TABLE statuspage_updates (
    id           uuid PRIMARY KEY,
    published_id uuid        NOT NULL REFERENCES statuspage_published ON DELETE CASCADE,
    status       text        NOT NULL,
    body         text        NOT NULL,
    components   jsonb       NOT NULL,
    notify       boolean     NOT NULL,
    -- Who wants it to be said; the system where it was said on Statuspage itself.
    actor        jsonb       NOT NULL,
    at           timestamptz NOT NULL,
    -- Statuspage's id, once it is there.
    update_id    text UNIQUE,
    -- Statuspage did not take it.
    refused      boolean     NOT NULL DEFAULT false
);

CREATE INDEX statuspage_updates_of_published ON statuspage_updates (published_id, at, id);

-- The message in an incident's channel that shows it.
CREATE TABLE statuspage_messages (
    incident_id uuid PRIMARY KEY REFERENCES incidents ON DELETE CASCADE,
    channel     text NOT NULL,
    ts          text NOT NULL
);

-- What somebody wrote in the form's first step, until they confirm it in the second.
CREATE TABLE statuspage_drafts (
    id            uuid PRIMARY KEY,
    view_id       text        NOT NULL UNIQUE,
    slack_user_id text        NOT NULL,
    draft         jsonb       NOT NULL,
    at            timestamptz NOT NULL
);

-- statuspage: the incident is resolved, and Statuspage still tells customers of it.
ALTER TABLE questions
    DROP CONSTRAINT questions_kind_check,
    ADD CONSTRAINT questions_kind_check CHECK (kind IN ('update', 'role', 'unarchive', 'statuspage'));
