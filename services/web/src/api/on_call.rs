//! Who is on call, from the copy; PagerDuty is not asked.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use domain::paging::{Level, OnCall, OnCallState, Team};
use domain::{Settings, local_time};
use store::on_call::{self, TeamPlace};
use tonic::{Request, Response, Status};

use super::act::{Act, without_nul};
use super::{convert, status};
use crate::App;
use crate::auth;
use crate::proto::on_call_service_server::OnCallService;
use crate::proto::{
    self, ListOnCallRequest, ListOnCallResponse, OnCallLevel, OnCallPerson, RefreshOnCallRequest, RefreshOnCallResponse,
};

const DEFAULT_PAGE: usize = 25;
const LARGEST_PAGE: usize = 100;
/// More words have no name.
const MOST_WORDS: usize = 20;
/// The most characters of why PagerDuty cannot be read.
const MOST_REASON: usize = 300;

/// `incident_bot.v1.OnCallService`.
pub(crate) struct OnCallApi {
    app: App,
}

impl OnCallApi {
    pub(crate) fn new(app: App) -> Self {
        Self { app }
    }

    async fn list(
        &self,
        words: &[String],
        after: Option<&TeamPlace>,
        size: usize,
    ) -> Result<ListOnCallResponse, store::Error> {
        let now = self.app.clock.now();
        let mut conn = self.app.pool.acquire().await?;
        let state = on_call::state(&mut conn).await?;
        if !state.enabled {
            // What was copied before it was switched off is nobody's word.
            return Ok(ListOnCallResponse::default());
        }
        let settings = self.app.pool.settings(&mut conn).await?;
        // One more than fits tells whether there is another page.
        let limit = i64::try_from(size + 1).unwrap_or(i64::MAX);
        let mut teams = on_call::teams_after(&mut conn, words, after, limit, now).await?;
        let has_more = teams.len() > size;
        teams.truncate(size);
        Ok(ListOnCallResponse {
            next_page_token: teams.last().filter(|_| has_more).map(token).unwrap_or_default(),
            teams: teams.into_iter().map(team).collect(),
            enabled: true,
            copied_at: state.copied_at.map(convert::time),
            notice: notice(&state, &settings, now),
        })
    }
}

/// Why what is known of who is on call may not be true any more; empty while it is fresh.
pub(super) fn notice(state: &OnCallState, settings: &Settings, now: DateTime<Utc>) -> String {
    if !state.is_stale(now) {
        return String::new();
    }
    let at = |moment| {
        let (date, time) = local_time::parts(moment, settings.time_zone);
        format!("on {date} at {time}")
    };
    let since = |moment| {
        let (date, time) = local_time::parts(moment, settings.time_zone);
        format!("{date} {time}")
    };
    state.age(now, at, since, |error| error.chars().take(MOST_REASON).collect())
}

fn token(last: &Team) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}\n{}", last.id, last.name))
}

fn place(token: &str) -> Option<TeamPlace> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let (id, name) = text.split_once('\n').filter(|_| !text.contains('\0'))?;
    Some((name.to_owned(), id.to_owned()))
}

fn team(team: Team) -> proto::Team {
    proto::Team {
        unpageable: team.unpageable().unwrap_or_default().to_owned(),
        id: team.id,
        name: team.name,
        url: team.url.unwrap_or_default(),
        levels: team.levels.into_iter().map(level).collect(),
    }
}

fn level(level: Level) -> OnCallLevel {
    OnCallLevel {
        number: level.number,
        minutes: level.minutes.unwrap_or_default(),
        people: level.people.into_iter().map(person).collect(),
    }
}

fn person(person: OnCall) -> OnCallPerson {
    OnCallPerson {
        id: person.user_id,
        name: person.name,
        slack_user_id: person.slack_user_id.unwrap_or_default(),
        until: person.until.map(convert::time),
    }
}

#[tonic::async_trait]
impl OnCallService for OnCallApi {
    async fn list_on_call(&self, request: Request<ListOnCallRequest>) -> Result<Response<ListOnCallResponse>, Status> {
        auth::caller(&request)?;
        let request = request.into_inner();
        let size = match usize::try_from(request.page_size) {
            Ok(0) => DEFAULT_PAGE,
            Ok(size) => size.min(LARGEST_PAGE),
            Err(_) => return Err(Status::invalid_argument("page_size: must not be negative.")),
        };
        let after = match request.page_token.as_str() {
            "" => None,
            token => Some(place(token).ok_or_else(|| Status::invalid_argument("page_token: is not valid."))?),
        };
        let words: Vec<_> = request.query.split_whitespace().map(without_nul).collect();
        if words.len() > MOST_WORDS {
            return Err(Status::invalid_argument(format!(
                "query: at most {MOST_WORDS} words can be searched for at once."
            )));
        }
        let listed = self.list(&words, after.as_ref(), size).await;
        listed.map(Response::new).map_err(|error| status::database(&error))
    }

    async fn refresh_on_call(
        &self,
        request: Request<RefreshOnCallRequest>,
    ) -> Result<Response<RefreshOnCallResponse>, Status> {
        let (act, RefreshOnCallRequest {}) = Act::begin(&self.app, request, "refresh_on_call").await?;
        let audit = act.audit();
        let refreshed = incidents::refresh_on_call(&self.app.pool, Some(&audit), self.app.clock.now()).await;
        if let Err(error) = refreshed {
            return Err(act.refusal(error, ""));
        }
        Ok(Response::new(RefreshOnCallResponse {}))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_ours_is_known_again_and_others_are_not() {
        let named = |name: &str| Team {
            id: "P1".to_owned(),
            name: name.to_owned(),
            url: None,
            levels: Vec::new(),
            services: Vec::new(),
        };
        for name in ["Payments", "", "two\nlines", "Ωmega"] {
            assert_eq!(
                place(&token(&named(name))),
                Some((name.to_owned(), "P1".to_owned())),
                "{name}"
            );
        }
        for wrong in ["x", "AAAA", &URL_SAFE_NO_PAD.encode("P1"), &token(&named("\0"))] {
            assert_eq!(place(wrong), None, "{wrong}");
        }
    }
}
