-- A page has one message in the incident's channel, which is edited until it is known what became of the page.

ALTER TABLE pages
    -- Key of the severity that the page follows from; NULL where somebody asked for it.
    ADD COLUMN severity      text,
    -- Since when PagerDuty is tried, where not since paged_at: somebody had it tried again.
    ADD COLUMN waiting_since timestamptz,
    -- Names of those whom PagerDuty called.
    ADD COLUMN called        text[] NOT NULL DEFAULT '{}',
    -- What people read where PagerDuty could not be given it, and the timeline entry that says so.
    ADD COLUMN failure       text,
    ADD COLUMN problem_id    uuid,
    -- Why one that is withdrawn was not sent: resolved, lowered or again.
    ADD COLUMN not_sent      text;

COMMENT ON COLUMN pages.policy_id IS 'Empty until PagerDuty was asked which escalation policy has the name of the team.';
COMMENT ON COLUMN pages.delay_told_at IS 'No longer written: the message of a page says that PagerDuty has not accepted it.';
