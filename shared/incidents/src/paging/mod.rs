//! Paging: PagerDuty calls people for an incident.
//!
//! A page is written with the job that carries it to PagerDuty; what becomes of it there comes back by jobs ([`results`]).
//! Its message in the channel is rendered from its row whenever that changes.

mod by_severity;
mod results;

use chrono::{DateTime, TimeDelta, Utc};
use domain::paging::{ACCEPTED_WITHIN, Callee, MAX_MESSAGE, Page, PageState, Team, Urgency};
use domain::settings::{ResolvePages, Severity};
use domain::timeline::Happening;
use domain::{Actor, Incident, IncidentId, Settings};
use jobs::{AddNote, CheckPageAccepted, Invite, RenderPage, ResolvePage};
use queue::NewJob;
use store::PgPool;
use uuid::Uuid;

pub use by_severity::{called_by_severities, page_by_severity, teams_of_severities, teams_to_page};
pub(crate) use by_severity::{for_new_incident, on_reopened, on_severity_raised};
pub use results::{
    Taken, Triggered, Withdrawal, page_acknowledged, page_failed, page_open_again, page_resolved, page_unacknowledged,
    page_withdrawn, paged,
};

use crate::change::{Begun, Change};
use crate::error::typed_or_empty;
use crate::{CommandError, Request, roles};

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
    /// When whoever asks was shown who would be called, where they were.
    pub shown_at: Option<DateTime<Utc>>,
}

/// A request to page that arrives later than this after who would be called was shown is refused: a browser that was
/// offline, or a dialog that was closed, must not call anybody long afterwards.
const FRESH_FOR: TimeDelta = TimeDelta::minutes(2);

/// Has PagerDuty call a team, or somebody of it.
pub async fn page(pool: &PgPool, request: &Request, id: IncidentId, call: &Call) -> Result<(), CommandError> {
    let message = typed_or_empty(&call.message, MAX_MESSAGE)?;
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
    check_fresh(call.shown_at, now)?;
    let team = store::on_call::team(change.conn(), &call.policy, now).await?;
    let team = team.ok_or(CommandError::NoTeam)?;
    check_pageable(&team)?;
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
    let page = Page {
        person,
        urgency: call.urgency,
        message,
        ..new_page(change.incident.id, (&team.id, &team.name), by, now)
    };
    let before = store::pages::of_incident(change.conn(), id).await?;
    store::pages::insert(change.conn(), std::slice::from_ref(&page)).await?;
    follow(&mut change, &before, &page);
    change.commit().await
}

/// Has a page of an incident that had those `before` brought to PagerDuty.
fn follow(change: &mut Change, before: &[Page], page: &Page) {
    for job in sending(page, change.request().now) {
        change.job(job);
    }
    for job in superseded(before, std::slice::from_ref(page)) {
        change.job(job);
    }
    if is_on_panel(&change.incident, page, &change.settings) {
        change.draw_panel();
    }
}

/// Has the messages of pages rendered again whose buttons would call the same people as the `new` ones.
fn superseded(before: &[Page], new: &[Page]) -> Vec<NewJob> {
    let is_superseded =
        |page: &&Page| page.can_be_sent() && new.iter().any(|new| new.id != page.id && new.covers(page));
    let superseded = before.iter().filter(is_superseded);
    superseded
        .map(|page| RenderPage { page: page.id }.job(page.incident))
        .collect()
}

/// Whether the panel's severities say something else once such a page has begun, or is over.
fn is_on_panel(incident: &Incident, page: &Page, settings: &Settings) -> bool {
    let pages_it = |severity: &Severity| {
        let mut teams = settings.teams_paged(incident, &severity.key).iter();
        settings.is_raised(incident, &severity.key) && teams.any(|name| page.is_of_team(name, name.trim()))
    };
    page.person.is_none() && page.urgency == Urgency::High && settings.severities.iter().any(pages_it)
}

/// Refuses to call people whom another page calls already.
pub(crate) async fn check_not_under_way(change: &mut Change, page: &Page) -> Result<Vec<Page>, CommandError> {
    let pages = store::pages::of_incident(change.conn(), page.incident).await?;
    let is_same = |other: &&Page| other.id != page.id && other.is_under_way() && other.covers(page);
    match pages.iter().find(is_same) {
        Some(other) => Err(CommandError::PagedAlready(other.whom())),
        None => Ok(pages),
    }
}

fn check_fresh(shown_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<(), CommandError> {
    if shown_at.is_some_and(|shown_at| now - shown_at > FRESH_FOR) {
        return Err(CommandError::PageExpired);
    }
    Ok(())
}

/// A page of a whole team, given as id and name.
fn new_page(incident: IncidentId, (policy_id, team): (&str, &str), paged_by: Actor, now: DateTime<Utc>) -> Page {
    Page {
        id: Uuid::now_v7(),
        incident,
        policy_id: policy_id.to_owned(),
        team: team.to_owned(),
        person: None,
        urgency: Urgency::High,
        message: String::new(),
        paged_by,
        paged_at: now,
        state: PageState::Waiting,
        pagerduty_id: None,
        url: None,
        triggered_at: None,
        acknowledged: None,
        late_told: false,
        severity: None,
        waiting_since: now,
        called: Vec::new(),
        failure: None,
        not_sent: None,
        resolved_at: None,
    }
}

/// PagerDuty would refuse a page of a team that has no service.
pub(crate) fn check_pageable(team: &Team) -> Result<(), CommandError> {
    match team.unpageable() {
        Some(reason) => Err(CommandError::CannotBePaged {
            team: team.name.clone(),
            reason,
        }),
        None => Ok(()),
    }
}

/// Has somebody paged who was not: the page was withdrawn, or they had been paged before. `shown_at` is as in [`Call`].
pub async fn page_anyway(
    pool: &PgPool,
    request: &Request,
    id: IncidentId,
    page: Uuid,
    shown_at: Option<DateTime<Utc>>,
) -> Result<(), CommandError> {
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    if change.incident.is_resolved() {
        return Err(CommandError::ResolvedAlready);
    }
    let (now, by) = (change.request().now, change.request().actor.clone());
    check_fresh(shown_at, now)?;
    let page = store::pages::get(change.conn(), page).await?;
    let page = page.filter(|page| page.incident == id).ok_or(CommandError::NoPage)?;
    let before = check_not_under_way(&mut change, &page).await?;
    if !store::pages::wanted_again(change.conn(), page.id, &by, now).await? {
        return Err(CommandError::PagedAlready(page.whom()));
    }
    follow(&mut change, &before, &page);
    change.commit().await
}

/// Keeps that the job of a page that failed is tried again, and has shown what becomes of it.
pub(crate) async fn tried_again(change: &mut Change, page: &Page) -> Result<(), CommandError> {
    let now = change.request().now;
    store::pages::waiting_again(change.conn(), page.id, now).await?;
    change.job(RenderPage { page: page.id }.job(page.incident));
    change.job(check_accepted(page, now));
    if is_on_panel(&change.incident, page, &change.settings) {
        change.draw_panel();
    }
    Ok(())
}

/// The jobs that bring a page to PagerDuty and show in the channel what becomes of it.
fn sending(page: &Page, now: DateTime<Utc>) -> [NewJob; 3] {
    [
        jobs::Page { page: page.id }.job(page.incident),
        RenderPage { page: page.id }.job(page.incident),
        check_accepted(page, now),
    ]
}

/// The job that finds out whether PagerDuty has accepted a page in time.
fn check_accepted(page: &Page, now: DateTime<Utc>) -> NewJob {
    let check = CheckPageAccepted { page: page.id };
    check.job(page.incident).at(now + ACCEPTED_WITHIN)
}

/// Resolves the pages of an incident in PagerDuty.
pub async fn resolve_pages(pool: &PgPool, request: &Request, id: IncidentId) -> Result<(), CommandError> {
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    // The button of a resolution that was taken back.
    if !change.incident.is_resolved() {
        return Err(CommandError::PagesStay);
    }
    end_pages(&mut change).await?;
    change.commit().await
}

/// Has the pages of an incident resolved in PagerDuty.
async fn end_pages(change: &mut Change) -> Result<(), CommandError> {
    let incident = change.incident.id;
    for page in store::pages::unresolved(change.conn(), incident).await? {
        change.job(ResolvePage { page: page.id }.job(incident));
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
        change.job(note.job(incident));
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
    if let Some(person) = roles::unable_to_act(&mut change, slack_user).await? {
        return Err(CommandError::CannotBeInvited(person));
    }
    // Kept, because there may be no channel to invite them to yet.
    change.add_member(slack_user).await?;
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
