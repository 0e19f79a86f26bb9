-- What came from incident-bot 0.8.2 (`web import-legacy`).

-- Which incidents were imported. The channel's id is what an incident is known by there: names change.
CREATE TABLE legacy_incidents (
    channel_id   text PRIMARY KEY,
    incident_id  uuid        NOT NULL UNIQUE REFERENCES incidents ON DELETE CASCADE,
    -- The key of 0.8.2's tables: the name that the channel was to have.
    name         text        NOT NULL,
    -- SHA-256 of all that 0.8.2 held of it: the same again is not imported again.
    fingerprint  text        NOT NULL,
    -- The messages of 0.8.2: its panel and what it says of Statuspage, in the channel, and its post in the digest channel.
    panel_ts     text,
    statuspage_ts text,
    digest_ts    text,
    imported_at  timestamptz NOT NULL DEFAULT now(),
    -- When its messages were replaced by ours; NULL where they were not, or need not be.
    taken_over_at timestamptz
);

-- Rows of 0.8.2 as they were: of every incident its own row, and whatever has no place in our tables.
CREATE TABLE legacy_records (
    -- The table and the key in it.
    source      text        NOT NULL,
    key         text        NOT NULL,
    -- NULL where it belongs to no incident, or it is not known to which.
    incident_id uuid REFERENCES incidents ON DELETE CASCADE,
    record      jsonb       NOT NULL,
    -- When it was written, and what it says as people read it, as far as that is known: times and mentions in the row are
    -- those of 0.8.2's process and of its copy of Slack's people.
    at          timestamptz,
    text        text        NOT NULL DEFAULT '',
    -- Of a pin whose image is none that we show.
    bytes       bytea,
    -- Why it was kept.
    reason      text        NOT NULL,
    imported_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, key)
);

CREATE INDEX legacy_records_of_incident ON legacy_records (incident_id) WHERE incident_id IS NOT NULL;
