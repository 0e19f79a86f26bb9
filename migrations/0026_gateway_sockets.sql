-- How many connections to Slack each gateway holds; a row is gone an hour after its gateway was heard of last.
CREATE TABLE gateway_sockets (
    replica uuid PRIMARY KEY,
    sockets integer NOT NULL,
    seen_at timestamptz NOT NULL
);
