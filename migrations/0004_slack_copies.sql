-- When a copy of something in Slack was last complete.
CREATE TABLE slack_copies (
    what         text PRIMARY KEY,
    completed_at timestamptz NOT NULL DEFAULT now()
);
