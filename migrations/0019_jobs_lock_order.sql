-- The next job of a lane is locked when the transaction commits, no longer by the statement that ends the one before it: a
-- transaction that discards a job and then locks its incident, to tell people, locked that next job before the incident,
-- while every command locks the incident first. Fetching meanwhile is as safe as before: the statement in the trigger
-- still begins after the lock of a fetch that looked at the ended job is gone.
DROP TRIGGER jobs_advance_lane ON jobs;

CREATE CONSTRAINT TRIGGER jobs_advance_lane AFTER UPDATE OF state ON jobs
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.lane IS NOT NULL AND NEW.state <> 'running' AND NEW.state <> OLD.state
                       AND OLD.state IN ('waiting', 'running'))
    EXECUTE FUNCTION jobs_advance_lane();
