//! Paging: PagerDuty calls people for an incident.
//!
//! A page is written with the job that carries it to PagerDuty; what becomes of it there comes back by jobs ([`results`]).
//! Its message in the channel is rendered from its row whenever that changes.

mod by_severity;
mod results;

use chrono::{DateTime, TimeDelta, Utc};
use domain::paging::{ACCEPTED_WITHIN, Callee, MAX_MESSAGE, Page, PageState, Team, Urgency};
use domain::settings::ResolvePages;
use domain::timeline::Happening;
use domain::{Actor, IncidentId};
use jobs::NewJob;
use jobs::payloads::pagerduty::{self, AddNote, ResolvePage};
use jobs::payloads::slack::{CheckPageAccepted, Invite, RenderPage};
use store::{PgConnection, PgPool};
use uuid::Uuid;

pub use by_severity::page_by_severity;
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
    if call.shown_at.is_some_and(|shown_at| now - shown_at > FRESH_FOR) {
        return Err(CommandError::PageExpired);
    }
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
    store::pages::insert(change.conn(), std::slice::from_ref(&page)).await?;
    for job in sending(page.id, now) {
        change.job(job);
    }
    change.commit().await
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

/// Has somebody paged who was not: the severity's automatic page was withdrawn, or the team had been paged before.
pub async fn page_anyway(pool: &PgPool, request: &Request, id: IncidentId, page: Uuid) -> Result<(), CommandError> {
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    if change.incident.is_resolved() {
        return Err(CommandError::ResolvedAlready);
    }
    let known = store::pages::get(change.conn(), page).await?;
    if known.is_none_or(|page| page.incident != id) {
        return Err(CommandError::NoTeam);
    }
    let (now, by) = (change.request().now, change.request().actor.clone());
    if !store::pages::wanted_again(change.conn(), page, &by, now).await? {
        return Err(CommandError::TriedAlready);
    }
    for job in sending(page, now) {
        change.job(job);
    }
    change.commit().await
}

/// Keeps that the job of a page that failed is tried again; gives the jobs that show what becomes of it.
pub(crate) async fn tried_again(
    conn: &mut PgConnection,
    page: Uuid,
    now: DateTime<Utc>,
) -> Result<[NewJob; 2], store::Error> {
    store::pages::waiting_again(conn, page, now).await?;
    let check = CheckPageAccepted::at(page, now + ACCEPTED_WITHIN);
    Ok([RenderPage::job(page), check])
}

/// The jobs that bring a page to PagerDuty and show in the channel what becomes of it.
fn sending(page: Uuid, now: DateTime<Utc>) -> [NewJob; 3] {
    [
        pagerduty::Page::job(page),
        RenderPage::job(page),
        CheckPageAccepted::at(page, now + ACCEPTED_WITHIN),
    ]
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
