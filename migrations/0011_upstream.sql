-- What providers say about their own status, so that an incident knows what else is broken, and was.

CREATE TABLE upstream_providers (
    -- As in the setting: a name, or the address of a page.
    provider      text PRIMARY KEY,
    -- When its feeds were last asked for.
    checked_at    timestamptz,
    -- When they were last read.
    fetched_at    timestamptz,
    failing_since timestamptz,
    error         text,
    -- It asked not to be asked before.
    not_before    timestamptz,
    CHECK ((failing_since IS NULL) = (error IS NULL))
);

-- With what a feed is asked for what is new only.
CREATE TABLE upstream_feeds (
    url           text PRIMARY KEY,
    etag          text,
    last_modified text
);

CREATE TABLE upstream_outages (
    provider      text        NOT NULL,
    outage_id     text        NOT NULL,
    -- Which of the provider's feeds told of it last: what that one does not tell of any more is over.
    feed          text        NOT NULL,
    title         text        NOT NULL,
    state         text        NOT NULL,
    impact        text        NOT NULL,
    started_at    timestamptz NOT NULL,
    ended_at      timestamptz,
    updated_at    timestamptz NOT NULL,
    url           text,
    first_seen_at timestamptz NOT NULL,
    PRIMARY KEY (provider, outage_id)
);

CREATE INDEX upstream_outages_recent ON upstream_outages (provider, started_at DESC);

-- The message in an incident's channel that shows what is wrong upstream.
CREATE TABLE upstream_messages (
    incident_id uuid PRIMARY KEY REFERENCES incidents ON DELETE CASCADE,
    ts          text,
    -- When somebody last asked to have it reloaded: what is fetched soon after is drawn.
    reloaded_at timestamptz
);

CREATE INDEX upstream_messages_reloaded ON upstream_messages (reloaded_at) WHERE reloaded_at IS NOT NULL;
