-- Why nothing can be posted in the channel about the causes: 'archived', 'deleted' or 'removed'; NULL while it can be used.
ALTER TABLE incidents ADD COLUMN rca_channel_lost text;
