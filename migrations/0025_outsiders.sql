-- Who is no full member of the workspace, and which channels people of another workspace are in.
ALTER TABLE slack_users
    ADD COLUMN guest boolean NOT NULL DEFAULT false,
    ADD COLUMN stranger boolean NOT NULL DEFAULT false,
    ADD COLUMN team_id text;

ALTER TABLE slack_channels ADD COLUMN ext_shared boolean NOT NULL DEFAULT false;
