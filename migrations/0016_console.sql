-- Who a person of the console is in Slack: asked there, of the one who has the same e-mail.

CREATE TABLE slack_links (
    id            uuid PRIMARY KEY,
    user_id       uuid        NOT NULL REFERENCES console_users ON DELETE CASCADE,
    -- The e-mail that both had then.
    email         text        NOT NULL,
    slack_user_id text        NOT NULL,
    asked_at      timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    -- Where the direct message stands that asks.
    channel_id    text,
    message_ts    text,
    answered_at   timestamptz,
    -- Whether they said that it is them.
    confirmed     boolean,
    CHECK ((answered_at IS NULL) = (confirmed IS NULL) AND (channel_id IS NULL) = (message_ts IS NULL))
);

CREATE INDEX slack_links_of_user ON slack_links (user_id, asked_at DESC);
