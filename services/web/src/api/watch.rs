//! One stream of changes, for one viewer.

use std::collections::HashSet;
use std::pin::Pin;
use std::time::Duration;

use domain::IncidentId;
use futures_util::Stream;
use futures_util::stream;
use store::console_sessions;
use store::console_users::Role;
use store::incident_list::{self, Viewer};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::{convert, status};
use crate::App;
use crate::auth::Caller;
use crate::live::News;
use crate::proto::WatchIncidentsResponse;

/// The answer of `WatchIncidents`.
pub(crate) type Changes = Pin<Box<dyn Stream<Item = Result<WatchIncidentsResponse, Status>> + Send>>;

/// How long a client waits for the stream to begin while the database is away.
const PATIENCE: Duration = Duration::from_secs(5);
/// A stream that is silent for this long says that it stands, so that a client notices one that was cut.
const SILENCE: Duration = Duration::from_secs(15);
/// How soon a stream ends after its session grew old. What somebody did to it is heard of at once.
const LOOK_AT_SESSION: Duration = Duration::from_secs(30);

struct Watch {
    app: App,
    caller: Caller,
    viewer: Viewer,
    only: Option<IncidentId>,
    /// Whether an admin has opened [`Self::only`] although they are not in it.
    opened: bool,
    /// The private incidents that they may see.
    private: HashSet<IncidentId>,
    news: broadcast::Receiver<News>,
    shutdown: CancellationToken,
    look_at_session: Instant,
    state: State,
}

enum State {
    Beginning,
    Running,
    Ended,
}

/// Begins a stream of the changes that the caller may see, of one incident or of all.
pub(crate) async fn begin(
    app: &App,
    caller: Caller,
    only: Option<IncidentId>,
    opened: bool,
    shutdown: CancellationToken,
) -> Result<Changes, Status> {
    let news = tokio::time::timeout(PATIENCE, app.live.subscribe())
        .await
        .map_err(|_| Status::unavailable("The database cannot be reached at the moment. Please try again."))?;
    let viewer = caller.viewer();
    let private = async {
        let mut conn = app.pool.acquire().await?;
        incident_list::private(&mut conn, &viewer).await
    };
    let private = private.await.map_err(|error: store::Error| status::database(&error))?;
    let watch = Watch {
        app: app.clone(),
        viewer,
        caller,
        private: private.into_iter().collect(),
        only,
        opened,
        news,
        shutdown,
        look_at_session: Instant::now() + LOOK_AT_SESSION,
        state: State::Beginning,
    };
    Ok(Box::pin(stream::unfold(watch, async |mut watch| {
        let message = match watch.state {
            State::Beginning => {
                watch.state = State::Running;
                Ok(WatchIncidentsResponse { incident: None })
            }
            State::Running => watch.next().await,
            State::Ended => return None,
        };
        if message.is_err() {
            watch.state = State::Ended;
        }
        Some((message, watch))
    })))
}

impl Watch {
    async fn next(&mut self) -> Result<WatchIncidentsResponse, Status> {
        let silent = Instant::now() + SILENCE;
        loop {
            let news = tokio::select! {
                () = self.shutdown.cancelled() => {
                    return Err(Status::unavailable("The service is restarting. Please connect again."));
                }
                () = tokio::time::sleep_until(self.look_at_session) => {
                    self.session_goes_on().await?;
                    continue;
                }
                () = tokio::time::sleep_until(silent) => return Ok(WatchIncidentsResponse { incident: None }),
                news = self.news.recv() => news,
            };
            match news {
                Ok(News::Changed(change)) => {
                    let incident = &change.changed.incident;
                    if self.only.is_some_and(|only| only != incident.id) {
                        continue;
                    }
                    let is_admin = self.caller.may(Role::Admin);
                    let is_visible = change.changed.is_visible_to(&self.viewer);
                    if is_visible && incident.private {
                        self.private.insert(incident.id);
                    }
                    let incident = if is_visible || (is_admin && self.opened) {
                        convert::incident(incident, &change.settings)
                    } else if is_admin {
                        convert::listed(&change.changed.sealed(), &change.settings)
                    } else if self.private.remove(&incident.id) {
                        // It stands in lists that were loaded before.
                        return Err(Status::aborted("Your access has changed. Please list again."));
                    } else {
                        continue;
                    };
                    return Ok(WatchIncidentsResponse {
                        incident: Some(incident),
                    });
                }
                Ok(News::Account(user)) => {
                    if user == self.caller.user().id {
                        self.session_goes_on().await?;
                    }
                }
                Ok(News::Missed) | Err(RecvError::Lagged(_)) => {
                    return Err(Status::aborted("Changes may have been missed. Please list again."));
                }
                Err(RecvError::Closed) => {
                    return Err(Status::unavailable("The service is restarting. Please connect again."));
                }
            }
        }
    }

    /// A session that ended, or whose user may see or do something else now, ends its streams too.
    async fn session_goes_on(&mut self) -> Result<(), Status> {
        self.look_at_session = Instant::now() + LOOK_AT_SESSION;
        let session = async {
            let mut conn = self.app.pool.acquire().await?;
            console_sessions::get(&mut conn, &self.caller.token_hash, self.app.clock.now()).await
        };
        match session.await {
            Ok(None) => Err(Status::unauthenticated("Please sign in again.")),
            // What was shown before may be more than they may see now, or less.
            Ok(Some(session)) if session.user != self.caller.session.user => {
                Err(Status::aborted("Your account has changed. Please list again."))
            }
            Ok(Some(session)) => {
                self.caller.session = session;
                Ok(())
            }
            // The database may be back before the next look.
            Err(error) => {
                tracing::warn!(%error, "a session could not be checked");
                Ok(())
            }
        }
    }
}
