//! Has PagerDuty call people, once for each page.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::Incident;
use domain::paging::{Callee, Page as Paged, PageState, Urgency};
use incidents::{Triggered, Withdrawal};
use pagerduty::{NewIncident, Target};
use queue::{Discard, JobContext};
use serde::{Deserialize, Serialize};
use store::PgConnection;
use store::effects::Attempt;

use super::message::{details, title};
use crate::Worker;
use crate::effects::{Effect, Making};
use crate::failure::Failure;
use crate::features::problems::noted;
use crate::perform::{Handler, OnDiscard, Perform};

/// The longest wait of a page until it looks again.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// The longest between two looks for the channel: somebody waits to be paged.
const LOOK_FOR_CHANNEL: Duration = Duration::from_secs(1);

#[async_trait]
impl Perform for jobs::Page {
    const ON_DISCARD: OnDiscard = OnDiscard::OwnProblem;

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some(page) = worker.page(self.page).await? else {
            return Ok(());
        };
        if !matches!(page.state, PageState::Waiting | PageState::Failed) {
            return Ok(());
        }
        let Some(incident) = worker.incident(page.incident).await? else {
            return Ok(());
        };
        if is_withdrawn(worker, &page, context).await? {
            return Ok(());
        }
        if incident.channel_id.is_none() && !worker.waited_for_channel(context) {
            return Err(Failure::NotYet {
                at_most: Some(LOOK_FOR_CHANNEL),
                reason: "the page links to the channel, which is being created",
            });
        }
        let page = with_policy(worker, page).await?;
        let triggered = made(worker, &page, &incident).await?;
        let mut tx = worker.pool.begin().await?;
        incidents::paged(&mut tx, &page, &triggered, context.now()).await?;
        context.complete(&mut tx).await?;
        store::commit(tx).await?;
        Ok(())
    }

    async fn discarded(&self, worker: &Worker, why: &Discard<'_>, conn: &mut PgConnection) -> Result<(), store::Error> {
        let Some(page) = store::pages::get(conn, self.page).await? else {
            return Ok(());
        };
        let sentence = format!("{} was not paged. {why}", page.whom());
        let now = worker.config.jobs.clock.now();
        noted(incidents::page_failed(conn, &page, &sentence, why.job, now).await)
    }
}

inventory::submit!(Handler::of::<jobs::Page>());

/// An incident of PagerDuty that is made once.
struct Made<'a> {
    worker: &'a Worker,
    new: NewIncident<'a>,
}

/// What came of it.
#[derive(Serialize, Deserialize)]
struct Called {
    id: String,
    url: Option<String>,
    /// Who is called: ids and names.
    people: Vec<(String, String)>,
}

impl From<pagerduty::Incident> for Called {
    fn from(incident: pagerduty::Incident) -> Self {
        let called = incident.assignments.into_iter();
        Self {
            id: incident.id,
            url: incident.html_url,
            people: called.map(|one| (one.assignee.id, one.assignee.summary)).collect(),
        }
    }
}

#[async_trait]
impl Effect for Made<'_> {
    type Made = Called;

    async fn find(&self, _oldest: DateTime<Utc>) -> Result<Option<Called>, Failure> {
        let found = self.worker.pagerduty()?.incidents_with_key(self.new.key).await?;
        Ok(found.into_iter().next().map(Into::into))
    }

    async fn make(&self, _attempt: &Making) -> Result<Called, Failure> {
        match self.worker.pagerduty()?.create_incident(&self.new).await {
            Ok(incident) => Ok(incident.into()),
            // An attempt before it was carried out after all.
            Err(pagerduty::Error::KeyTaken) => match self.find(DateTime::UNIX_EPOCH).await? {
                Some(found) => Ok(found),
                None => Err(Failure::NotYet {
                    at_most: Some(LOOK_AGAIN),
                    reason: "PagerDuty accepted it but doesn't list it yet",
                }),
            },
            Err(error) => Err(error.into()),
        }
    }
}

/// Withdraws a page that nobody needs any more, which completes the job. One that PagerDuty has is not withdrawn.
async fn is_withdrawn(worker: &Worker, page: &Paged, context: &JobContext) -> Result<bool, Failure> {
    let mut tx = worker.pool.begin().await?;
    if incidents::page_withdrawn(&mut tx, page, context.now()).await? == Withdrawal::Wanted {
        return Ok(false);
    }
    // Of one that was begun maybe only the answer was lost.
    if store::effects::begun(&mut tx, &key(page)).await? {
        tx.rollback().await?;
        if let Attempt::Unknown(unknown) = worker.begin(&key(page)).await? {
            let pagerduty = worker.pagerduty()?;
            if !pagerduty.incidents_with_key(&page.id.to_string()).await?.is_empty() {
                return Ok(false);
            }
            // A call that was lost may still have its effect for a moment.
            worker.settled(pagerduty.timeout(), &unknown)?;
        } else {
            return Ok(false);
        }
        tx = worker.pool.begin().await?;
        if incidents::page_withdrawn(&mut tx, page, context.now()).await? == Withdrawal::Wanted {
            return Ok(false);
        }
    }
    context.complete(&mut tx).await?;
    tx.commit().await?;
    Ok(true)
}

/// The page with its escalation policy: PagerDuty is asked for one that only its name is known of.
async fn with_policy(worker: &Worker, page: Paged) -> Result<Paged, Failure> {
    if !page.policy_id.is_empty() {
        return Ok(page);
    }
    let Some(policy) = worker.pagerduty()?.escalation_policy_named(&page.team).await? else {
        return Err(Failure::Never(format!(
            "The settings page the team “{}” for this severity, but PagerDuty has no escalation policy with that \
             name. Page somebody else, and correct the settings.",
            page.team
        )));
    };
    let mut conn = worker.pool.acquire().await?;
    store::pages::set_policy(&mut conn, page.id, &policy.id, &policy.name).await?;
    store::flush(&mut conn).await?;
    Ok(Paged {
        policy_id: policy.id,
        team: policy.name,
        ..page
    })
}

async fn made(worker: &Worker, page: &Paged, incident: &Incident) -> Result<Triggered, Failure> {
    let pagerduty = worker.pagerduty()?;
    let service = service(worker, page, worker.config.jobs.clock.now()).await?;
    let settings = worker.pool.settings(&mut *worker.pool.acquire().await?).await?;
    let console = worker.console_address(incident.id);
    let (title, details) = (
        title(incident, &settings, page),
        details(incident, page, console.as_deref()),
    );
    let id = page.id.to_string();
    let made = Made {
        worker,
        new: NewIncident {
            key: &id,
            title: &title,
            details: &details,
            is_urgent: page.urgency == Urgency::High,
            service: &service,
            target: match &page.person {
                Some(person) => Target::User(&person.user_id),
                None => Target::Policy(&page.policy_id),
            },
        },
    };
    let made = worker.once(&key(page), pagerduty.timeout(), &made).await?;
    let called = made.people.into_iter();
    Ok(Triggered {
        pagerduty_id: made.id,
        url: made.url,
        called: called.map(|(user_id, name)| Callee { user_id, name }).collect(),
    })
}

/// The service that the page is about: PagerDuty takes none without. Where the copy knows none, or what it knew was
/// refused, PagerDuty is asked.
async fn service(worker: &Worker, page: &Paged, now: DateTime<Utc>) -> Result<String, Failure> {
    let known = {
        let mut conn = worker.pool.acquire().await?;
        store::on_call::team(&mut conn, &page.policy_id, now).await?
    };
    let known = known.as_ref().and_then(|team| team.service());
    if let (Some(service), None) = (known, &page.failure) {
        return Ok(service.id.clone());
    }
    let policy = match worker.pagerduty()?.escalation_policy(&page.policy_id).await {
        Err(pagerduty::Error::Call(http_client::Error::NotFound)) => {
            return Err(Failure::Never(format!(
                "The team “{}” is no longer in PagerDuty. Page another one.",
                page.team
            )));
        }
        answer => answer?,
    };
    let service = policy.services.into_iter().next().map(|service| service.id);
    service.ok_or_else(|| {
        Failure::Never(format!(
            "No service in PagerDuty uses the escalation policy “{}”, and a page needs one. Assign it to a service in \
             PagerDuty, then retry.",
            page.team
        ))
    })
}

/// The key of what is had once in PagerDuty.
fn key(page: &Paged) -> String {
    format!("page/{}", page.id)
}

#[async_trait]
impl Perform for jobs::PageBySeverity {
    const ON_DISCARD: OnDiscard = OnDiscard::Problem("The teams of this severity were not paged.");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let mut tx = worker.pool.begin().await?;
        incidents::page_by_severity(&mut tx, self.incident, &self.severity, context.now()).await?;
        context.complete(&mut tx).await?;
        store::commit(tx).await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::PageBySeverity>());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_read() {
        crate::effects::assert_reads::<Made<'_>>(&[(
            1,
            r#"{"id":"P1","url":"https://example.com/P1","people":[["U1","Ada"]]}"#,
        )]);
    }
}
