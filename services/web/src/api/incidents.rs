//! Incidents: lists, one, declaring, and the stream of changes.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use domain::timeline::{Happening, TimelineEntry};
use domain::{Incident, IncidentId, Settings};
use incidents::{Declaration, DeclareError};
use store::console_users::Role;
use store::incident_list::{self, Cursor, Filter, Listed};
use store::timeline;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::act::{self, without_nul};
use super::convert::Beside;
use super::see::{self, Seen};
use super::watch::{self, Changes};
use super::{
    convert, legacy, paging, pins, roles, set_status, severity, status, statuspage, timeline as notes, update,
};
use crate::App;
use crate::auth::{self, Caller, Peer};
use crate::proto::incident_service_server::IncidentService;
use crate::proto::{
    AddTimelineEntryRequest, AddTimelineEntryResponse, AssignRoleRequest, AssignRoleResponse,
    ChangeTimelineEntryRequest, ChangeTimelineEntryResponse, DeclareIncidentRequest, DeclareIncidentResponse,
    DeleteTimelineEntryRequest, DeleteTimelineEntryResponse, GetIncidentOptionsRequest, GetIncidentOptionsResponse,
    GetIncidentRequest, GetIncidentResponse, GiveUpRoleRequest, GiveUpRoleResponse, IncidentState, InvitePersonRequest,
    InvitePersonResponse, ListIncidentsRequest, ListIncidentsResponse, ListLegacyRecordsRequest,
    ListLegacyRecordsResponse, ListPinsRequest, ListPinsResponse, PageAnywayRequest, PageAnywayResponse,
    PageTeamRequest, PageTeamResponse, PreviewPageRequest, PreviewPageResponse, RetryProblemRequest,
    RetryProblemResponse, SearchPeopleRequest, SearchPeopleResponse, SendUpdateRequest, SendUpdateResponse,
    SetSeverityRequest, SetSeverityResponse, SetStatusRequest, SetStatusResponse, SeverityPages, WatchIncidentsRequest,
};

const DEFAULT_PAGE: i32 = 50;
const LARGEST_PAGE: i32 = 200;
/// More words or keys are no search that anybody types.
const MOST_WORDS: usize = 20;

/// `incident_bot.v1.IncidentService`.
pub(crate) struct IncidentApi {
    app: App,
    shutdown: CancellationToken,
}

impl IncidentApi {
    pub(crate) fn new(app: App, shutdown: CancellationToken) -> Self {
        Self { app, shutdown }
    }

    async fn list(
        &self,
        caller: &Caller,
        filter: &Filter,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<(Vec<Listed>, i64, Arc<Settings>), store::Error> {
        let viewer = caller.viewer();
        let mut conn = self.app.pool.acquire().await?;
        let settings = self.app.pool.settings(&mut conn).await?;
        if caller.may(Role::Admin) {
            let incidents = incident_list::page_with_sealed(&mut conn, &viewer, filter, after, limit).await?;
            let total = incident_list::count_with_sealed(&mut conn, &viewer, filter).await?;
            return Ok((incidents, total, settings));
        }
        let incidents = incident_list::page(&mut conn, &viewer, filter, after, limit).await?;
        let total = incident_list::count(&mut conn, &viewer, filter).await?;
        let seen = |incident| Listed {
            incident,
            is_sealed: false,
        };
        Ok((incidents.into_iter().map(seen).collect(), total, settings))
    }

    async fn get(
        &self,
        caller: &Caller,
        peer: &Peer,
        id: IncidentId,
        open_private: bool,
    ) -> Result<Option<GetIncidentResponse>, store::Error> {
        let Some(Seen { listed, opened }) = see::find(&self.app, caller, peer, id, open_private).await? else {
            return Ok(None);
        };
        let mut conn = self.app.pool.acquire().await?;
        let settings = self.app.pool.settings(&mut conn).await?;
        let incident = Some(convert::listed(&listed, &settings));
        if listed.is_sealed {
            return Ok(Some(GetIncidentResponse {
                incident,
                ..GetIncidentResponse::default()
            }));
        }
        let entries = timeline::of_incident(&mut conn, id).await?;
        let failed: Vec<_> = entries.iter().filter_map(failed_job).collect();
        let retriable = if failed.is_empty() || opened {
            Vec::new()
        } else {
            queue::admin::discarded_among(&mut conn, &failed).await?
        };
        let beside = Beside {
            settings: &settings,
            incident: &listed.incident,
            reader: caller.may(Role::Responder).then(|| caller.actor()),
            edited: timeline::edited(&mut conn, id).await?,
            retriable,
        };
        let changes = store::incidents::status_changes(&mut conn, id).await?;
        Ok(Some(GetIncidentResponse {
            incident,
            timeline: entries
                .iter()
                .map(|entry| convert::timeline_entry(entry, &beside))
                .collect(),
            status_times: changes
                .iter()
                .map(|change| convert::status_time(change, &settings))
                .collect(),
            opened,
            pages: paging::of(&mut conn, &listed.incident, self.app.clock.now()).await?,
            severity_pages: paging::by_severity(&mut conn, &listed.incident, &settings).await?,
            statuspage: statuspage::of(&mut conn, id).await?,
        }))
    }

    async fn settings(&self) -> Result<Arc<Settings>, store::Error> {
        self.app.pool.settings(&mut *self.app.pool.acquire().await?).await
    }
}

#[tonic::async_trait]
impl IncidentService for IncidentApi {
    async fn list_incidents(
        &self,
        request: Request<ListIncidentsRequest>,
    ) -> Result<Response<ListIncidentsResponse>, Status> {
        let caller = auth::caller(&request)?.clone();
        let request = request.into_inner();
        let size = match request.page_size {
            0 => DEFAULT_PAGE,
            size @ 1.. => size.min(LARGEST_PAGE),
            _ => return Err(Status::invalid_argument("page_size: must not be negative.")),
        };
        let after = match request.page_token.as_str() {
            "" => None,
            token => Some(cursor(token).ok_or_else(|| Status::invalid_argument("page_token: is not valid."))?),
        };
        let filter = filter(&request)?;
        // One more than fits tells whether there is another page.
        let (mut incidents, total, settings) = self
            .list(&caller, &filter, after, i64::from(size) + 1)
            .await
            .map_err(|error| status::database(&error))?;
        let size = usize::try_from(size).unwrap_or_default();
        let has_more = incidents.len() > size;
        incidents.truncate(size);
        let next_page_token = incidents.last().filter(|_| has_more);
        let next_page_token = next_page_token.map(|last| token(&last.incident)).unwrap_or_default();
        Ok(Response::new(ListIncidentsResponse {
            incidents: incidents
                .iter()
                .map(|listed| convert::listed(listed, &settings))
                .collect(),
            next_page_token,
            total: i32::try_from(total).unwrap_or(i32::MAX),
        }))
    }

    async fn get_incident(
        &self,
        request: Request<GetIncidentRequest>,
    ) -> Result<Response<GetIncidentResponse>, Status> {
        let (caller, peer) = (auth::caller(&request)?.clone(), auth::peer(&request));
        let not_found = || Status::not_found("There is no such incident.");
        let GetIncidentRequest { id, open_private } = request.into_inner();
        let id: IncidentId = id.parse().map_err(|_| not_found())?;
        let found = self.get(&caller, &peer, id, open_private).await;
        let found = found.map_err(|error| status::database(&error))?;
        found.map(Response::new).ok_or_else(not_found)
    }

    async fn declare_incident(
        &self,
        request: Request<DeclareIncidentRequest>,
    ) -> Result<Response<DeclareIncidentResponse>, Status> {
        let caller = auth::caller(&request)?.clone();
        let peer = auth::peer(&request);
        if !caller.may(Role::Responder) {
            see::audit_refusal(&self.app, &caller, &peer, "declare_incident_refused", String::new())
                .await
                .map_err(|error| status::database(&error))?;
            return Err(Status::permission_denied(
                "You have read-only access to incidents. Ask an admin for the responder role.",
            ));
        }
        let content = act::content(request.get_ref());
        let DeclareIncidentRequest {
            description,
            severity,
            private,
            request_id,
        } = request.into_inner();
        let request_id = act::checked(&request_id)?;
        let user = caller.user();
        let wish = incidents::Request {
            // Two people who choose the same id mean different things.
            key: format!("console/{}/{request_id}", user.id),
            actor: caller.actor(),
            now: self.app.clock.now(),
            channel: None,
            content: Some(content),
            audit: Some(see::entry(&self.app, &caller, &peer, "declare_incident", String::new())),
        };
        let declaration = Declaration {
            description,
            severity: Some(without_nul(&severity)).filter(|severity| !severity.is_empty()),
            private,
            answer_in: None,
        };
        // Loaded first: after the commit, a failure must not make the declaration look failed.
        let settings = self.settings().await.map_err(|error| status::database(&error))?;
        let incident = incidents::declare(&self.app.pool, &wish, declaration)
            .await
            .map_err(|error| refusal(&error))?;
        Ok(Response::new(DeclareIncidentResponse {
            incident: Some(convert::incident(&incident, &settings)),
        }))
    }

    type WatchIncidentsStream = Changes;

    async fn watch_incidents(&self, request: Request<WatchIncidentsRequest>) -> Result<Response<Changes>, Status> {
        let (caller, peer) = (auth::caller(&request)?.clone(), auth::peer(&request));
        let not_found = || Status::not_found("There is no such incident.");
        let WatchIncidentsRequest {
            incident_id,
            open_private,
        } = request.into_inner();
        let only: Option<IncidentId> = match incident_id.as_str() {
            "" => None,
            id => Some(id.parse().map_err(|_| not_found())?),
        };
        let mut opened = false;
        if let Some(id) = only {
            let found = see::find(&self.app, &caller, &peer, id, open_private).await;
            let found = found.map_err(|error| status::database(&error))?;
            // Whoever is in it sees it anyway; for an admin who is not, opening it was written down.
            opened = found.ok_or_else(not_found)?.opened;
        }
        let changes = watch::begin(&self.app, caller, only, opened, self.shutdown.clone()).await?;
        Ok(Response::new(changes))
    }

    async fn get_incident_options(
        &self,
        request: Request<GetIncidentOptionsRequest>,
    ) -> Result<Response<GetIncidentOptionsResponse>, Status> {
        auth::caller(&request)?;
        let found = async {
            let mut conn = self.app.pool.acquire().await?;
            let enabled = store::on_call::state(&mut conn).await?.enabled;
            let settings = self.app.pool.settings(&mut conn).await?;
            let called = incidents::called_by_severities(&mut conn, &settings, self.app.clock.now()).await?;
            Ok((settings, enabled, called))
        };
        let (settings, enabled, called) = found.await.map_err(|error| status::database(&error))?;
        Ok(Response::new(GetIncidentOptionsResponse {
            paging: enabled,
            resolve_pages: paging::on_resolve(&settings).into(),
            severity_pages: called
                .into_iter()
                .map(|(severity, teams)| SeverityPages { severity, teams })
                .collect(),
            severities: convert::severities(&settings),
            statuses: convert::statuses(&settings),
            default_severity: settings.default_severity.clone(),
            time_zone: settings.time_zone.name().to_owned(),
            roles: settings.roles.iter().map(convert::role).collect(),
            rca_channel: settings.rca_channel,
            private_in_digest: settings.private_in_digest,
        }))
    }

    async fn set_severity(
        &self,
        request: Request<SetSeverityRequest>,
    ) -> Result<Response<SetSeverityResponse>, Status> {
        severity::set(&self.app, request).await
    }

    async fn set_status(&self, request: Request<SetStatusRequest>) -> Result<Response<SetStatusResponse>, Status> {
        set_status::set(&self.app, request).await
    }

    async fn assign_role(&self, request: Request<AssignRoleRequest>) -> Result<Response<AssignRoleResponse>, Status> {
        roles::assign(&self.app, request).await
    }

    async fn give_up_role(&self, request: Request<GiveUpRoleRequest>) -> Result<Response<GiveUpRoleResponse>, Status> {
        roles::give_up(&self.app, request).await
    }

    async fn send_update(&self, request: Request<SendUpdateRequest>) -> Result<Response<SendUpdateResponse>, Status> {
        update::send(&self.app, request).await
    }

    async fn add_timeline_entry(
        &self,
        request: Request<AddTimelineEntryRequest>,
    ) -> Result<Response<AddTimelineEntryResponse>, Status> {
        notes::add(&self.app, request).await
    }

    async fn change_timeline_entry(
        &self,
        request: Request<ChangeTimelineEntryRequest>,
    ) -> Result<Response<ChangeTimelineEntryResponse>, Status> {
        notes::change(&self.app, request).await
    }

    async fn delete_timeline_entry(
        &self,
        request: Request<DeleteTimelineEntryRequest>,
    ) -> Result<Response<DeleteTimelineEntryResponse>, Status> {
        notes::delete(&self.app, request).await
    }

    async fn retry_problem(
        &self,
        request: Request<RetryProblemRequest>,
    ) -> Result<Response<RetryProblemResponse>, Status> {
        notes::retry(&self.app, request).await
    }

    async fn list_pins(&self, request: Request<ListPinsRequest>) -> Result<Response<ListPinsResponse>, Status> {
        pins::list(&self.app, request).await
    }

    async fn list_legacy_records(
        &self,
        request: Request<ListLegacyRecordsRequest>,
    ) -> Result<Response<ListLegacyRecordsResponse>, Status> {
        legacy::list(&self.app, request).await
    }

    async fn page_team(&self, request: Request<PageTeamRequest>) -> Result<Response<PageTeamResponse>, Status> {
        paging::page(&self.app, request).await
    }

    async fn page_anyway(&self, request: Request<PageAnywayRequest>) -> Result<Response<PageAnywayResponse>, Status> {
        paging::page_anyway(&self.app, request).await
    }

    async fn preview_page(
        &self,
        request: Request<PreviewPageRequest>,
    ) -> Result<Response<PreviewPageResponse>, Status> {
        paging::preview(&self.app, request).await
    }

    async fn invite_person(
        &self,
        request: Request<InvitePersonRequest>,
    ) -> Result<Response<InvitePersonResponse>, Status> {
        paging::invite(&self.app, request).await
    }

    async fn search_people(
        &self,
        request: Request<SearchPeopleRequest>,
    ) -> Result<Response<SearchPeopleResponse>, Status> {
        roles::search(&self.app, request).await
    }
}

fn refusal(error: &DeclareError) -> Status {
    match error {
        DeclareError::Description(reason) => Status::invalid_argument(format!("description: {reason}")),
        DeclareError::UnknownSeverity(_) => Status::invalid_argument(format!("severity: {error}")),
        DeclareError::OtherRequest => Status::already_exists(error.to_string()),
        DeclareError::Store(error) => status::database(error),
        DeclareError::Jobs(_) | DeclareError::TimedOut | DeclareError::Closed => {
            tracing::error!(%error, "an incident could not be declared");
            Status::unavailable(
                "We couldn’t confirm that the incident was declared. Try again; it won’t be declared twice.",
            )
        }
    }
}

/// The job that did not do what an entry says could not be done.
fn failed_job(entry: &TimelineEntry) -> Option<Uuid> {
    match entry.happening {
        Happening::Problem { job, .. } => job,
        _ => None,
    }
}

fn filter(request: &ListIncidentsRequest) -> Result<Filter, Status> {
    let words: Vec<String> = request.query.split_whitespace().map(without_nul).collect();
    for (field, count) in [
        ("severities", request.severities.len()),
        ("statuses", request.statuses.len()),
        ("query", words.len()),
    ] {
        if count > MOST_WORDS {
            return Err(Status::invalid_argument(format!(
                "{field}: at most {MOST_WORDS} can be searched for at once."
            )));
        }
    }
    Ok(Filter {
        resolved: match request.state() {
            IncidentState::Unspecified => None,
            IncidentState::Open => Some(false),
            IncidentState::Resolved => Some(true),
        },
        severities: request.severities.iter().map(|key| without_nul(key)).collect(),
        statuses: request.statuses.iter().map(|key| without_nul(key)).collect(),
        words,
    })
}

fn token(last: &Incident) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}.{}", last.declared_at.timestamp_micros(), last.id))
}

fn cursor(token: &str) -> Option<Cursor> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let (micros, id) = text.split_once('.')?;
    Some(Cursor {
        declared_at: DateTime::<Utc>::from_timestamp_micros(micros.parse().ok()?)?,
        id: id.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_ours_is_known_again_and_others_are_not() {
        let id = IncidentId::generate();
        let token = URL_SAFE_NO_PAD.encode(format!("1764000000123456.{id}"));
        let cursor_of = cursor(&token).unwrap();
        assert_eq!(cursor_of.id, id);
        assert_eq!(cursor_of.declared_at.timestamp_micros(), 1_764_000_000_123_456);
        for wrong in [
            "x",
            "AAAA",
            &URL_SAFE_NO_PAD.encode("1.2"),
            &URL_SAFE_NO_PAD.encode(format!("x.{id}")),
        ] {
            assert_eq!(cursor(wrong), None, "{wrong}");
        }
    }
}
