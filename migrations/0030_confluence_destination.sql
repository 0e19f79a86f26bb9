-- What the workers found at their last start where documents are to go.
ALTER TABLE rca_destination
    -- Why documents cannot be written there, as whoever set it up reads it; NULL where they can, or it is not known.
    ADD COLUMN problem text;
