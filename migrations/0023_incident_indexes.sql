-- The unique constraint of 0002 has this index already.
DROP INDEX incidents_channel;

-- Choosing a channel's name looks for all that begin with the same words, whatever the collation.
CREATE INDEX incidents_channel_name_prefix ON incidents (channel_name text_pattern_ops);
CREATE INDEX incidents_wanted_channel_name_prefix ON incidents (wanted_channel_name text_pattern_ops)
    WHERE wanted_channel_name IS NOT NULL;
