-- The people of the console, their sessions, and the record of what they did.

CREATE TABLE console_users (
    id            uuid PRIMARY KEY,
    email         text        NOT NULL CHECK (email <> ''),
    name          text        NOT NULL,
    -- A PHC string (argon2id). NULL for people who sign in by other means.
    password_hash text,
    role          text        NOT NULL CHECK (role IN ('viewer', 'responder', 'admin')),
    -- Who they are in Slack; decides which private incidents they see.
    slack_user_id text UNIQUE,
    created_at    timestamptz NOT NULL,
    disabled_at   timestamptz
);

CREATE UNIQUE INDEX console_users_email ON console_users (lower(email));

CREATE TABLE console_sessions (
    -- SHA-256 of the token in the cookie: whoever reads this table can sign in as nobody.
    token_hash   bytea PRIMARY KEY,
    user_id      uuid        NOT NULL REFERENCES console_users ON DELETE CASCADE,
    started_at   timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    address      text        NOT NULL,
    user_agent   text        NOT NULL
);

CREATE INDEX console_sessions_of_user ON console_sessions (user_id);

-- Attempts to sign in that failed or are still under way.
CREATE TABLE sign_in_attempts (
    id         uuid PRIMARY KEY,
    -- SHA-256 of the e-mail in lower case: people type passwords into the wrong field.
    email_hash bytea       NOT NULL,
    address    text        NOT NULL,
    at         timestamptz NOT NULL
);

CREATE INDEX sign_in_attempts_of_email ON sign_in_attempts (email_hash, at);
CREATE INDEX sign_in_attempts_of_address ON sign_in_attempts (address, at);
CREATE INDEX sign_in_attempts_age ON sign_in_attempts (at);

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

CREATE FUNCTION refuse_change_of_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_log only grows' USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER audit_log_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit_log();
