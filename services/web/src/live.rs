//! Tells open streams which incidents and accounts changed.
//!
//! One connection per process listens to what Postgres tells at every commit. What changed is read once for all streams,
//! and each decides for itself whether its viewer may know. Where changes may have been missed, every stream is told so
//! and ends: its client lists again.

use std::sync::Arc;
use std::time::Duration;

use domain::Settings;
use store::PgPool;
use store::incident_changes::{Broken, Listener};
use store::incident_list::{self, Changed};
use telemetry::http::Check;
use tokio::sync::{broadcast, watch};
use uuid::Uuid;

/// How many changes a slow client may be behind before it has to list again.
const BEHIND: usize = 1024;
const BACKOFF: Duration = Duration::from_millis(200);
const LONGEST_BACKOFF: Duration = Duration::from_secs(2);

/// What streams are told.
#[derive(Clone, Debug)]
pub(crate) enum News {
    /// An incident changed.
    Changed(Arc<Change>),
    /// A session of this user ended, or what they may see and do changed.
    Account(Uuid),
    /// Changes may have been missed.
    Missed,
}

/// A change, with the settings in whose words it is shown.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) changed: Changed,
    pub(crate) settings: Arc<Settings>,
}

/// Where streams subscribe.
#[derive(Clone, Debug)]
pub(crate) struct Live {
    news: broadcast::Sender<News>,
    listening: watch::Receiver<bool>,
}

impl Live {
    /// Where streams subscribe, and what tells them: a future that does not end.
    pub(crate) fn new(pool: PgPool) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (news, _) = broadcast::channel(BEHIND);
        let (is_listening, listening) = watch::channel(false);
        let sender = news.clone();
        let telling = async move { listen(&pool, &sender, &is_listening).await };
        (Self { news, listening }, telling)
    }

    /// News from now on. Comes back when the connection listens, so that nothing after that is missed.
    pub(crate) async fn subscribe(&self) -> broadcast::Receiver<News> {
        let mut listening = self.listening.clone();
        loop {
            // First subscribed, then asked: a connection that breaks in between tells the subscriber.
            let news = self.news.subscribe();
            if *listening.borrow_and_update() {
                return news;
            }
            if listening.changed().await.is_err() {
                // The service stops, and its streams with it.
                return news;
            }
        }
    }

    /// Whether changes are heard.
    pub(crate) fn check(&self) -> Check {
        if *self.listening.borrow() {
            Check::ok("changes")
        } else {
            Check::failed("changes", "not heard from the database at the moment")
        }
    }
}

async fn listen(pool: &PgPool, news: &broadcast::Sender<News>, is_listening: &watch::Sender<bool>) {
    let mut backoff = BACKOFF;
    loop {
        match Listener::connect(pool).await {
            Ok(listener) => {
                is_listening.send_replace(true);
                backoff = BACKOFF;
                let ended = tell(pool, news, listener).await;
                is_listening.send_replace(false);
                // Nobody listening is no error.
                let _ = news.send(News::Missed);
                tracing::warn!(reason = %ended, "changes of incidents are not heard for a moment");
            }
            Err(error) => {
                tracing::warn!(%error, "changes of incidents are not heard");
                tokio::time::sleep(backoff).await;
                backoff = (backoff * 2).min(LONGEST_BACKOFF);
            }
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error(transparent)]
    Broken(#[from] Broken),
    #[error("what changed could not be read: {0}")]
    Store(#[from] store::Error),
}

async fn tell(pool: &PgPool, news: &broadcast::Sender<News>, mut listener: Listener) -> Ended {
    loop {
        let told = async {
            let changes = listener.next().await?;
            for user in changes.users {
                let _ = news.send(News::Account(user));
            }
            if changes.incidents.is_empty() || news.receiver_count() == 0 {
                return Ok(());
            }
            let mut conn = pool.acquire().await?;
            let incidents = incident_list::changed(&mut conn, &changes.incidents).await?;
            let settings = pool.settings(&mut conn).await?;
            for changed in incidents {
                let change = Change {
                    changed,
                    settings: Arc::clone(&settings),
                };
                let _ = news.send(News::Changed(Arc::new(change)));
            }
            Ok(())
        };
        if let Err(ended) = told.await {
            return ended;
        }
    }
}
