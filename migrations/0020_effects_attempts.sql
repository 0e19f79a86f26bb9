-- What is known of the attempts at an effect, so that nobody waits for a call that was answered, and a kept result that a
-- newer release cannot read is never taken for none.

ALTER TABLE effects
    -- How many attempts began. Two clock readings can differ by a microsecond, so times cannot say whether it was one.
    ADD COLUMN attempts    integer  NOT NULL DEFAULT 1,
    -- When the vendor last answered with an error. Not before last_started_at: the last attempt is over.
    ADD COLUMN answered_at timestamptz,
    -- The shape of the result.
    ADD COLUMN version     smallint NOT NULL DEFAULT 1,
    -- What the attempts are for, where that is decided before the first one, such as the name of a channel.
    ADD COLUMN intent      text;
