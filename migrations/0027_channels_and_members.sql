-- What becomes of an incident's channel and of its people, and where the messages stand that are kept up to date.

-- First: the strongest lock on the busiest table, so that nobody who holds a weaker one waits for what we hold.
ALTER TABLE incidents
    -- Why its channel cannot be used although it is not archived: the bot was removed from it, or it was deleted.
    ADD COLUMN channel_lost text CHECK (channel_lost IN ('removed', 'deleted'));

-- A message that is kept up to date: posted, updated, and posted anew when it is gone or the incident has another channel.
CREATE TABLE posted_messages (
    -- store::posted_messages::Kind.
    kind        text NOT NULL,
    -- What it shows: the incident, or the request, prompt, page or problem of it.
    subject     uuid NOT NULL,
    -- Slack's id of the person in whose direct messages it stands; empty for one in a channel.
    recipient   text NOT NULL DEFAULT '',
    incident_id uuid NOT NULL REFERENCES incidents ON DELETE CASCADE,
    channel_id  text NOT NULL,
    ts          text NOT NULL,
    -- The key that it carries in its metadata.
    key         text NOT NULL,
    PRIMARY KEY (kind, subject, recipient)
);

CREATE INDEX posted_messages_of_incident ON posted_messages (incident_id);

INSERT INTO posted_messages (kind, subject, incident_id, channel_id, ts, key)
SELECT 'panel', id, id, channel_id, panel_ts,
       CASE channel_number WHEN 1 THEN id || '/panel' ELSE id || '/panel/' || channel_number END
FROM incidents WHERE panel_ts IS NOT NULL AND channel_id IS NOT NULL
UNION ALL
SELECT 'digest', id, id, digest_channel, digest_ts, id || '/digest' FROM incidents WHERE digest_ts IS NOT NULL
UNION ALL
SELECT 'upstream', i.id, i.id, i.channel_id, m.ts, i.id || '/upstream'
FROM upstream_messages m JOIN incidents i ON i.id = m.incident_id
WHERE m.ts IS NOT NULL AND i.channel_id IS NOT NULL AND i.channel_number = 1
UNION ALL
SELECT 'statuspage', i.id, i.id, m.channel, m.ts,
       CASE i.channel_number WHEN 1 THEN i.id || '/statuspage' ELSE i.id || '/statuspage/' || i.channel_number END
FROM statuspage_messages m JOIN incidents i ON i.id = m.incident_id
UNION ALL
SELECT 'access_request', r.id, i.id, i.channel_id, r.message_ts, 'access/' || r.id
FROM access_requests r JOIN incidents i ON i.id = r.incident_id
WHERE r.message_ts IS NOT NULL AND i.channel_id IS NOT NULL
UNION ALL
SELECT 'prompt', id, incident_id, channel, ts, 'question/' || id FROM questions WHERE ts IS NOT NULL;

-- Whether Slack has shown the member in the channel: whoever was seen there and is there no more may not see the incident,
-- whoever was let in and has not come yet may.
ALTER TABLE incident_members ADD COLUMN in_channel boolean NOT NULL DEFAULT false;

UPDATE incident_members m SET in_channel = true
FROM incidents i WHERE i.id = m.incident_id AND i.private AND i.channel_id IS NOT NULL;

-- An open request that nobody decided goes then, and may be made again. Decided ones stay with their incident.
ALTER TABLE access_requests ADD COLUMN expires_at timestamptz;

UPDATE access_requests SET expires_at = asked_at + interval '1 day' WHERE decided_at IS NULL;

ALTER TABLE role_holders
    -- When people were told that the holder's account is closed.
    ADD COLUMN closed_told_at timestamptz;

-- reassign: the account of somebody who holds a role was closed.
ALTER TABLE questions
    DROP CONSTRAINT questions_kind_check,
    ADD CONSTRAINT questions_kind_check CHECK (kind IN ('update', 'role', 'unarchive', 'statuspage', 'reassign'));
