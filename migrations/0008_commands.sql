-- What people ask the bot for in words, by an emoji, and in its home.

-- Incidents that were declared from a message by an emoji: whoever adds it again, at any time, gets the same one.
CREATE TABLE declared_from (
    channel     text NOT NULL,
    ts          text NOT NULL,
    incident_id uuid NOT NULL REFERENCES incidents ON DELETE CASCADE,
    PRIMARY KEY (channel, ts)
);

-- Who opened the app's home, when, and where in its list they are.
CREATE TABLE homes (
    slack_user_id text PRIMARY KEY,
    opened_at     timestamptz NOT NULL,
    drawn_at      timestamptz NOT NULL,
    -- When it is drawn anew because something changed; NULL while nothing has changed since it was drawn.
    redraw_at     timestamptz,
    -- The incident that the page ends before, or begins after; the first page where both are NULL.
    older_than    uuid,
    newer_than    uuid
);

CREATE INDEX homes_opened ON homes (opened_at);
