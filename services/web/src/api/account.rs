//! The account of the caller: who they are in Slack.

use chrono::{DateTime, TimeDelta, Utc};
use incidents::ConnectError;
use store::console_users::User;
use store::slack_links::{self, SlackLink};
use tonic::{Request, Response, Status};

use super::{convert, status};
use crate::App;
use crate::auth;
use crate::proto::account_service_server::AccountService;
use crate::proto::{
    ConnectSlackRequest, ConnectSlackResponse, GetSlackConnectionRequest, GetSlackConnectionResponse, SlackConnection,
    SlackConnectionState,
};

/// How long it is told what became of a question.
const LATELY: TimeDelta = TimeDelta::hours(1);

/// `incident_bot.v1.AccountService`.
pub(crate) struct AccountApi {
    app: App,
}

impl AccountApi {
    pub(crate) fn new(app: App) -> Self {
        Self { app }
    }

    async fn connection(&self, user: &User) -> Result<SlackConnection, Status> {
        let now = self.app.clock.now();
        let found = async {
            let mut conn = self.app.pool.acquire().await?;
            let asked = slack_links::of_user(&mut conn, user.id, now - LATELY).await?;
            let asked = asked.into_iter().next();
            let asked_user = asked.as_ref().map(|link| &link.slack_user_id);
            let name = match user.slack_user_id.as_ref().or(asked_user) {
                Some(person) => store::slack_users::name(&mut conn, person).await?,
                None => None,
            };
            Ok((asked, name))
        };
        let (asked, name) = found.await.map_err(|error: store::Error| status::database(&error))?;
        let state = state(user, asked.as_ref(), now);
        let waits = state == SlackConnectionState::Waiting;
        Ok(SlackConnection {
            state: state.into(),
            name: name.unwrap_or_default(),
            expires_at: asked.filter(|_| waits).map(|link| convert::time(link.expires_at)),
        })
    }
}

fn state(user: &User, asked: Option<&SlackLink>, now: DateTime<Utc>) -> SlackConnectionState {
    match asked {
        _ if user.slack_user_id.is_some() => SlackConnectionState::Connected,
        Some(link) if link.is_open(now) => SlackConnectionState::Waiting,
        Some(link) if link.confirmed == Some(false) => SlackConnectionState::Declined,
        Some(link) if link.confirmed.is_none() => SlackConnectionState::Expired,
        // Confirmed, and not the same person any more.
        Some(_) | None => SlackConnectionState::NotConnected,
    }
}

#[tonic::async_trait]
impl AccountService for AccountApi {
    async fn get_slack_connection(
        &self,
        request: Request<GetSlackConnectionRequest>,
    ) -> Result<Response<GetSlackConnectionResponse>, Status> {
        let caller = auth::caller(&request)?;
        let connection = self.connection(caller.user()).await?;
        Ok(Response::new(GetSlackConnectionResponse {
            connection: Some(connection),
        }))
    }

    async fn connect_slack(
        &self,
        request: Request<ConnectSlackRequest>,
    ) -> Result<Response<ConnectSlackResponse>, Status> {
        let (caller, peer) = (auth::caller(&request)?, auth::peer(&request));
        let (user, address) = (caller.user(), peer.address.to_string());
        incidents::connect_slack(&self.app.pool, user.id, &address, self.app.clock.now())
            .await
            .map_err(refusal)?;
        let connection = self.connection(user).await?;
        Ok(Response::new(ConnectSlackResponse {
            connection: Some(connection),
        }))
    }
}

fn refusal(error: ConnectError) -> Status {
    let sentence = error.to_string();
    match error {
        ConnectError::UnknownEmail(_) | ConnectError::Ambiguous(_) | ConnectError::Taken => {
            Status::failed_precondition(sentence)
        }
        ConnectError::TooOften(_) => Status::resource_exhausted(sentence),
        ConnectError::NoUser => Status::unauthenticated("Please sign in again."),
        ConnectError::Store(error) => status::database(&error),
        ConnectError::Jobs(error) => {
            tracing::error!(%error, "a question to somebody in Slack could not be recorded");
            status::internal()
        }
    }
}
