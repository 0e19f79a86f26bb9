//! Keeps the settings of a process until the database says that one has changed.
//!
//! A trigger on `settings` notifies at commit. Whoever keeps the settings forgets them when that is heard and whenever the
//! connection that hears is not there; until they are read anew, everybody reads for themselves. A connection that was cut
//! without a word is found out within 10 s; no setting is older than that.
//!
//! Requests to check what a process needs are heard on the same connection: another one would cost each process one more.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Notify;

use crate::PgPool;
use crate::checks;
use crate::listener::{Broken, Listener};
use domain::Settings;

const CHANNEL: &str = "settings_changed";
/// How the connections that hear of changes call themselves in `pg_stat_activity`. The last query of one is the reading of
/// the settings that it heard of.
pub const APPLICATION_NAME: &str = "incident-bot settings";
const PING_EVERY: Duration = Duration::from_secs(5);
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
pub(crate) async fn keep(pool: &PgPool, cache: &SettingsCache, checks_requested: &Notify) {
    loop {
        let Err(error) = listen(pool, cache, checks_requested).await;
        tracing::warn!(%error, "changes of settings are not heard; they are read each time meanwhile");
        tokio::time::sleep(BACKOFF).await;
    }
}

async fn listen(
    pool: &PgPool,
    cache: &SettingsCache,
    checks_requested: &Notify,
) -> Result<std::convert::Infallible, Broken> {
    // First listening, then reading: no change falls between.
    let mut listener = Listener::connect(pool, &[CHANNEL, checks::REQUESTED], PING_EVERY).await?;
    listener.call_itself(APPLICATION_NAME).await?;
    let forget = Forget(cache);
    loop {
        let settings = crate::settings::load_with(listener.connection()).await?;
        cache.set(Some(settings));
        while listener.next().await?.channel() == checks::REQUESTED {
            checks_requested.notify_one();
        }
        forget.0.set(None);
    }
}
