-- Slack's published rate limits, paced ahead by all replicas together (shared/store/src/slack_pace.rs).

CREATE TABLE slack_pace (
    method       text        NOT NULL,
    -- Empty where the limit is not that of one channel.
    channel      text        NOT NULL,
    -- When calls went out, those of the last window.
    taken        timestamptz[] NOT NULL DEFAULT '{}',
    -- When the last of those who wait was told to come back.
    next_place   timestamptz NOT NULL DEFAULT '-infinity',
    -- How many times more than published Slack was seen to take here, and until when that is believed.
    factor       integer     NOT NULL DEFAULT 1,
    factor_until timestamptz NOT NULL DEFAULT '-infinity',
    used_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (method, channel)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

-- What is known of how strictly Slack takes its limits: one row.
CREATE TABLE slack_pace_learned (
    is_only      boolean     PRIMARY KEY DEFAULT true CHECK (is_only),
    factor       integer     NOT NULL DEFAULT 1,
    factor_until timestamptz NOT NULL DEFAULT '-infinity',
    -- Slack answered 429: until then nobody tries to go beyond what is published.
    strict_until timestamptz NOT NULL DEFAULT '-infinity',
    -- When one call was let go beyond a limit to see what Slack says.
    probe_at     timestamptz NOT NULL DEFAULT '-infinity'
);

INSERT INTO slack_pace_learned DEFAULT VALUES;

-- Lets a call go out, or says how long it has to wait. `calls` may go out in a `per`; without them no limit is known ahead.
CREATE FUNCTION take_slack_call(
    of_method text, of_channel text, calls integer, per interval,
    OUT wait_seconds float8, OUT is_probe boolean
) LANGUAGE plpgsql AS $$
DECLARE
    told    timestamptz;
    pace    slack_pace;
    learned slack_pace_learned;
    moment  timestamptz;
    recent  timestamptz[];
    allowed integer;
    free    timestamptz;
BEGIN
    is_probe := false;
    SELECT max(until) INTO told FROM slack_rate_limits WHERE method = of_method AND channel IN (of_channel, '');
    IF told > clock_timestamp() THEN
        wait_seconds := extract(epoch FROM told - clock_timestamp());
        RETURN;
    END IF;
    SELECT * INTO learned FROM slack_pace_learned;
    IF calls IS NULL OR learned.factor >= 64 AND learned.factor_until > clock_timestamp() THEN
        RETURN;
    END IF;
    -- Nobody misses a count that is lost when the database crashes.
    PERFORM set_config('synchronous_commit', 'off', true);
    SELECT * INTO pace FROM slack_pace WHERE method = of_method AND channel = of_channel FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO slack_pace (method, channel) VALUES (of_method, of_channel) ON CONFLICT DO NOTHING;
        SELECT * INTO pace FROM slack_pace WHERE method = of_method AND channel = of_channel FOR UPDATE;
    END IF;
    -- Others may have learned something while this waited for the row.
    SELECT * INTO learned FROM slack_pace_learned;
    moment := clock_timestamp();
    recent := ARRAY(SELECT sent FROM unnest(pace.taken) AS sent WHERE sent > moment - per ORDER BY sent);
    allowed := calls;
    IF learned.strict_until <= moment THEN
        allowed := calls * greatest(
            CASE WHEN pace.factor_until > moment THEN pace.factor ELSE 1 END,
            CASE WHEN learned.factor_until > moment THEN learned.factor ELSE 1 END
        );
    END IF;
    IF cardinality(recent) >= allowed THEN
        IF learned.strict_until <= moment THEN
            UPDATE slack_pace_learned SET probe_at = moment
            WHERE probe_at < moment - interval '3 seconds' AND strict_until <= moment;
            IF NOT FOUND THEN
                wait_seconds := 0.1;
                RETURN;
            END IF;
            is_probe := true;
        ELSE
            free := recent[cardinality(recent) - allowed + 1] + per;
            -- Who comes back a little early keeps its place; all others come back one after the other.
            IF free > moment + interval '250 milliseconds' THEN
                free := greatest(free, pace.next_place + per / calls);
                UPDATE slack_pace SET next_place = free WHERE method = of_method AND channel = of_channel;
            END IF;
            wait_seconds := extract(epoch FROM free - moment);
            RETURN;
        END IF;
    END IF;
    UPDATE slack_pace SET taken = recent || moment, used_at = moment WHERE method = of_method AND channel = of_channel;
END
$$;
