//! Paging: calling a team for an incident, and what became of that.

use chrono::{DateTime, Utc};
use domain::paging::{self, NotSent, Urgency, notes_before};
use domain::text::clean;
use domain::{Incident, IncidentId, Settings, settings};
use incidents::{Call, CommandError, PageStep};
use serde_json::json;
use store::PgConnection;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::act::{Act, without_nul};
use super::{convert, on_call, status};
use crate::App;
use crate::proto::{
    self, InvitePersonRequest, InvitePersonResponse, PageAnywayRequest, PageAnywayResponse, PageNotSent, PageState,
    PageTeamRequest, PageTeamResponse, PageUrgency, PreviewPageRequest, PreviewPageResponse, ResolvePages,
    SeverityPages,
};

pub(crate) async fn page(app: &App, request: Request<PageTeamRequest>) -> Result<Response<PageTeamResponse>, Status> {
    let (act, request) = Act::begin(app, request, "page_team").await?;
    let call = Call {
        message: clean(&request.message),
        shown_at: request.shown_at.as_ref().and_then(convert::moment),
        ..call(&request.team_id, &request.person_id, request.urgency())?
    };
    // What they are told is among the incident's pages.
    let details = json!({ "team": call.policy, "person": call.person, "urgency": call.urgency });
    let wish = act.wish(&request.incident_id, &request.request_id, details)?;
    if let Err(error) = incidents::page(&app.pool, &wish.request, wish.incident, &call).await {
        return Err(act.refusal(error, "message"));
    }
    let incident = act.answer(&wish).await?;
    Ok(Response::new(PageTeamResponse {
        incident: Some(incident),
    }))
}

pub(crate) async fn page_anyway(
    app: &App,
    request: Request<PageAnywayRequest>,
) -> Result<Response<PageAnywayResponse>, Status> {
    let (act, request) = Act::begin(app, request, "page_anyway").await?;
    let none = |_| Status::failed_precondition(CommandError::NoPage.to_string());
    let page: Uuid = request.page_id.parse().map_err(none)?;
    let shown_at = request.shown_at.as_ref().and_then(convert::moment);
    let wish = act.wish(&request.incident_id, &request.request_id, json!({ "page": page }))?;
    let paged = incidents::page_anyway(&app.pool, &wish.request, wish.incident, page, shown_at).await;
    if let Err(error) = paged {
        return Err(act.refusal(error, "page_id"));
    }
    let incident = act.answer(&wish).await?;
    Ok(Response::new(PageAnywayResponse {
        incident: Some(incident),
    }))
}

/// Reads the copy of who is on call; PagerDuty is not asked.
pub(crate) async fn preview(
    app: &App,
    request: Request<PreviewPageRequest>,
) -> Result<Response<PreviewPageResponse>, Status> {
    let (act, request) = Act::begin(app, request, "preview_page").await?;
    let incident: IncidentId = request.incident_id.parse().map_err(|_| status::no_incident())?;
    let call = call(&request.team_id, &request.person_id, request.urgency())?;
    let now = app.clock.now();
    let read = async {
        let mut conn = app.pool.acquire().await?;
        let step = incidents::page_step(&mut conn, &act.caller.viewer(), incident, &call, now).await?;
        Ok((step, app.pool.settings(&mut conn).await?))
    };
    let (PageStep { incident, team, state }, settings) = match read.await {
        Ok(read) => read,
        Err(CommandError::Store(error)) => return Err(status::database(&error)),
        Err(refused) => return Err(act.refusal(refused, "")),
    };
    let name = |name: &str| name.to_owned();
    let calls = team.calls(call.person.as_deref(), call.urgency, name, name);
    let notes = notes_before(incident.private).into_iter().map(str::to_owned);
    let notes = notes.chain(team.service_note(name));
    Ok(Response::new(PreviewPageResponse {
        calls: calls.text,
        anybody: calls.anybody,
        notes: notes.collect(),
        notice: on_call::notice(&state, &settings, now),
        shown_at: Some(convert::time(now)),
    }))
}

pub(crate) async fn invite(
    app: &App,
    request: Request<InvitePersonRequest>,
) -> Result<Response<InvitePersonResponse>, Status> {
    let (act, request) = Act::begin(app, request, "invite_person").await?;
    let person = without_nul(&request.slack_user_id);
    let details = json!({ "slack_user_id": person });
    let wish = act.wish(&request.incident_id, &request.request_id, details)?;
    act.check_people("slack_user_id", std::slice::from_ref(&person)).await?;
    if let Err(error) = incidents::invite_person(&app.pool, &wish.request, wish.incident, &person).await {
        return Err(act.refusal(error, "slack_user_id"));
    }
    let incident = act.answer(&wish).await?;
    Ok(Response::new(InvitePersonResponse {
        incident: Some(incident),
    }))
}

fn call(team: &str, person: &str, urgency: PageUrgency) -> Result<Call, Status> {
    let urgency = match urgency {
        PageUrgency::High => Urgency::High,
        PageUrgency::Low => Urgency::Low,
        // Whether people are woken is nothing to guess.
        PageUrgency::Unspecified => return Err(Status::invalid_argument("urgency: Choose an urgency.")),
    };
    Ok(Call {
        policy: without_nul(team),
        person: Some(without_nul(person)).filter(|person| !person.is_empty()),
        urgency,
        message: String::new(),
        shown_at: None,
    })
}

/// What becomes of the pages of an incident that is resolved.
pub(super) fn on_resolve(settings: &Settings) -> ResolvePages {
    match settings.resolve_pages {
        settings::ResolvePages::Ask => ResolvePages::Ask,
        settings::ResolvePages::Always => ResolvePages::Always,
        settings::ResolvePages::Never => ResolvePages::Never,
    }
}

/// Who was called for an incident, oldest first.
pub(super) async fn of(
    conn: &mut PgConnection,
    incident: &Incident,
    now: DateTime<Utc>,
) -> Result<Vec<proto::Page>, store::Error> {
    let pages = store::pages::of_incident(conn, incident.id).await?;
    let can_be_sent = |page: &paging::Page| {
        page.state == paging::PageState::Withdrawn && !incident.is_resolved() && !page.is_superseded(&pages)
    };
    let can_be_sent: Vec<_> = pages.iter().map(can_be_sent).collect();
    let mut told = Vec::with_capacity(pages.len());
    for (page, can_be_sent) in pages.into_iter().zip(can_be_sent) {
        let contacts = contacts(conn, &page, now).await?;
        told.push(proto::Page {
            contacts,
            ..shown(page, can_be_sent, now)
        });
    }
    Ok(told)
}

/// Names of those to call by other means, as long as PagerDuty calls nobody.
async fn contacts(
    conn: &mut PgConnection,
    page: &paging::Page,
    now: DateTime<Utc>,
) -> Result<Vec<String>, store::Error> {
    if !matches!(page.state, paging::PageState::Waiting | paging::PageState::Failed) {
        return Ok(Vec::new());
    }
    let team = store::on_call::team(conn, &page.policy_id, now).await?;
    let contacts = page.contacts(team.as_ref()).into_iter();
    Ok(contacts.map(|(name, _)| name.to_owned()).collect())
}

/// Whom each severity would page if it were chosen now.
pub(super) async fn by_severity(
    conn: &mut PgConnection,
    incident: &Incident,
    settings: &Settings,
) -> Result<Vec<SeverityPages>, store::Error> {
    let mut paged = incidents::teams_to_page(conn, incident, settings).await?;
    if paged.is_empty() || !store::on_call::state(conn).await?.enabled {
        return Ok(Vec::new());
    }
    let in_order = settings.severities.iter().filter_map(|severity| {
        Some(SeverityPages {
            severity: severity.key.clone(),
            teams: paged.remove(&severity.key)?,
        })
    });
    Ok(in_order.collect())
}

fn shown(page: paging::Page, can_page_anyway: bool, now: DateTime<Utc>) -> proto::Page {
    let overdue_in = page.overdue_in(now);
    let not_sent = match (page.state, page.not_sent) {
        (paging::PageState::Withdrawn, None | Some(NotSent::Resolved)) => PageNotSent::Resolved,
        (paging::PageState::Withdrawn, Some(NotSent::Lowered)) => PageNotSent::Lowered,
        (paging::PageState::Withdrawn, Some(NotSent::Again)) => PageNotSent::Again,
        _ => PageNotSent::Unspecified,
    };
    let (person, person_id) = page
        .person
        .map(|person| (person.name, person.user_id))
        .unwrap_or_default();
    let urgency = match page.urgency {
        Urgency::High => PageUrgency::High,
        Urgency::Low => PageUrgency::Low,
    };
    let state = match page.state {
        paging::PageState::Waiting => PageState::Waiting,
        paging::PageState::Failed => PageState::Failed,
        paging::PageState::Withdrawn => PageState::Withdrawn,
        paging::PageState::Triggered => PageState::Triggered,
        paging::PageState::Acknowledged => PageState::Acknowledged,
        paging::PageState::Resolved => PageState::Resolved,
    };
    let (acknowledged_at, acknowledged_by) = page.acknowledged.unzip();
    proto::Page {
        id: page.id.to_string(),
        team: page.team,
        person,
        urgency: urgency.into(),
        message: page.message,
        paged_by: page.paged_by.name().to_owned(),
        paged_at: Some(convert::time(page.paged_at)),
        state: state.into(),
        acknowledged_by: acknowledged_by.unwrap_or_default(),
        acknowledged_at: acknowledged_at.map(convert::time),
        late: page.late_told,
        url: page.url.unwrap_or_default(),
        not_sent: not_sent.into(),
        can_page_anyway,
        team_id: page.policy_id,
        person_id,
        overdue_in_ms: overdue_in.map(|left| i32::try_from(left.num_milliseconds()).unwrap_or(i32::MAX)),
        contacts: Vec::new(),
    }
}
