-- The schema of the first release, by feature. Later changes are files of their own: README.md has the rules.


-- ## Queue
--
-- Only shared/queue reads or writes these tables; its module documentation draws the states.

CREATE SEQUENCE jobs_seq;

CREATE TABLE jobs (
    id               uuid PRIMARY KEY,
    -- The place in a lane: taken while the caller holds the row that the lane is about.
    seq              bigint NOT NULL DEFAULT nextval('jobs_seq'),
    queue            text NOT NULL,
    kind             text NOT NULL,
    priority         smallint NOT NULL,
    -- json, not jsonb: a text that people typed may hold \u0000, which jsonb refuses.
    payload          json NOT NULL,
    lane             text,
    coalesce_key     text,
    once_key         text,
    state            text NOT NULL DEFAULT 'waiting'
                     CHECK (state IN ('waiting', 'running', 'completed', 'superseded', 'discarded')),
    -- Waiting, but not the first of its lane: kept out of the index that fetching reads.
    behind           boolean NOT NULL DEFAULT false,
    run_at           timestamptz NOT NULL,
    created_at       timestamptz NOT NULL,
    -- How long the job is tried: the distance from its creation, or its last retry by a person, to expires_at.
    horizon          interval NOT NULL,
    -- Discarded when it is not done by then.
    expires_at       timestamptz NOT NULL,
    -- Runs begun, without those that were given back untouched.
    attempt          integer NOT NULL DEFAULT 0,
    -- Retries so far, for the backoff.
    failures         integer NOT NULL DEFAULT 0,
    -- Runs whose worker never reported an outcome; the job was rescued.
    lost_runs        integer NOT NULL DEFAULT 0,
    -- The number of the current run. Never goes back, so that an earlier run cannot report for a later one.
    run_no           bigint NOT NULL DEFAULT 0,
    locked_by        uuid,
    lease_expires_at timestamptz,
    last_error       text,
    traceparent      text,
    -- The incident that the job is about, or none: what the Jobs page shows, who may see it, and where a discarded job is told.
    subject_incident uuid,
    finished_at      timestamptz,
    CONSTRAINT jobs_running_is_locked
        CHECK ((state = 'running') = (locked_by IS NOT NULL AND lease_expires_at IS NOT NULL)),
    CONSTRAINT jobs_finished_has_time
        CHECK ((state IN ('completed', 'superseded', 'discarded')) = (finished_at IS NOT NULL))
) WITH (
    -- Rows change state a few times within milliseconds, then rest for days.
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_analyze_scale_factor = 0.05
);

CREATE INDEX jobs_fetch ON jobs (queue, priority, run_at, seq) WHERE state = 'waiting' AND NOT behind;
CREATE INDEX jobs_lease ON jobs (lease_expires_at) WHERE state = 'running';
CREATE INDEX jobs_lane ON jobs (lane, seq) WHERE lane IS NOT NULL AND state IN ('waiting', 'running');
CREATE UNIQUE INDEX jobs_one_running_per_lane ON jobs (lane) WHERE lane IS NOT NULL AND state = 'running';
CREATE UNIQUE INDEX jobs_one_waiting_per_key ON jobs (queue, coalesce_key)
    WHERE coalesce_key IS NOT NULL AND state = 'waiting';
CREATE INDEX jobs_finished ON jobs (finished_at, id) WHERE state IN ('completed', 'superseded');
CREATE INDEX jobs_discarded ON jobs (finished_at, id) WHERE state = 'discarded';

-- The keys of once-only jobs outlive their jobs: a second one with the same key is not enqueued.
CREATE TABLE job_keys (
    key      text PRIMARY KEY,
    taken_at timestamptz NOT NULL DEFAULT now()
);

-- Keys go when nothing can enqueue their job again.
CREATE INDEX job_keys_age ON job_keys (taken_at);

-- The last tick of each periodic job that was enqueued, by whichever process proposed it first.
CREATE TABLE job_ticks (
    name      text PRIMARY KEY,
    queue     text NOT NULL,
    every     interval NOT NULL,
    last_tick timestamptz NOT NULL
);

-- The worker processes, each of which holds a session-level advisory lock for as long as it lives. A worker that is listed
-- here and whose lock is free has died: another one rescues its jobs at once, without waiting for the end of their leases.
-- A row goes when its worker stops, or with its jobs when the worker is found dead.
CREATE TABLE job_workers (
    identity  uuid PRIMARY KEY,
    -- The key of the advisory lock.
    lock_key  bigint NOT NULL,
    -- When the lock was last taken: at the start, and again after its connection broke.
    locked_at timestamptz NOT NULL DEFAULT now()
);

-- New jobs that are due wake the workers of their queues when the transaction commits.
CREATE FUNCTION jobs_wake_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('incident_bot_jobs', due.queue)
    FROM (SELECT DISTINCT queue FROM inserted WHERE run_at <= now()) AS due;
    RETURN NULL;
END
$$;

CREATE TRIGGER jobs_wake_inserted AFTER INSERT ON jobs
    REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION jobs_wake_inserted();

-- A waiting job that was coalesced with a new one was locked until now: a fetch has passed over it.
CREATE FUNCTION jobs_wake_coalesced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('incident_bot_jobs', NEW.queue);
    RETURN NULL;
END
$$;

CREATE TRIGGER jobs_wake_coalesced AFTER UPDATE OF payload ON jobs
    FOR EACH ROW WHEN (NEW.run_at <= now())
    EXECUTE FUNCTION jobs_wake_coalesced();

-- When the running job of a lane ends or goes back to waiting, or a waiting one ends, the first of the lane becomes
-- fetchable. A fetch that puts a job behind another locks that other one in FOR SHARE mode, so the two cannot miss each
-- other: the statement here begins after that lock is gone and sees what the fetch did.
CREATE FUNCTION jobs_advance_lane() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE jobs SET behind = false
    WHERE behind
      AND id = (SELECT id FROM jobs
                WHERE lane = NEW.lane AND state IN ('waiting', 'running')
                ORDER BY seq LIMIT 1);
    RETURN NULL;
END
$$;

-- Deferred to the commit: a transaction that discards a job then locks its incident, and every command locks the incident
-- first. Locking the next job of the lane before the incident would deadlock.
CREATE CONSTRAINT TRIGGER jobs_advance_lane AFTER UPDATE OF state ON jobs
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.lane IS NOT NULL AND NEW.state <> 'running' AND NEW.state <> OLD.state
                       AND OLD.state IN ('waiting', 'running'))
    EXECUTE FUNCTION jobs_advance_lane();


-- ## Exactly once

-- Requests that were carried out: the same event, form or press, coming again, gets the answer of the first time.
-- Written in the transaction of the change, so a refused request leaves nothing.
CREATE TABLE idempotency_keys (
    key        text PRIMARY KEY,
    result     jsonb       NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- Calls to vendors that must not happen twice.
CREATE TABLE effects (
    key              text PRIMARY KEY,
    -- started: a call may have had its effect; refused: the vendor said that it had none; done: the result is known.
    state            text        NOT NULL CHECK (state IN ('started', 'refused', 'done')),
    -- Two clock readings can differ by a microsecond: compare attempts, not these, to know whether there was one attempt.
    first_started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_started_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts         integer     NOT NULL DEFAULT 1,
    -- When the vendor last answered with an error. Not before last_started_at: the last attempt is over.
    answered_at      timestamptz,
    -- What the attempts are for, where that is decided before the first one, such as the name of a channel.
    intent           text,
    result           jsonb,
    -- The shape of the result. One that a newer release cannot read is an error, never a repeated effect.
    version          smallint    NOT NULL DEFAULT 1,
    CHECK ((state = 'done') = (result IS NOT NULL))
);

CREATE INDEX effects_age ON effects (last_started_at);


-- ## Settings

CREATE TABLE settings (
    key        text PRIMARY KEY,
    value      jsonb       NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- Every process caches the settings until it hears of a change, at commit.
CREATE FUNCTION notify_settings_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('settings_changed', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER settings_notify_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON settings
    FOR EACH STATEMENT EXECUTE FUNCTION notify_settings_changed();

-- Which change of a setting somebody has seen, and whose it was. It outlives the setting's row: a setting that is back at its
-- default has none.
CREATE TABLE setting_revisions (
    key        text PRIMARY KEY,
    -- Grows with every change.
    revision   bigint      NOT NULL,
    changed_at timestamptz NOT NULL,
    -- Name of the admin; NULL where it was not changed in the console.
    changed_by text
);

-- Whoever changes a setting by hand may have another search path.
CREATE FUNCTION count_setting_revision() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO setting_revisions AS known (key, revision, changed_at)
        VALUES (coalesce(NEW.key, OLD.key), 1, now())
        ON CONFLICT (key) DO UPDATE SET revision = known.revision + 1, changed_at = now(), changed_by = NULL;
    RETURN NULL;
END
$$;

CREATE TRIGGER settings_count_revision AFTER INSERT OR UPDATE OR DELETE ON settings
    FOR EACH ROW EXECUTE FUNCTION count_setting_revision();

-- ## Incidents

CREATE TABLE incidents (
    id                     uuid PRIMARY KEY,
    title                  text        NOT NULL,
    description            text        NOT NULL,
    -- Keys of the settings; companies rename and add them without a migration.
    severity               text        NOT NULL,
    status                 text        NOT NULL,
    private                boolean     NOT NULL,
    -- domain::Actor, with the person's id in Slack beside it for joins.
    declared_by            jsonb       NOT NULL,
    declared_by_slack_user text,
    declared_at            timestamptz NOT NULL,
    updated_at             timestamptz NOT NULL,
    resolved_at            timestamptz,
    revision               bigint      NOT NULL DEFAULT 1,

    last_update_at         timestamptz,
    last_update            text,
    -- The reminders are quiet until then: the time of the next one.
    reminders_until        timestamptz,
    reminders_stopped      boolean     NOT NULL DEFAULT false,

    -- Chosen before the channel is created: it finds the channel again when Slack's answer was lost.
    channel_name           text        NOT NULL UNIQUE,
    -- The name that the channel is to get, while Slack has not given it yet.
    wanted_channel_name    text UNIQUE,
    channel_id             text UNIQUE,
    -- How many channels were created for it: the number is part of the key of the next one.
    channel_number         integer     NOT NULL DEFAULT 1,
    -- Why its channel cannot be used although it is not archived: the bot was removed from it, or it was deleted.
    channel_lost           text CHECK (channel_lost IN ('removed', 'deleted')),
    archived_at            timestamptz,
    -- When archiving was decided since the incident was resolved, by a person or by its age: nobody is asked twice, and a
    -- channel that a person reopened stays open.
    archive_asked_at       timestamptz,

    rca_channel_id         text UNIQUE,
    rca_channel_name       text,
    -- Why nothing can be posted in the RCA channel: 'archived', 'deleted' or 'removed'; NULL while it can be used.
    rca_channel_lost       text,
    rca_document_url       text
);

-- Lists are newest first; the id settles equal instants, so that a cursor never skips one.
CREATE INDEX incidents_newest ON incidents (declared_at DESC, id DESC);
CREATE INDEX incidents_open ON incidents (declared_at DESC, id DESC) WHERE resolved_at IS NULL;
CREATE INDEX incidents_to_archive ON incidents (resolved_at)
    WHERE resolved_at IS NOT NULL AND archived_at IS NULL AND archive_asked_at IS NULL AND channel_id IS NOT NULL;
-- Choosing a channel's name looks for all names with the same beginning (LIKE 'x%'), whatever the collation.
CREATE INDEX incidents_channel_name_prefix ON incidents (channel_name text_pattern_ops);
CREATE INDEX incidents_wanted_channel_name_prefix ON incidents (wanted_channel_name text_pattern_ops)
    WHERE wanted_channel_name IS NOT NULL;

-- Whoever watches hears of every change of an incident, at commit.
CREATE FUNCTION notify_incident_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('incident_changed', NEW.id::text);
    RETURN NULL;
END
$$;

CREATE TRIGGER incidents_notify_changed AFTER INSERT OR UPDATE ON incidents
    FOR EACH ROW EXECUTE FUNCTION notify_incident_changed();

-- Incidents that were declared from a message by an emoji: whoever adds it again, at any time, gets the same one.
CREATE TABLE declared_from (
    channel     text NOT NULL,
    ts          text NOT NULL,
    incident_id uuid NOT NULL REFERENCES incidents ON DELETE CASCADE,
    PRIMARY KEY (channel, ts)
);

-- When an incident entered which status, for metrics: time to identify, time to resolve, time reopened.
CREATE TABLE status_changes (
    incident_id uuid        NOT NULL REFERENCES incidents ON DELETE CASCADE,
    -- The incident's revision after the change.
    revision    bigint      NOT NULL,
    status      text        NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (incident_id, revision)
);

-- Who holds which role now. A role is a key of the settings.
CREATE TABLE role_holders (
    incident_id        uuid        NOT NULL REFERENCES incidents ON DELETE CASCADE,
    role               text        NOT NULL,
    slack_user_id      text        NOT NULL,
    since              timestamptz NOT NULL,
    -- When people were notified that the holder's account is closed.
    closed_notified_at timestamptz,
    PRIMARY KEY (incident_id, role)
);

CREATE INDEX role_holders_of_user ON role_holders (slack_user_id);


-- ## Private incidents

-- Who may see a private incident, beside its declarer.
CREATE TABLE incident_members (
    incident_id   uuid        NOT NULL REFERENCES incidents ON DELETE CASCADE,
    slack_user_id text        NOT NULL,
    added_at      timestamptz NOT NULL DEFAULT now(),
    -- Whether Slack has listed the member in the channel. Somebody who was listed and no longer is has lost access;
    -- somebody who was let in and has not joined yet has not.
    in_channel    boolean     NOT NULL DEFAULT false,
    PRIMARY KEY (incident_id, slack_user_id)
);

-- When a member of a private incident's channel last joined or left: Slack sends events twice, and late.
CREATE TABLE incident_member_moves (
    incident_id   uuid        NOT NULL REFERENCES incidents ON DELETE CASCADE,
    slack_user_id text        NOT NULL,
    -- By Slack's clock.
    at            timestamptz NOT NULL,
    PRIMARY KEY (incident_id, slack_user_id)
);

-- Somebody asks for access to a private incident.
CREATE TABLE access_requests (
    id            uuid PRIMARY KEY,
    incident_id   uuid        NOT NULL REFERENCES incidents ON DELETE CASCADE,
    slack_user_id text        NOT NULL,
    -- Their name then.
    name          text        NOT NULL,
    asked_at      timestamptz NOT NULL,
    -- A request that nobody has decided expires then, and may be made again.
    expires_at    timestamptz,
    decided_at    timestamptz,
    -- domain::Actor
    decided_by    jsonb,
    granted       boolean,
    CHECK ((decided_at IS NULL) = (decided_by IS NULL) AND (decided_at IS NULL) = (granted IS NULL))
);

CREATE UNIQUE INDEX access_requests_one_open ON access_requests (incident_id, slack_user_id)
    WHERE decided_at IS NULL;


-- ## Timeline

-- A message that posts timeline entries to the channel. Its entries are fixed before it is first sent, and it comes before
-- the next message, so that no entry is posted twice or left out.
CREATE TABLE notices (
    id          uuid PRIMARY KEY,
    incident_id uuid NOT NULL REFERENCES incidents ON DELETE CASCADE,
    posted_at   timestamptz
);

CREATE INDEX notices_of_incident ON notices (incident_id, posted_at);

-- An entry shows its last text. Earlier ones are in timeline_versions; a deleted entry stays, marked.
CREATE TABLE timeline_entries (
    id          uuid PRIMARY KEY,
    incident_id uuid        NOT NULL REFERENCES incidents ON DELETE CASCADE,
    at          timestamptz NOT NULL,
    -- domain::Actor
    actor       jsonb       NOT NULL,
    kind        text        NOT NULL,
    event       jsonb       NOT NULL,
    version     integer     NOT NULL DEFAULT 1,
    -- Whether it is posted in the channel, and by which message.
    to_post     boolean     NOT NULL DEFAULT false,
    notice_id   uuid REFERENCES notices ON DELETE SET NULL,
    deleted_at  timestamptz,
    deleted_by  jsonb
);

CREATE INDEX timeline_entries_of_incident ON timeline_entries (incident_id, at, id);
CREATE INDEX timeline_entries_to_post ON timeline_entries (incident_id, at, id) WHERE to_post AND notice_id IS NULL;
CREATE INDEX timeline_entries_of_notice ON timeline_entries (notice_id) WHERE notice_id IS NOT NULL;

CREATE TABLE timeline_versions (
    entry_id    uuid        NOT NULL REFERENCES timeline_entries ON DELETE CASCADE,
    version     integer     NOT NULL,
    at          timestamptz NOT NULL,
    event       jsonb       NOT NULL,
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
    -- When the text last followed an edit in Slack.
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


-- ## Messages in Slack

-- A message that is kept up to date: posted, updated, and posted again when it is gone or the incident has another channel.
CREATE TABLE posted_messages (
    -- store::posted_messages::Kind
    kind        text NOT NULL,
    -- What it shows: the incident, or the request, prompt, page or problem of it.
    subject     uuid NOT NULL,
    -- Slack's id of the person whose direct messages it is in; empty for one in a channel.
    recipient   text NOT NULL DEFAULT '',
    incident_id uuid NOT NULL REFERENCES incidents ON DELETE CASCADE,
    channel_id  text NOT NULL,
    ts          text NOT NULL,
    -- The key in its metadata.
    key         text NOT NULL,
    PRIMARY KEY (kind, subject, recipient)
);

CREATE INDEX posted_messages_of_incident ON posted_messages (incident_id);

-- A message with buttons that asks people for something. It is answered once; then its buttons go.
CREATE TABLE prompts (
    id          uuid PRIMARY KEY,
    incident_id uuid        NOT NULL REFERENCES incidents ON DELETE CASCADE,
    -- update: the next update is due; role: nobody has a role; unarchive: its channel is archived although it is open;
    -- statuspage: it is resolved, and Statuspage still shows it to customers; reassign: the account of somebody who holds
    -- a role was closed.
    kind        text        NOT NULL CHECK (kind IN ('update', 'role', 'unarchive', 'statuspage', 'reassign')),
    asked_at    timestamptz NOT NULL,
    -- Where the message is, once it was posted.
    channel     text,
    ts          text,
    -- domain::question::Settled; NULL while it is open.
    outcome     jsonb,
    CHECK ((channel IS NULL) = (ts IS NULL))
);

CREATE UNIQUE INDEX prompts_open ON prompts (incident_id, kind) WHERE outcome IS NULL;
CREATE INDEX prompts_of_incident ON prompts (incident_id, asked_at);

-- Something in Slack that an incident needs and that is gone, or not visible to the bot: when that was first noticed, and
-- when people were notified.
CREATE TABLE missing_in_slack (
    incident_id uuid        NOT NULL REFERENCES incidents ON DELETE CASCADE,
    what        text        NOT NULL,
    noticed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    reported_at timestamptz,
    PRIMARY KEY (incident_id, what)
);

-- Who opened the app's home, when, and where in its list they are.
CREATE TABLE app_home_views (
    slack_user_id text PRIMARY KEY,
    opened_at     timestamptz NOT NULL,
    rendered_at   timestamptz NOT NULL,
    -- When it is re-rendered because something changed; NULL while nothing has changed since rendered_at.
    rerender_at   timestamptz,
    -- The incident that the page ends before, or begins after; the first page where both are NULL.
    older_than    uuid,
    newer_than    uuid
);

CREATE INDEX app_home_views_opened ON app_home_views (opened_at);

-- The posts that list forgotten incidents. What one lists is fixed before it is first sent.
CREATE TABLE stale_posts (
    id        uuid PRIMARY KEY,
    -- The tick that it came with; the next one counts from it.
    at        timestamptz NOT NULL UNIQUE,
    incidents uuid[]      NOT NULL,
    posted_at timestamptz
);

-- What people write in the digest channel while no incident is open: one row, kept by the worker, which knows the channel.
CREATE TABLE digest_chatter (
    channel_id  text PRIMARY KEY,
    messages    integer NOT NULL DEFAULT 0,
    -- When the first of these messages came.
    since       timestamptz,
    -- After a hint nothing is counted until then.
    quiet_until timestamptz
);

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
    -- When it was uploaded or discarded; its messages are deleted then.
    ended_at     timestamptz
);

CREATE UNIQUE INDEX chat_exports_unfinished ON chat_exports (incident_id) WHERE ended_at IS NULL;
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


-- ## Directory: copies of what Slack knows, so that showing a name or finding a channel needs no call

-- When a copy was last complete.
CREATE TABLE slack_copies (
    what         text PRIMARY KEY,
    completed_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE slack_users (
    id         text PRIMARY KEY,
    name       text        NOT NULL,
    email      text,
    active     boolean     NOT NULL DEFAULT true,
    is_bot     boolean     NOT NULL DEFAULT false,
    -- Who is no full member of the workspace.
    guest      boolean     NOT NULL DEFAULT false,
    stranger   boolean     NOT NULL DEFAULT false,
    team_id    text,
    -- NULL while the name is only the one that came with an interaction.
    fetched_at timestamptz
);

CREATE INDEX slack_users_email ON slack_users (lower(email)) WHERE email IS NOT NULL;
-- People of PagerDuty are found in Slack by e-mail, then by name.
CREATE INDEX slack_users_name ON slack_users (lower(name)) WHERE active AND NOT is_bot;

CREATE TABLE slack_channels (
    id         text PRIMARY KEY,
    name       text        NOT NULL,
    private    boolean     NOT NULL,
    archived   boolean     NOT NULL,
    -- Whether the bot is in it.
    member     boolean     NOT NULL,
    -- Whether people of another workspace are in it.
    ext_shared boolean     NOT NULL DEFAULT false,
    -- False when a complete copy did not list it: it is gone, or the bot may not see it.
    active     boolean     NOT NULL DEFAULT true,
    fetched_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX slack_channels_name ON slack_channels (name);

CREATE TABLE slack_groups (
    id         text PRIMARY KEY,
    -- Without @.
    handle     text        NOT NULL,
    name       text        NOT NULL,
    active     boolean     NOT NULL DEFAULT true,
    fetched_at timestamptz NOT NULL DEFAULT now(),
    -- When its members were copied; NULL before the first time.
    members_at timestamptz
);

CREATE TABLE slack_group_members (
    group_id      text NOT NULL REFERENCES slack_groups ON DELETE CASCADE,
    slack_user_id text NOT NULL,
    PRIMARY KEY (group_id, slack_user_id)
);


-- ## Rate limits, shared by all replicas

-- A vendor must not be called before then: it said so, or all replicas together keep to its published rate limit.
CREATE TABLE vendor_rate_limits (
    vendor text PRIMARY KEY,
    until  timestamptz NOT NULL
);

-- A rate limit that Slack reported to one replica (429), so that the others wait too.
CREATE TABLE slack_rate_limits (
    method  text        NOT NULL,
    -- Empty where the limit is not that of one channel.
    channel text        NOT NULL,
    until   timestamptz NOT NULL,
    PRIMARY KEY (method, channel)
);

-- The calls of the last window, counted against Slack's published rate limits (shared/store/src/slack_rate_limits.rs).
CREATE TABLE slack_rate_limit_windows (
    method       text        NOT NULL,
    -- Empty where the limit is not that of one channel.
    channel      text        NOT NULL,
    -- When calls of the last window were sent.
    sent         timestamptz[] NOT NULL DEFAULT '{}',
    -- When the last of the callers that wait was told to come back.
    next_slot    timestamptz NOT NULL DEFAULT '-infinity',
    -- How many times more than published Slack was seen to accept here, and until when that is believed.
    factor       integer     NOT NULL DEFAULT 1,
    factor_until timestamptz NOT NULL DEFAULT '-infinity',
    used_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (method, channel)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

-- How strictly Slack was seen to enforce its rate limits: one row.
CREATE TABLE slack_rate_limit_state (
    singleton    boolean     PRIMARY KEY DEFAULT true CHECK (singleton),
    factor       integer     NOT NULL DEFAULT 1,
    factor_until timestamptz NOT NULL DEFAULT '-infinity',
    -- Slack answered 429: until then nobody goes beyond what is published.
    strict_until timestamptz NOT NULL DEFAULT '-infinity',
    -- When one call was let through beyond a limit to see what Slack says.
    probe_at     timestamptz NOT NULL DEFAULT '-infinity'
);

INSERT INTO slack_rate_limit_state DEFAULT VALUES;

-- Lets a call through, or says how long it has to wait. `calls` may be sent in a `per`; without them no limit is known ahead.
CREATE FUNCTION take_slack_call(
    of_method text, of_channel text, calls integer, per interval,
    OUT wait_seconds float8, OUT is_probe boolean
) LANGUAGE plpgsql AS $$
DECLARE
    reported    timestamptz;
    call_window slack_rate_limit_windows;
    learned     slack_rate_limit_state;
    moment      timestamptz;
    recent      timestamptz[];
    allowed     integer;
    free        timestamptz;
BEGIN
    is_probe := false;
    SELECT max(until) INTO reported FROM slack_rate_limits WHERE method = of_method AND channel IN (of_channel, '');
    IF reported > clock_timestamp() THEN
        wait_seconds := extract(epoch FROM reported - clock_timestamp());
        RETURN;
    END IF;
    SELECT * INTO learned FROM slack_rate_limit_state;
    IF calls IS NULL OR learned.factor >= 64 AND learned.factor_until > clock_timestamp() THEN
        RETURN;
    END IF;
    -- Nobody misses a count that is lost when the database crashes.
    PERFORM set_config('synchronous_commit', 'off', true);
    SELECT * INTO call_window FROM slack_rate_limit_windows WHERE method = of_method AND channel = of_channel FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO slack_rate_limit_windows (method, channel) VALUES (of_method, of_channel) ON CONFLICT DO NOTHING;
        SELECT * INTO call_window FROM slack_rate_limit_windows
        WHERE method = of_method AND channel = of_channel FOR UPDATE;
    END IF;
    -- Others may have learned something while this waited for the row.
    SELECT * INTO learned FROM slack_rate_limit_state;
    moment := clock_timestamp();
    recent := ARRAY(SELECT at FROM unnest(call_window.sent) AS at WHERE at > moment - per ORDER BY at);
    allowed := calls;
    IF learned.strict_until <= moment THEN
        allowed := calls * greatest(
            CASE WHEN call_window.factor_until > moment THEN call_window.factor ELSE 1 END,
            CASE WHEN learned.factor_until > moment THEN learned.factor ELSE 1 END
        );
    END IF;
    IF cardinality(recent) >= allowed THEN
        IF learned.strict_until <= moment THEN
            UPDATE slack_rate_limit_state SET probe_at = moment
            WHERE probe_at < moment - interval '3 seconds' AND strict_until <= moment;
            IF NOT FOUND THEN
                wait_seconds := 0.1;
                RETURN;
            END IF;
            is_probe := true;
        ELSE
            free := recent[cardinality(recent) - allowed + 1] + per;
            -- A caller that comes back a little early keeps its slot; all others come back one after the other.
            IF free > moment + interval '250 milliseconds' THEN
                free := greatest(free, call_window.next_slot + per / calls);
                UPDATE slack_rate_limit_windows SET next_slot = free WHERE method = of_method AND channel = of_channel;
            END IF;
            wait_seconds := extract(epoch FROM free - moment);
            RETURN;
        END IF;
    END IF;
    UPDATE slack_rate_limit_windows SET sent = recent || moment, used_at = moment
    WHERE method = of_method AND channel = of_channel;
END
$$;


-- ## PagerDuty: a copy of who is on call, so that showing it needs no call, and the pages of incidents

-- The state of the copy.
CREATE TABLE on_call_state (
    singleton     boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    -- Whether the workers of the queue are configured for PagerDuty.
    enabled       boolean NOT NULL DEFAULT false,
    -- The copy in progress, and the one that is shown.
    copying       uuid,
    shown         uuid,
    -- When the copy that is shown was complete.
    copied_at     timestamptz,
    failing_since timestamptz,
    error         text,
    CHECK ((failing_since IS NULL) = (error IS NULL))
);

INSERT INTO on_call_state DEFAULT VALUES;

-- Every row belongs to a copy: a new one is shown when it is complete, and the earlier one goes.
CREATE TABLE on_call_users (
    copy  uuid NOT NULL,
    id    text NOT NULL,
    name  text NOT NULL,
    email text,
    PRIMARY KEY (copy, id)
);

CREATE TABLE on_call_services (
    copy      uuid NOT NULL,
    id        text NOT NULL,
    name      text NOT NULL,
    -- active, warning, critical, maintenance or disabled.
    status    text NOT NULL,
    policy_id text,
    PRIMARY KEY (copy, id)
);

CREATE TABLE on_call_schedules (
    copy uuid NOT NULL,
    id   text NOT NULL,
    name text NOT NULL,
    url  text,
    PRIMARY KEY (copy, id)
);

CREATE TABLE on_call_policies (
    copy uuid NOT NULL,
    id   text NOT NULL,
    name text NOT NULL,
    url  text,
    -- Minutes after which each level hands over to the next, from the first level on.
    delays integer[] NOT NULL,
    PRIMARY KEY (copy, id)
);

CREATE TABLE on_call_shifts (
    copy        uuid    NOT NULL,
    policy_id   text    NOT NULL,
    level       integer NOT NULL,
    user_id     text    NOT NULL,
    user_name   text    NOT NULL,
    schedule_id text,
    -- NULL for somebody who always is.
    starts_at   timestamptz,
    ends_at     timestamptz
);

CREATE INDEX on_call_shifts_policy ON on_call_shifts (copy, policy_id);

-- A page has one message in the incident's channel, which is edited until the outcome of the page is known.
CREATE TABLE pages (
    id               uuid PRIMARY KEY,
    incident_id      uuid        NOT NULL REFERENCES incidents ON DELETE CASCADE,
    -- Key of the severity that the page follows from; NULL where somebody asked for it.
    severity         text,
    -- Empty until PagerDuty was asked which escalation policy has the name of the team.
    policy_id        text        NOT NULL,
    -- Names as they were then.
    team             text        NOT NULL,
    -- One person of it, where not the whole team is paged.
    user_id          text,
    user_name        text,
    urgency          text        NOT NULL,
    message          text        NOT NULL,
    -- domain::Actor
    paged_by         jsonb       NOT NULL,
    paged_at         timestamptz NOT NULL,
    -- Since when PagerDuty is tried, where not since paged_at: somebody retried it.
    waiting_since    timestamptz,
    state            text        NOT NULL DEFAULT 'waiting',
    -- In PagerDuty.
    pagerduty_id     text,
    url              text,
    triggered_at     timestamptz,
    acknowledged_at  timestamptz,
    acknowledged_by  text,
    -- When the channel was notified that nobody has acknowledged it.
    late_notified_at timestamptz,
    resolved_at      timestamptz,
    -- Names of those whom PagerDuty called.
    called           text[]      NOT NULL DEFAULT '{}',
    -- What people read where PagerDuty did not take it, and the timeline entry that says so.
    failure          text,
    problem_id       uuid,
    -- Why one that is withdrawn was not sent: resolved, lowered or again.
    not_sent         text,
    CHECK ((user_id IS NULL) = (user_name IS NULL)),
    CHECK ((state IN ('triggered', 'acknowledged', 'resolved')) = (pagerduty_id IS NOT NULL))
);

CREATE INDEX pages_incident ON pages (incident_id, paged_at);
CREATE INDEX pages_open ON pages (triggered_at) WHERE state IN ('triggered', 'acknowledged');

-- Who joined the incident by a page: they are invited to every channel that it gets.
CREATE TABLE page_people (
    page_id       uuid NOT NULL REFERENCES pages ON DELETE CASCADE,
    slack_user_id text NOT NULL,
    PRIMARY KEY (page_id, slack_user_id)
);


-- ## Confluence: RCA documents

CREATE TABLE rca_documents (
    incident_id uuid PRIMARY KEY REFERENCES incidents ON DELETE CASCADE,
    page_id     text        NOT NULL,
    title       text        NOT NULL,
    url         text        NOT NULL,
    -- The version of the page that we wrote last; people made every higher one.
    version     bigint      NOT NULL,
    -- Which part of the page is kept up to date: 1 is the page itself, later ones are below it.
    part        integer     NOT NULL DEFAULT 1,
    written_at  timestamptz NOT NULL
);

-- Whether documents can be written, as the workers of that queue reported at their last start: nobody else knows their
-- environment. One row at most.
CREATE TABLE rca_destination (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    available boolean NOT NULL,
    automatic boolean NOT NULL,
    -- Why documents cannot be written, for whoever set it up; NULL where they can, or it is not known.
    problem   text
);


-- ## Statuspage: a copy of the page that customers read, and what is published there of incidents

-- The page that the workers are configured for; one row at most.
CREATE TABLE statuspage_page (
    singleton     boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    page_id       text        NOT NULL,
    url           text,
    enabled       boolean     NOT NULL,
    -- When a copy of its components was last complete.
    components_at timestamptz,
    -- When its incidents were last read.
    polled_at     timestamptz,
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

-- The open incidents and the maintenances on the page, whoever made them.
CREATE TABLE statuspage_incidents (
    id       text PRIMARY KEY,
    snapshot jsonb NOT NULL
);

-- What is published of an incident.
CREATE TABLE statuspage_published (
    -- Its id in Statuspage's metadata.
    id            uuid PRIMARY KEY,
    incident_id   uuid        NOT NULL REFERENCES incidents ON DELETE CASCADE,
    name          text        NOT NULL,
    impact        text        NOT NULL,
    status        text        NOT NULL,
    statuspage_id text UNIQUE,
    url           text,
    -- When it last changed, by Statuspage's clock: an older answer is not shown.
    changed_at    timestamptz,
    ended_at      timestamptz,
    removed       boolean     NOT NULL DEFAULT false
);

CREATE UNIQUE INDEX statuspage_published_open ON statuspage_published (incident_id) WHERE ended_at IS NULL;
CREATE INDEX statuspage_published_of_incident ON statuspage_published (incident_id);

CREATE TABLE statuspage_affected_components (
    published_id uuid    NOT NULL REFERENCES statuspage_published ON DELETE CASCADE,
    component_id text    NOT NULL,
    status       text    NOT NULL,
    -- Whether we set its status, or somebody on Statuspage did.
    ours         boolean NOT NULL,
    PRIMARY KEY (published_id, component_id)
);

-- Updates that were published, and those that are pending.
CREATE TABLE statuspage_updates (
    id           uuid PRIMARY KEY,
    published_id uuid        NOT NULL REFERENCES statuspage_published ON DELETE CASCADE,
    status       text        NOT NULL,
    body         text        NOT NULL,
    components   jsonb       NOT NULL,
    notify       boolean     NOT NULL,
    -- domain::Actor; the system for an update that was made on Statuspage itself.
    actor        jsonb       NOT NULL,
    at           timestamptz NOT NULL,
    -- Statuspage's id, once it is published.
    update_id    text UNIQUE,
    -- Statuspage rejected it.
    refused      boolean     NOT NULL DEFAULT false
);

CREATE INDEX statuspage_updates_of_published ON statuspage_updates (published_id, at, id);

-- The input of the form's first step, until it is confirmed in the second.
CREATE TABLE statuspage_drafts (
    id            uuid PRIMARY KEY,
    view_id       text        NOT NULL UNIQUE,
    slack_user_id text        NOT NULL,
    draft         jsonb       NOT NULL,
    at            timestamptz NOT NULL
);


-- ## Upstream: what providers publish about their own status

CREATE TABLE upstream_providers (
    -- As in the setting: a name, or the address of a page.
    provider      text PRIMARY KEY,
    -- When its feeds were last polled, and when that last succeeded.
    polled_at     timestamptz,
    fetched_at    timestamptz,
    failing_since timestamptz,
    error         text,
    -- It asked not to be polled before.
    not_before    timestamptz,
    CHECK ((failing_since IS NULL) = (error IS NULL))
);

-- Validators for conditional requests.
CREATE TABLE upstream_feeds (
    url           text PRIMARY KEY,
    etag          text,
    last_modified text
);

CREATE TABLE upstream_outages (
    provider      text        NOT NULL,
    outage_id     text        NOT NULL,
    -- The provider's feed that last listed it: when that one no longer does, it is over.
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

-- When somebody last reloaded the message about upstream status: what is fetched soon after is shown there.
CREATE TABLE upstream_reloads (
    incident_id uuid PRIMARY KEY REFERENCES incidents ON DELETE CASCADE,
    reloaded_at timestamptz NOT NULL
);

CREATE INDEX upstream_reloads_recent ON upstream_reloads (reloaded_at);

-- What is wrong with the providers that the environment names, so that people see it where they change them. One row.
CREATE TABLE upstream_environment (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    warnings  text[]  NOT NULL
);

INSERT INTO upstream_environment (warnings) VALUES ('{}');


-- ## Services

-- How many connections to Slack each gateway holds; a row is deleted an hour after the gateway's last heartbeat.
CREATE TABLE gateway_sockets (
    replica      uuid PRIMARY KEY,
    sockets      integer NOT NULL,
    heartbeat_at timestamptz NOT NULL
);

-- What each process found when it last checked what it needs: only it has its tokens and its way to the vendors. A process
-- that stops removes its row; that of one that was killed is not shown any more 15 minutes after `next_at`.
CREATE TABLE service_checks (
    process    uuid        PRIMARY KEY,
    -- gateway or worker.
    service    text        NOT NULL,
    -- The pod, or else the machine; empty where it has no name.
    instance   text        NOT NULL,
    -- Those that a worker serves.
    queues     text[]      NOT NULL,
    -- A list of name, fault and note.
    checks     jsonb       NOT NULL,
    -- When the checks began.
    checked_at timestamptz NOT NULL,
    -- A healthy process has checked again by then.
    next_at    timestamptz NOT NULL
);


-- ## Console: accounts, sessions, and the audit log

CREATE TABLE console_users (
    id                uuid PRIMARY KEY,
    email             text        NOT NULL CHECK (email <> ''),
    -- Only an e-mail that is known to be theirs links the account to a person in Slack.
    email_verified_at timestamptz,
    name              text        NOT NULL,
    -- A PHC string (argon2id). NULL for people who sign in by other means.
    password_hash     text,
    role              text        NOT NULL CHECK (role IN ('viewer', 'responder', 'admin')),
    -- Who they are in Slack; decides which private incidents they see.
    slack_user_id     text UNIQUE,
    created_at        timestamptz NOT NULL,
    disabled_at       timestamptz
);

CREATE UNIQUE INDEX console_users_email ON console_users (lower(email));

CREATE TABLE console_sessions (
    -- SHA-256 of the token in the cookie: reading this table is not enough to sign in.
    token_hash   bytea PRIMARY KEY,
    user_id      uuid        NOT NULL REFERENCES console_users ON DELETE CASCADE,
    started_at   timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    address      text        NOT NULL,
    user_agent   text        NOT NULL
);

CREATE INDEX console_sessions_of_user ON console_sessions (user_id);

-- A session that ended, and a user who was disabled or whose role changed: streams end on every replica.
CREATE FUNCTION notify_console_account_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('console_account_changed', to_jsonb(OLD) ->> TG_ARGV[0]);
    RETURN NULL;
END
$$;

CREATE TRIGGER console_session_ended AFTER DELETE ON console_sessions
    FOR EACH ROW EXECUTE FUNCTION notify_console_account_changed('user_id');

CREATE TRIGGER console_user_changed AFTER UPDATE ON console_users
    FOR EACH ROW WHEN (OLD.role IS DISTINCT FROM NEW.role
                       OR OLD.disabled_at IS DISTINCT FROM NEW.disabled_at
                       OR OLD.slack_user_id IS DISTINCT FROM NEW.slack_user_id)
    EXECUTE FUNCTION notify_console_account_changed('id');

-- Browsers in which somebody has signed in: failed attempts of others do not lock that person out there.
CREATE TABLE console_devices (
    -- SHA-256 of the token in the cookie. One browser may be known for several people.
    token_hash   bytea       NOT NULL,
    user_id      uuid        NOT NULL REFERENCES console_users ON DELETE CASCADE,
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    PRIMARY KEY (token_hash, user_id)
);

CREATE INDEX console_devices_of_user ON console_devices (user_id);
CREATE INDEX console_devices_age ON console_devices (last_used_at);

-- Keys that all replicas share. They never leave the database and are in no export.
CREATE TABLE console_keys (
    name text PRIMARY KEY,
    key  bytea NOT NULL CHECK (length(key) = 32)
);

-- For hashes of what was typed as an e-mail: people type passwords into the wrong field, and a plain hash of one can be
-- guessed.
INSERT INTO console_keys (name, key)
VALUES ('typed_email', sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));

-- Attempts to sign in that failed or are still in progress.
CREATE TABLE sign_in_attempts (
    id          uuid PRIMARY KEY,
    -- A keyed hash of the e-mail in lower case.
    email_hash  bytea       NOT NULL,
    address     text        NOT NULL,
    at          timestamptz NOT NULL,
    -- The known device that it came from; those are counted by device, all others by address.
    device_hash bytea
);

CREATE INDEX sign_in_attempts_of_email ON sign_in_attempts (email_hash, at);
CREATE INDEX sign_in_attempts_of_address ON sign_in_attempts (address, at);
CREATE INDEX sign_in_attempts_age ON sign_in_attempts (at);

-- Who a user of the console is in Slack: asked there, of the person who has the same e-mail.
CREATE TABLE slack_links (
    id            uuid PRIMARY KEY,
    user_id       uuid        NOT NULL REFERENCES console_users ON DELETE CASCADE,
    -- The e-mail that both had then.
    email         text        NOT NULL,
    slack_user_id text        NOT NULL,
    asked_at      timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    -- Where the direct message is that asks.
    channel_id    text,
    message_ts    text,
    answered_at   timestamptz,
    -- Whether they said that it is them.
    confirmed     boolean,
    CHECK ((answered_at IS NULL) = (confirmed IS NULL) AND (channel_id IS NULL) = (message_ts IS NULL))
);

CREATE INDEX slack_links_of_user ON slack_links (user_id, asked_at DESC);

-- Who did what, from where. Keeps names as they were, so it refers to no other table.
CREATE TABLE audit_log (
    id      uuid PRIMARY KEY,
    at      timestamptz NOT NULL,
    -- NULL where nobody is signed in, or the system did it.
    user_id uuid,
    who     text        NOT NULL,
    action  text        NOT NULL,
    -- What it was done to; empty where the action says it all.
    target  text        NOT NULL,
    details jsonb       NOT NULL,
    address text        NOT NULL
);

CREATE INDEX audit_log_newest ON audit_log (at DESC, id DESC);

-- The audit log only grows, except for retention: that deletes old rows, says so, and cannot delete those of the last year.
CREATE FUNCTION refuse_change_of_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('incident_bot.retention', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'audit_log only grows' USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER audit_log_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit_log();

CREATE FUNCTION refuse_deletion_of_recent_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.at > now() - interval '1 year' THEN
        RAISE EXCEPTION 'audit_log keeps what is younger than a year' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END
$$;

CREATE TRIGGER audit_log_keeps_recent BEFORE DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION refuse_deletion_of_recent_audit_log();


-- ## Import from incident-bot 0.8.2 (`web import-legacy`)

-- Which incidents were imported. 0.8.2 identifies an incident by its channel's id: names change.
CREATE TABLE legacy_incidents (
    channel_id    text PRIMARY KEY,
    incident_id   uuid        NOT NULL UNIQUE REFERENCES incidents ON DELETE CASCADE,
    -- The key of 0.8.2's tables: the name that the channel was to have.
    name          text        NOT NULL,
    -- SHA-256 of all that 0.8.2 held of it: the same again is not imported again.
    fingerprint   text        NOT NULL,
    -- The messages of 0.8.2: its panel and what it says of Statuspage, in the channel, and its post in the digest channel.
    panel_ts      text,
    statuspage_ts text,
    digest_ts     text,
    imported_at   timestamptz NOT NULL DEFAULT now(),
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
    -- When it was written, and its text as people read it, as far as that is known: times and mentions in the row are
    -- those of 0.8.2's process and of its copy of Slack's people.
    at          timestamptz,
    text        text        NOT NULL DEFAULT '',
    -- Of a pin whose image we cannot show.
    bytes       bytea,
    -- Why it was kept.
    reason      text        NOT NULL,
    imported_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, key)
);

CREATE INDEX legacy_records_of_incident ON legacy_records (incident_id) WHERE incident_id IS NOT NULL;
