//! The one connection that a process keeps open: wake-ups come by it, and it shows the others that the process lives.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use sqlx::Executor;
use sqlx::postgres::{PgListener, PgPoolOptions};
use thiserror::Error;
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

use super::Engine;
use super::fetch::jittered;
use super::liveness;

const CHANNEL: &str = "incident_bot_jobs";
/// How long connecting may take, with everything that comes before the first wake-up.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// How long the connection may be quiet before it is probed.
const PING_EVERY: Duration = Duration::from_secs(2);
/// How long it may take to respond.
const PING_TIME: Duration = Duration::from_secs(2);
/// Between two attempts at connecting; the first one comes before the other workers take this one for dead.
const SHORTEST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Why a new connection is needed.
#[derive(Debug, Error)]
enum Lost {
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    #[error("the connection was closed")]
    Closed,
    #[error("the connection could not be made within {} s", CONNECT_TIME.as_secs())]
    NotMade,
    #[error("the connection gave no sign of life for {} s", PING_TIME.as_secs())]
    Silent,
}

/// Passes the wake-ups on until it is cancelled.
pub(super) async fn run(engine: Arc<Engine>) {
    let mut pause = SHORTEST_PAUSE;
    let mut failing = false;
    loop {
        let lost = match timeout(CONNECT_TIME, connect(&engine)).await {
            Ok(Ok(listener)) => {
                if std::mem::take(&mut failing) {
                    info!("wake-ups are heard again");
                }
                pause = SHORTEST_PAUSE;
                let Err(lost) = listen(&engine, listener).await;
                lost
            }
            Ok(Err(error)) => error.into(),
            Err(_) => Lost::NotMade,
        };
        if !std::mem::replace(&mut failing, true) {
            warn!(error = %lost, "wake-ups are lost until the database is back; the queues are polled");
        }
        sleep(jittered(pause)).await;
        pause = (2 * pause).min(LONGEST_PAUSE);
    }
}

async fn connect(engine: &Engine) -> Result<PgListener, sqlx::Error> {
    let sessions = engine.sessions.clone();
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .after_connect(move |connection, _| {
            let sessions = sessions.clone();
            Box::pin(async move { sessions.set_up(connection).await })
        })
        .connect_with(engine.sessions.options().clone())
        .await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    liveness::take_lock(engine, &mut listener).await?;
    Ok(listener)
}

async fn listen(engine: &Engine, mut listener: PgListener) -> Result<Infallible, Lost> {
    // Earlier notifications were missed.
    engine.wake_all();
    // While the lock was free, runs of this process may have been given away.
    engine.renew_now.notify_one();
    loop {
        match timeout(PING_EVERY, listener.try_recv()).await {
            Ok(heard) => {
                let notification = heard?.ok_or(Lost::Closed)?;
                if let Some(queue) = engine.queue(notification.payload()) {
                    engine.wake(queue);
                }
            }
            Err(_quiet) => {
                let answer = timeout(PING_TIME, listener.execute("SELECT 1")).await;
                answer.map_err(|_| Lost::Silent)??;
            }
        }
    }
}
