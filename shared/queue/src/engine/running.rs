//! The runs that this process holds a lease on.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::context::RunKey;

/// Why a run has to end before it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Its lease was not renewed: somebody else may have it.
    LeaseLost,
    /// The process stops.
    Shutdown,
}

/// Stops one run.
#[derive(Debug, Default)]
pub(crate) struct StopSwitch {
    reason: OnceLock<Stop>,
    thrown: CancellationToken,
}

impl StopSwitch {
    fn throw(&self, reason: Stop) {
        let _ = self.reason.set(reason);
        self.thrown.cancel();
    }

    /// Waits until the run has to stop.
    pub(crate) async fn thrown(&self) -> Stop {
        self.thrown.cancelled().await;
        self.reason.get().copied().unwrap_or(Stop::LeaseLost)
    }
}

struct Held {
    /// When the lease ends, at the earliest.
    deadline: Instant,
    stop: Arc<StopSwitch>,
    /// Set when the handler completes the job in its own transaction, which keeps the row locked until it ends.
    completed: Arc<AtomicBool>,
}

/// All runs of this process, from the fetch until the outcome is written.
#[derive(Default)]
pub(crate) struct Running {
    runs: Mutex<HashMap<RunKey, Held>>,
    emptied: Notify,
}

impl Running {
    fn lock(&self) -> MutexGuard<'_, HashMap<RunKey, Held>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn insert(&self, key: RunKey, deadline: Instant) -> (Arc<StopSwitch>, Arc<AtomicBool>) {
        let held = Held {
            deadline,
            stop: Arc::default(),
            completed: Arc::default(),
        };
        let handles = (held.stop.clone(), held.completed.clone());
        self.lock().insert(key, held);
        handles
    }

    pub(crate) fn remove(&self, key: RunKey) {
        let mut runs = self.lock();
        runs.remove(&key);
        if runs.is_empty() {
            self.emptied.notify_waiters();
        }
    }

    pub(crate) fn keys(&self) -> Vec<RunKey> {
        self.lock().keys().copied().collect()
    }

    /// Notes that these leases were renewed.
    pub(crate) fn renewed(&self, keys: impl IntoIterator<Item = RunKey>, deadline: Instant) {
        let mut runs = self.lock();
        for key in keys {
            if let Some(held) = runs.get_mut(&key) {
                held.deadline = deadline;
            }
        }
    }

    /// Stops a run whose lease is somebody else's.
    pub(crate) fn lost(&self, key: RunKey) {
        if let Some(held) = self.lock().get(&key)
            && !held.completed.load(Ordering::Acquire)
        {
            held.stop.throw(Stop::LeaseLost);
        }
    }

    /// Stops the runs whose lease ends now.
    pub(crate) fn stop_overdue(&self) {
        let now = Instant::now();
        for held in self.lock().values() {
            if held.deadline <= now && !held.completed.load(Ordering::Acquire) {
                held.stop.throw(Stop::LeaseLost);
            }
        }
    }

    pub(crate) fn stop_all(&self, reason: Stop) {
        for held in self.lock().values() {
            held.stop.throw(reason);
        }
    }

    /// Waits until there are none.
    pub(crate) async fn emptied(&self) {
        loop {
            let emptied = self.emptied.notified();
            tokio::pin!(emptied);
            emptied.as_mut().enable();
            if self.lock().is_empty() {
                return;
            }
            emptied.await;
        }
    }
}
