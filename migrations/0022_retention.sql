-- What retention needs.

-- Something in Slack that an incident needs and that is not there, or not visible to the bot: when that was first noticed,
-- and when people were told.
CREATE TABLE missing_in_slack (
    incident_id uuid        NOT NULL REFERENCES incidents ON DELETE CASCADE,
    what        text        NOT NULL,
    noticed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    reported_at timestamptz,
    PRIMARY KEY (incident_id, what)
);

CREATE INDEX effects_age ON effects (last_started_at);

-- The audit log only grows, but for retention: it deletes what is old, says so, and reaches nothing of the last year.
CREATE OR REPLACE FUNCTION refuse_change_of_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('incident_bot.retention', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'audit_log only grows' USING ERRCODE = 'insufficient_privilege';
END
$$;

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
