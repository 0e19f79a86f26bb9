//! Looks at what became of pages in PagerDuty.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use domain::paging::{Page, PageState};
use incidents::Taken;
use pagerduty::{Incident, Status};
use queue::JobContext;
use store::effects::{self, Attempt};

use crate::Worker;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform, Periodic};

/// How often PagerDuty may refuse a look; then people are told, and the next look has to do.
const ATTEMPTS: u32 = 3;

#[async_trait]
impl Perform for jobs::PollPages {
    const ON_DISCARD: OnDiscard = OnDiscard::LOOK;

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        if worker.vendors.pagerduty.client().is_none() {
            return Ok(());
        }
        let mut tx = worker.pool.begin().await?;
        let open = store::pages::open_since(&mut tx, context.now() - store::pages::LOOKED_AT).await?;
        let jobs = open
            .into_iter()
            .map(|(page, incident)| jobs::PollPage { page }.job(incident));
        context.enqueue(&mut tx, jobs.collect()).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::PollPages>());
inventory::submit!(Periodic {
    name: "look at pages",
    every: |config| config.vendors.pagerduty.as_ref().map(|config| config.poll),
    job: |_, _| jobs::PollPages {}.job(),
});

#[async_trait]
impl Perform for jobs::PollPage {
    const ON_DISCARD: OnDiscard = OnDiscard::LOOK;

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Err(failure) = poll(worker, &self, context).await else {
            return Ok(());
        };
        match failure.discard_reason() {
            Some(reason) if context.attempt() < ATTEMPTS => Err(Failure::Again(reason)),
            Some(reason) => tell_unseen(worker, &self, &reason, context).await,
            None => Err(failure),
        }
    }
}

inventory::submit!(Handler::of::<jobs::PollPage>());

async fn poll(worker: &Worker, job: &jobs::PollPage, context: &JobContext) -> Result<(), Failure> {
    let Some(page) = worker.page(job.page).await? else {
        return Ok(());
    };
    let (Some(id), true) = (&page.pagerduty_id, page.state.is_open()) else {
        return Ok(());
    };
    let there = worker.pagerduty()?.incident(id).await?;
    let now = context.now();
    let late_after = {
        let mut conn = worker.pool.acquire().await?;
        worker.pool.settings(&mut conn).await?.page_unacknowledged_minutes
    };
    let mut tx = worker.pool.begin().await?;
    match (there.status, page.state) {
        (Status::Acknowledged, PageState::Triggered) => {
            incidents::page_acknowledged(&mut tx, &page, &taken(&there, now), now).await?;
        }
        (Status::Resolved, _) => {
            let by = there.last_status_change_by.map(|by| by.summary).unwrap_or_default();
            incidents::page_resolved(&mut tx, &page, &by, now).await?;
        }
        // PagerDuty calls people again when nobody did anything for long.
        (Status::Triggered, PageState::Acknowledged) => incidents::page_open_again(&mut tx, &page, now).await?,
        (Status::Triggered, _) if is_late(&page, late_after, now) => {
            incidents::page_unacknowledged(&mut tx, &page, late_after, now).await?;
        }
        _ => {}
    }
    context.complete(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Notifies once that PagerDuty does not tell the state of a page; polling goes on.
async fn tell_unseen(worker: &Worker, job: &jobs::PollPage, reason: &str, context: &JobContext) -> Result<(), Failure> {
    let Some(page) = worker.page(job.page).await? else {
        return Ok(());
    };
    let sentence = format!(
        "The state of the page to {} can't be read. {reason} Check it in PagerDuty until then.",
        page.whom()
    );
    let mut tx = worker.pool.begin().await?;
    if effects::start(&mut tx, &format!("page/{}/unseen", page.id)).await? == Attempt::Fresh {
        worker.note_problem(&mut tx, page.incident, &sentence, None).await?;
    }
    context.complete(&mut tx).await?;
    store::commit(tx).await?;
    Ok(())
}

/// Who has taken it, first.
fn taken(incident: &Incident, now: DateTime<Utc>) -> Taken {
    let first = incident.acknowledgements.iter().min_by_key(|one| one.at);
    match (first, &incident.last_status_change_by) {
        (Some(first), _) => Taken {
            by: first.acknowledger.summary.clone(),
            user_id: Some(first.acknowledger.id.clone()),
            at: first.at,
        },
        (None, by) => Taken {
            by: by.as_ref().map(|by| by.summary.clone()).unwrap_or_default(),
            user_id: by.as_ref().map(|by| by.id.clone()),
            at: incident.last_status_change_at.unwrap_or(now),
        },
    }
}

/// Whether the channel is to be told that nobody has taken it. One that wakes nobody may wait.
fn is_late(page: &Page, minutes: u32, now: DateTime<Utc>) -> bool {
    let since = page.triggered_at.unwrap_or(page.paged_at);
    minutes > 0
        && !page.late_told
        && page.urgency == domain::paging::Urgency::High
        && now - since >= TimeDelta::minutes(minutes.into())
}
