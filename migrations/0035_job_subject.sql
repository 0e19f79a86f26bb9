-- The incident that a job is about, or none. It is written when the job is enqueued, so that nothing has to be concluded from
-- a payload: not what the Jobs page shows, nor who may see it, nor where people learn that the job was discarded. Nothing
-- is looked up by it.
ALTER TABLE jobs ADD COLUMN subject_incident uuid;
