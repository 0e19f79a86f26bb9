-- What is wrong with the providers that the environment names, so that people see it where they change them.

CREATE TABLE upstream_environment (
    is_only  boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    warnings text[]  NOT NULL
);

INSERT INTO upstream_environment (warnings) VALUES ('{}');
