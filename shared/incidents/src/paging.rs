//! Paging: PagerDuty calls people for an incident.
//!
//! A page is written down with the job that carries it to PagerDuty; what becomes of it there comes back by jobs.

use chrono::{DateTime, Utc};
use domain::paging::{Callee, MAX_MESSAGE, Page, PageState, Team, Urgency};
use domain::settings::ResolvePages;
use domain::timeline::Happening;
use domain::{Actor, Incident, IncidentId, Settings};
use jobs::NewJob;
use jobs::payloads::pagerduty::{self, AddNote, PageBySeverity, ResolvePage};
use jobs::payloads::slack::{Invite, SayNotices, TellPaged};
use store::{PgConnection, PgPool};
use uuid::Uuid;

use crate::change::{Begun, Change};
use crate::error::typed;
use crate::{CommandError, JobCommandError, Request};

/// Whom to call, and what to tell them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// PagerDuty's id of the escalation policy.
    pub policy: String,
    /// PagerDuty's id of one person of it, where not the whole team is to be called.
    pub person: Option<String>,
    /// How loud.
    pub urgency: Urgency,
    /// What they are told; may be empty.
    pub message: String,
}

/// Has PagerDuty call a team, or somebody of it.
pub async fn page(pool: &PgPool, request: &Request, id: IncidentId, call: &Call) -> Result<(), CommandError> {
    let message = match call.message.trim() {
        "" => "",
        _ => typed(&call.message, MAX_MESSAGE)?,
    };
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    if !store::on_call::state(change.conn()).await?.enabled {
        return Err(CommandError::NoPaging);
    }
    if change.incident.is_resolved() {
        return Err(CommandError::ResolvedAlready);
    }
    let now = change.request().now;
    let team = store::on_call::team(change.conn(), &call.policy, now).await?;
    let team = team.ok_or(CommandError::NoTeam)?;
    let person = match &call.person {
        Some(user) => Some(
            team.person(user)
                .ok_or_else(|| CommandError::NotOnCall(team.name.clone()))?,
        ),
        None => None,
    };
    let person = person.map(|person| Callee {
        user_id: person.user_id.clone(),
        name: person.name.clone(),
    });
    let by = change.request().actor.clone();
    let page = new_page(&change.incident, &team, person, call.urgency, message, by, now);
    store::pages::insert(change.conn(), &page).await?;
    change.job(pagerduty::Page::job(page.id));
    change.commit().await
}

fn new_page(
    incident: &Incident,
    team: &Team,
    person: Option<Callee>,
    urgency: Urgency,
    message: &str,
    paged_by: Actor,
    paged_at: DateTime<Utc>,
) -> Page {
    Page {
        id: Uuid::now_v7(),
        incident: incident.id,
        policy_id: team.id.clone(),
        team: team.name.clone(),
        person,
        urgency,
        message: message.to_owned(),
        paged_by,
        paged_at,
        state: PageState::Waiting,
        pagerduty_id: None,
        url: None,
        triggered_at: None,
        acknowledged: None,
        late_told: false,
        delay_told: false,
    }
}

/// Has the teams paged that the settings name for a new incident's severity.
///
/// A private one pages nobody by itself: PagerDuty would tell of it.
pub(crate) fn of_new(incident: &Incident, settings: &Settings) -> Option<NewJob> {
    let severity = settings.severity(&incident.severity)?;
    (!incident.private && !severity.page_teams.is_empty()).then(|| PageBySeverity::job(incident.id, &severity.key))
}

/// The same for a severity that is worse than the one before.
pub(crate) fn of_raised(incident: &Incident, settings: &Settings, severity: &str) -> Option<NewJob> {
    let place = |key: &str| settings.severities.iter().position(|severity| severity.key == key);
    let before = place(&incident.severity).unwrap_or(usize::MAX);
    let raised = place(severity).is_some_and(|now| now < before) && !incident.is_resolved();
    let after = Incident {
        severity: severity.to_owned(),
        ..incident.clone()
    };
    raised.then(|| of_new(&after, settings)).flatten()
}

/// Pages the teams that the settings name for a severity, those that were not paged yet, in the transaction of the job
/// that follows from it. Gives the names that are no team's.
pub async fn page_by_severity(
    conn: &mut PgConnection,
    id: IncidentId,
    severity: &str,
    now: DateTime<Utc>,
) -> Result<Vec<String>, JobCommandError> {
    let Some(incident) = store::incidents::lock(conn, id).await? else {
        return Ok(Vec::new());
    };
    let settings = store::settings::load(conn).await?;
    // Nobody is called for what is over, or is private.
    let wanted = (!incident.is_resolved() && !incident.private).then(|| settings.severity(severity));
    let Some(severity) = wanted.flatten() else {
        return Ok(Vec::new());
    };
    let paged = store::pages::of_incident(conn, id).await?;
    let mut unknown = Vec::new();
    let mut jobs = Vec::new();
    let mut called = Vec::new();
    for name in &severity.page_teams {
        let Some(team) = store::on_call::named_teams(conn, std::slice::from_ref(name), now)
            .await?
            .into_iter()
            .next()
        else {
            unknown.push(name.clone());
            continue;
        };
        let before =
            |page: &Page| page.policy_id == team.id && page.person.is_none() && page.state != PageState::Failed;
        if paged.iter().any(before) || called.contains(&team.id) {
            continue;
        }
        called.push(team.id.clone());
        let page = new_page(&incident, &team, None, Urgency::High, "", Actor::System, now);
        store::pages::insert(conn, &page).await?;
        jobs.push(pagerduty::Page::job(page.id));
    }
    jobs::enqueue_at(conn, now, jobs).await?;
    Ok(unknown)
}

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
    store::pages::triggered(conn, page.id, pagerduty_id, url.as_deref(), now).await?;
    let settings = store::settings::load(conn).await?;
    let severity =
        matches!(page.paged_by, Actor::System).then(|| settings.severity_label(&incident.severity).to_owned());
    let paged = Happening::Paged {
        team: page.team.clone(),
        person: page.person.as_ref().map(|person| person.name.clone()),
        urgency: page.urgency,
        called: called.iter().map(|one| one.name.clone()).collect(),
        severity,
        url: url.clone(),
    };
    store::timeline::append(conn, incident.id, now, &page.paged_by, &paged, true).await?;
    store::incidents::touch(conn, incident.id, now).await?;
    let ids: Vec<_> = called.iter().map(|one| one.user_id.clone()).collect();
    let people = store::on_call::in_slack(conn, &ids)
        .await?
        .into_values()
        .collect::<Vec<_>>();
    let mut jobs = invite(conn, &incident, page.id, &people).await?;
    jobs.push(SayNotices { incident: incident.id }.job());
    // It was resolved meanwhile by a setting that resolves pages too.
    if incident.is_resolved() && settings.resolve_pages == ResolvePages::Always {
        jobs.push(ResolvePage::job(page.id));
    }
    jobs::enqueue_at(conn, now, jobs).await?;
    Ok(())
}

/// Invites people who were called and were not invited yet.
async fn invite(
    conn: &mut PgConnection,
    incident: &Incident,
    page: Uuid,
    people: &[String],
) -> Result<Vec<NewJob>, JobCommandError> {
    let mut jobs = Vec::new();
    for user in store::pages::add_people(conn, page, people).await? {
        if incident.private {
            store::members::add(conn, incident.id, &user).await?;
        }
        jobs.push(NewJob::new(&Invite {
            incident: incident.id,
            user: user.clone(),
        }));
        jobs.push(NewJob::new(&TellPaged { page, user }));
    }
    Ok(jobs)
}

/// Tells the channel once that PagerDuty does not take a page yet.
pub async fn page_delayed(
    conn: &mut PgConnection,
    page: &Page,
    reason: &str,
    minutes: u32,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    let happening = Happening::PageDelayed {
        whom: page.whom(),
        reason: reason.to_owned(),
        minutes,
    };
    store::pages::delay_told(conn, page.id, now).await?;
    tell(conn, page.incident, &happening, now).await
}

/// Keeps that a page was not needed any more before PagerDuty had it.
pub async fn page_withdrawn(conn: &mut PgConnection, page: &Page, now: DateTime<Utc>) -> Result<(), JobCommandError> {
    store::pages::ended(conn, page.id, PageState::Withdrawn).await?;
    tell(
        conn,
        page.incident,
        &Happening::PageWithdrawn { whom: page.whom() },
        now,
    )
    .await
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
    let jobs = invite(conn, &incident, page.id, &people).await?;
    jobs::enqueue_at(conn, now, jobs).await?;
    tell(conn, page.incident, &happening, now).await
}

/// Keeps that nobody has a page any more who had it; consoles show it.
pub async fn page_open_again(conn: &mut PgConnection, page: &Page, now: DateTime<Utc>) -> Result<(), JobCommandError> {
    if store::incidents::lock(conn, page.incident).await?.is_none() {
        return Ok(());
    }
    store::pages::unacknowledged(conn, page.id).await?;
    Ok(store::incidents::touch(conn, page.incident, now).await?)
}

/// Tells the channel once that nobody has taken a page.
pub async fn page_unacknowledged(
    conn: &mut PgConnection,
    page: &Page,
    minutes: u32,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
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
    store::pages::resolved(conn, page.id, now).await?;
    let happening = Happening::PageResolved {
        whom: page.whom(),
        by: by.to_owned(),
    };
    tell(conn, page.incident, &happening, now).await
}

/// Keeps that a page could not be brought to PagerDuty.
pub async fn page_failed(conn: &mut PgConnection, page: Uuid) -> Result<(), store::Error> {
    store::pages::ended(conn, page, PageState::Failed).await
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
    store::incidents::touch(conn, id, now).await?;
    jobs::enqueue_at(conn, now, vec![SayNotices { incident: id }.job()]).await?;
    Ok(())
}

/// Resolves the pages of an incident in PagerDuty.
pub async fn resolve_pages(pool: &PgPool, request: &Request, id: IncidentId) -> Result<(), CommandError> {
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    end_pages(&mut change).await?;
    change.commit().await
}

/// Has the pages of an incident resolved in PagerDuty.
async fn end_pages(change: &mut Change) -> Result<(), CommandError> {
    let incident = change.incident.id;
    for page in store::pages::unresolved(change.conn(), incident).await? {
        change.job(ResolvePage::job(page.id));
    }
    Ok(())
}

/// What becomes of the pages of an incident that is resolved: by the setting, or because whoever resolves it `wanted` it.
pub(crate) async fn resolved(change: &mut Change, wanted: bool) -> Result<(), CommandError> {
    if wanted || change.settings.resolve_pages == ResolvePages::Always {
        end_pages(change).await?;
    }
    Ok(())
}

/// Adds an update as a note to the pages of an incident. What is private stays here.
pub(crate) async fn update_sent(change: &mut Change, message: &str) -> Result<(), CommandError> {
    if change.incident.private || !change.settings.page_notes {
        return Ok(());
    }
    let (incident, revision) = (change.incident.id, change.incident.revision + 1);
    let by = change.request().actor.name().to_owned();
    for page in store::pages::unresolved(change.conn(), incident).await? {
        let note = AddNote {
            page: page.id,
            revision,
            text: format!("{by}: {message}"),
        };
        change.job(note.job());
    }
    Ok(())
}

/// Invites somebody to the channel of an incident.
pub async fn invite_person(
    pool: &PgPool,
    request: &Request,
    id: IncidentId,
    slack_user: &str,
) -> Result<(), CommandError> {
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    if change.incident.private {
        store::members::add(change.conn(), id, slack_user).await?;
    }
    let invited = Happening::PersonInvited {
        user_id: slack_user.to_owned(),
        name: change.name_of(slack_user).await?,
    };
    change.note(&invited).await?;
    change.job(NewJob::new(&Invite {
        incident: id,
        user: slack_user.to_owned(),
    }));
    change.commit().await
}
