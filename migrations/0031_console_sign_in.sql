-- Signing in: devices that are known, e-mails that are not kept, and sessions that end on every replica at once.

-- Browsers in which somebody has signed in: what others try in that person's name does not hold them up.
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

-- For hashes of what was typed as an e-mail: people type passwords into the wrong field, and a plain hash of one can be guessed.
INSERT INTO console_keys (name, key)
VALUES ('typed_email', sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));

-- The known device that an attempt came from; those are counted by device, all others by address.
ALTER TABLE sign_in_attempts ADD COLUMN device_hash bytea;

-- A session that ended and a user who was disabled or whose role changed: streams end on every replica.
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
