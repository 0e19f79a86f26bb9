//! What became of pages in PagerDuty, kept in the transactions of the jobs that brought it.

use chrono::{DateTime, Utc};
use domain::paging::{Callee, Page};
use domain::settings::ResolvePages;
use domain::timeline::Happening;
use domain::{Actor, Incident, IncidentId, Settings};
use jobs::{DrawPanel, Invite, RenderPage, ResolvePage, SayNotices, TellPaged};
use queue::NewJob;
use store::PgConnection;
use uuid::Uuid;

use super::{by_severity, is_on_panel};
use crate::touched::touched;
use crate::{JobCommandError, channel};

/// What PagerDuty answered to a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Triggered {
    /// PagerDuty's id of the incident there.
    pub pagerduty_id: String,
    /// Its page in PagerDuty.
    pub url: Option<String>,
    /// Who is called.
    pub called: Vec<Callee>,
}

/// Keeps that PagerDuty has a page, in the transaction of the job that brought it there: the channel is told, and whoever
/// is called is invited.
pub async fn paged(
    conn: &mut PgConnection,
    page: &Page,
    triggered: &Triggered,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    let Some(incident) = store::incidents::lock(conn, page.incident).await? else {
        return Ok(());
    };
    let Triggered {
        pagerduty_id,
        url,
        called,
    } = triggered;
    let names: Vec<_> = called.iter().map(|one| one.name.clone()).collect();
    store::pages::triggered(conn, page.id, pagerduty_id, url.as_deref(), &names, now).await?;
    let settings = store::settings::load(conn).await?;
    // The severity that asked for it: it may be another one by now.
    let severity = page.severity.as_ref();
    let severity = severity.map(|severity| settings.severity_label(severity).to_owned());
    let paged = Happening::Paged {
        team: page.team.clone(),
        person: page.person.as_ref().map(|person| person.name.clone()),
        urgency: page.urgency,
        called: names,
        severity,
        url: url.clone(),
    };
    store::timeline::append(conn, incident.id, now, &page.paged_by, &paged, false).await?;
    touched(conn, incident.id, now, "paged").await?;
    let ids: Vec<_> = called.iter().map(|one| one.user_id.clone()).collect();
    let people = store::on_call::in_slack(conn, &ids)
        .await?
        .into_values()
        .collect::<Vec<_>>();
    let mut jobs = Vec::new();
    for user in invite(conn, &incident, page.id, &people, &mut jobs).await? {
        jobs.push(TellPaged { page: page.id, user }.job(page.incident));
    }
    jobs.push(RenderPage { page: page.id }.job(page.incident));
    // It was resolved meanwhile by a setting that resolves pages too.
    if incident.is_resolved() && settings.resolve_pages == ResolvePages::Always {
        jobs.push(ResolvePage { page: page.id }.job(page.incident));
    }
    queue::enqueue_at(conn, now, jobs).await?;
    Ok(())
}

/// Invites those people of a page who were not invited yet, and gives them.
async fn invite(
    conn: &mut PgConnection,
    incident: &Incident,
    page: Uuid,
    people: &[String],
    jobs: &mut Vec<NewJob>,
) -> Result<Vec<String>, JobCommandError> {
    let new = store::pages::add_people(conn, page, people).await?;
    for user in &new {
        if incident.private || incident.open_channel().is_none() {
            channel::add_member(conn, incident, user).await?;
        }
        jobs.push(NewJob::new(&Invite {
            incident: incident.id,
            user: user.clone(),
        }));
    }
    Ok(new)
}

/// What became of withdrawing a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawal {
    /// It is withdrawn.
    Withdrawn,
    /// It is wanted: the incident changed meanwhile.
    Wanted,
}

/// Withdraws a page that PagerDuty does not have and nobody needs any more, by the incident as it is now: it is resolved, or
/// its severity was lowered to one that does not page the team.
pub async fn page_withdrawn(
    conn: &mut PgConnection,
    page: &Page,
    now: DateTime<Utc>,
) -> Result<Withdrawal, JobCommandError> {
    let Some(incident) = store::incidents::lock(conn, page.incident).await? else {
        return Ok(Withdrawal::Withdrawn);
    };
    let settings = store::settings::load(conn).await?;
    let Some(because) = by_severity::not_needed(&incident, page, &settings) else {
        return Ok(Withdrawal::Wanted);
    };
    store::pages::withdrawn(conn, page.id, because).await?;
    let withdrawn = Happening::PageWithdrawn {
        whom: page.whom(),
        because: Some(because),
    };
    store::timeline::append(conn, incident.id, now, &Actor::System, &withdrawn, false).await?;
    touched(conn, incident.id, now, "page withdrawn").await?;
    let mut jobs = vec![RenderPage { page: page.id }.job(page.incident)];
    jobs.extend(panel(&incident, page, &settings));
    queue::enqueue_at(conn, now, jobs).await?;
    Ok(Withdrawal::Withdrawn)
}

/// Somebody has taken a page in PagerDuty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Their name.
    pub by: String,
    /// PagerDuty's id of them.
    pub user_id: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Keeps that somebody has taken a page; the channel is told, and they are invited.
pub async fn page_acknowledged(
    conn: &mut PgConnection,
    page: &Page,
    taken: &Taken,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    let Some(incident) = store::incidents::lock(conn, page.incident).await? else {
        return Ok(());
    };
    store::pages::acknowledged(conn, page.id, &taken.by, taken.at).await?;
    let began = page.triggered_at.unwrap_or(page.paged_at);
    let happening = Happening::PageAcknowledged {
        whom: page.whom(),
        by: taken.by.clone(),
        minutes: u32::try_from((taken.at - began).num_minutes()).unwrap_or(0),
    };
    let ids: Vec<_> = taken.user_id.iter().cloned().collect();
    let people = store::on_call::in_slack(conn, &ids)
        .await?
        .into_values()
        .collect::<Vec<_>>();
    let mut jobs = Vec::new();
    invite(conn, &incident, page.id, &people, &mut jobs).await?;
    queue::enqueue_at(conn, now, jobs).await?;
    tell(conn, page.incident, &happening, now).await
}

/// Keeps that nobody has a page any more who had it; the channel is told.
pub async fn page_open_again(conn: &mut PgConnection, page: &Page, now: DateTime<Utc>) -> Result<(), JobCommandError> {
    lock_first(conn, page).await?;
    store::pages::unacknowledged(conn, page.id, now).await?;
    let happening = Happening::PageOpenAgain { whom: page.whom() };
    tell(conn, page.incident, &happening, now).await
}

/// Tells the channel once that nobody has taken a page.
pub async fn page_unacknowledged(
    conn: &mut PgConnection,
    page: &Page,
    minutes: u32,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    lock_first(conn, page).await?;
    store::pages::late_told(conn, page.id, now).await?;
    let happening = Happening::PageUnacknowledged {
        whom: page.whom(),
        minutes,
    };
    tell(conn, page.incident, &happening, now).await
}

/// Keeps that a page is over in PagerDuty; `by` said so there, empty where it was said here.
pub async fn page_resolved(
    conn: &mut PgConnection,
    page: &Page,
    by: &str,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    let incident = store::incidents::lock(conn, page.incident).await?;
    store::pages::resolved(conn, page.id, now).await?;
    let happening = Happening::PageResolved {
        whom: page.whom(),
        by: by.to_owned(),
    };
    if let Some(incident) = incident {
        let settings = store::settings::load(conn).await?;
        let mut jobs: Vec<_> = panel(&incident, page, &settings).into_iter().collect();
        if by.is_empty() {
            jobs.extend(by_severity::ended_too_late(conn, &incident, page, now).await?);
        }
        queue::enqueue_at(conn, now, jobs).await?;
    }
    tell(conn, page.incident, &happening, now).await
}

/// Renders the panel, where it says that a severity would page the team of a page that is over now.
fn panel(incident: &Incident, page: &Page, settings: &Settings) -> Option<NewJob> {
    let draw = DrawPanel { incident: incident.id };
    is_on_panel(incident, page, settings).then(|| draw.job())
}

/// Keeps that a page could not be brought to PagerDuty. `sentence` is what people read; `job` can be tried again.
pub async fn page_failed(
    conn: &mut PgConnection,
    page: &Page,
    sentence: &str,
    job: Uuid,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    let Some(incident) = store::incidents::lock(conn, page.incident).await? else {
        return Ok(());
    };
    let failed = Happening::Problem {
        sentence: sentence.to_owned(),
        job: Some(job),
        in_rca: false,
    };
    let problem = store::timeline::append(conn, page.incident, now, &Actor::System, &failed, false).await?;
    store::pages::failed(conn, page.id, sentence, problem).await?;
    touched(conn, page.incident, now, "page failed").await?;
    let mut jobs = vec![RenderPage { page: page.id }.job(page.incident)];
    jobs.extend(panel(&incident, page, &store::settings::load(conn).await?));
    queue::enqueue_at(conn, now, jobs).await?;
    Ok(())
}

/// Locks the incident of a page before the page, as commands do: in the other order they could deadlock.
async fn lock_first(conn: &mut PgConnection, page: &Page) -> Result<(), JobCommandError> {
    store::incidents::lock(conn, page.incident).await?;
    Ok(())
}

async fn tell(
    conn: &mut PgConnection,
    id: IncidentId,
    happening: &Happening,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    if store::incidents::lock(conn, id).await?.is_none() {
        return Ok(());
    }
    store::timeline::append(conn, id, now, &Actor::System, happening, true).await?;
    touched(conn, id, now, happening.kind()).await?;
    queue::enqueue_at(conn, now, vec![SayNotices { incident: id }.job()]).await?;
    Ok(())
}
