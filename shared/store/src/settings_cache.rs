//! Keeps the settings of a process until the database says that one has changed.
//!
//! A trigger on `settings` notifies at commit. Whoever keeps the settings forgets them when that is heard and whenever the
//! connection that hears is not there; until they are read anew, everybody reads for themselves. A connection that was cut
//! without a word is found out within [`PING_EVERY`] and [`PING_TIME`]; no setting is older than that.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use domain::Settings;
use sqlx::postgres::PgListener;
use sqlx::{Error, Executor};

use crate::PgPool;

const CHANNEL: &str = "settings_changed";
/// How often a quiet connection is asked for a sign of life.
const PING_EVERY: Duration = Duration::from_secs(5);
/// How long it may take to answer.
const PING_TIME: Duration = Duration::from_secs(2);
/// How long to wait before connecting again.
const BACKOFF: Duration = Duration::from_millis(500);

/// The settings as they were last read, while it is certain that they have not changed since.
#[derive(Clone, Debug, Default)]
pub(crate) struct SettingsCache(Arc<RwLock<Option<Arc<Settings>>>>);

impl SettingsCache {
    pub(crate) fn get(&self) -> Option<Arc<Settings>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, settings: Option<Settings>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = settings.map(Arc::new);
    }
}

/// Forgets the settings when it ends, however that comes about.
struct Forget<'a>(&'a SettingsCache);

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.0.set(None);
    }
}

/// Keeps the settings of `pool` fresh, for ever. Where it does not run, they are read each time.
pub(crate) async fn keep(pool: &PgPool, cache: &SettingsCache) {
    loop {
        let Err(error) = listen(pool, cache).await;
        tracing::warn!(%error, "changes of settings are not heard; they are read each time meanwhile");
        tokio::time::sleep(BACKOFF).await;
    }
}

async fn listen(pool: &PgPool, cache: &SettingsCache) -> Result<std::convert::Infallible, Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.eager_reconnect(false);
    // First listening, then reading: no change falls between.
    listener.listen(CHANNEL).await?;
    let forget = Forget(cache);
    loop {
        let settings = crate::settings::load(&mut *pool.acquire().await?).await?;
        cache.set(Some(settings));
        while !changed(&mut listener).await? {}
        forget.0.set(None);
    }
}

/// Waits for a change, or for a sign of life.
async fn changed(listener: &mut PgListener) -> Result<bool, Error> {
    match tokio::time::timeout(PING_EVERY, listener.try_recv()).await {
        Ok(heard) => heard?.map(|_| true).ok_or(Error::WorkerCrashed),
        Err(_quiet) => match tokio::time::timeout(PING_TIME, listener.execute("SELECT 1")).await {
            Ok(answer) => answer.map(|_| false),
            Err(_) => Err(Error::PoolTimedOut),
        },
    }
}
