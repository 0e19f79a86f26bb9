//! One run of a job, from the fetch to the outcome.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::OwnedSemaphorePermit;
use tracing::field::{self, DisplayValue};
use uuid::Uuid;

use super::Engine;
use super::finish::{Answer, Verdict};
use super::running::StopSwitch;
use crate::context::{JobContext, RunKey};
use crate::queue::Queue;

/// The lease on a run. It is renewed until this is dropped.
pub(crate) struct Lease {
    engine: Arc<Engine>,
    pub(crate) key: RunKey,
    /// A place among the runs whose outcome is not written yet.
    _place: OwnedSemaphorePermit,
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.engine.running.remove(self.key);
    }
}

/// The row of a job.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) key: RunKey,
    pub(crate) queue: Queue,
    pub(crate) kind: String,
    pub(crate) payload: String,
    /// The incident that it is about.
    pub(crate) subject: Option<Uuid>,
    pub(crate) laned: bool,
    pub(crate) attempt: u32,
    pub(crate) failures: u32,
    pub(crate) crashes: u32,
    pub(crate) run_at: DateTime<Utc>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) gives_up_at: DateTime<Utc>,
    pub(crate) traceparent: Option<String>,
}

/// The subject of a job in the log, where it is called `incident`, as in the services' log lines.
pub(crate) fn named(subject: Option<Uuid>) -> Option<DisplayValue<Uuid>> {
    subject.map(field::display)
}

/// A run of a job. Dropped without an outcome, it is given back unchanged.
pub(crate) struct Run {
    pub(crate) engine: Arc<Engine>,
    pub(crate) row: Arc<Row>,
    pub(crate) stop: Arc<StopSwitch>,
    pub(crate) completed: Arc<AtomicBool>,
    lease: Mutex<Option<Lease>>,
    slot: Mutex<Option<OwnedSemaphorePermit>>,
}

impl Run {
    /// A run just fetched, whose lease lasts until `deadline`.
    pub(crate) fn new(
        engine: Arc<Engine>,
        row: Row,
        deadline: tokio::time::Instant,
        slot: OwnedSemaphorePermit,
        place: OwnedSemaphorePermit,
    ) -> Self {
        let (stop, completed) = engine.running.insert(row.key, deadline);
        let lease = Lease {
            engine: engine.clone(),
            key: row.key,
            _place: place,
        };
        Self {
            engine,
            row: Arc::new(row),
            stop,
            completed,
            lease: Mutex::new(Some(lease)),
            slot: Mutex::new(Some(slot)),
        }
    }

    pub(crate) fn context(&self) -> JobContext {
        JobContext {
            key: self.row.key,
            locked_by: self.engine.identity,
            attempt: self.row.attempt,
            subject: self.row.subject,
            created_at: self.row.created_at,
            gives_up_at: self.row.gives_up_at,
            clock: self.engine.config.clock.clone(),
            completed: self.completed.clone(),
        }
    }

    /// Another job may run in the place of this one: its handler has ended.
    pub(crate) fn free_slot(&self) {
        drop(self.slot.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// Submits the outcome. It is written soon, with retries. Only the first outcome counts.
    pub(crate) fn answer(&self, verdict: Verdict) {
        self.free_slot();
        if let Some(lease) = self.take_lease() {
            let answer = Answer {
                lease,
                row: self.row.clone(),
                verdict,
            };
            // The receiver is gone when the engine is: then the lease runs out.
            let _ = self.engine.answers.send(answer);
        }
    }

    /// Ends the run without an outcome, because none is needed.
    pub(crate) fn forget(&self) {
        drop(self.take_lease());
    }

    fn take_lease(&self) -> Option<Lease> {
        self.lease.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.answer(Verdict::Released);
    }
}
