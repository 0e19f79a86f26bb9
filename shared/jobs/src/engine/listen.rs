//! Wake-ups from the database: one connection for all queues.

use std::sync::Arc;
use std::time::Duration;

use sqlx::Error;
use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::time::sleep;
use tracing::warn;

use super::Engine;
use super::fetch::jittered;

const CHANNEL: &str = "incident_bot_jobs";
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Passes the wake-ups on, for ever.
pub(super) async fn run(engine: Arc<Engine>) {
    loop {
        if let Err(error) = listen(&engine).await {
            warn!(%error, "wake-ups are lost until the database is back; the queues are polled");
        }
        sleep(jittered(engine.config.poll.min(LONGEST_PAUSE) / 4)).await;
    }
}

async fn listen(engine: &Engine) -> Result<(), Error> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .connect_with(engine.options.clone())
        .await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen(CHANNEL).await?;
    // What came before is not heard of.
    engine.wake_all();
    while let Some(notification) = listener.try_recv().await? {
        if let Ok(queue) = notification.payload().parse() {
            engine.wake(queue);
        }
    }
    Ok(())
}
