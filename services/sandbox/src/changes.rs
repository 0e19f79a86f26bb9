//! "Something changed": what tests and the page wait on.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

/// How long anything is waited for before a wait is given up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Counts changes and wakes whoever waits for one.
#[derive(Clone)]
pub(crate) struct Changes(Arc<watch::Sender<u64>>);

impl Changes {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }

    pub(crate) fn bump(&self) {
        self.0.send_modify(|count| *count += 1);
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }

    /// Asks again after every change until there is an answer, at most for [`PATIENCE`].
    pub(crate) async fn until<T>(&self, mut answer: impl FnMut() -> Option<T>) -> Option<T> {
        let mut changes = self.0.subscribe();
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            changes.mark_unchanged();
            if let Some(found) = answer() {
                return Some(found);
            }
            tokio::time::timeout_at(deadline, changes.changed()).await.ok()?.ok()?;
        }
    }
}
