//! A job: its payload, and when it may run.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::queue::{Priority, Queue};
use crate::trace;

/// The payload of a job, stored as JSON.
///
/// Old and new replicas run side by side, so a payload's shape changes like a migration: new fields have a default.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The name in the database, such as `slack.create_channel`. Never changes.
    const KIND: &'static str;
    /// The queue it goes to.
    const QUEUE: Queue;
    /// Its priority within the queue.
    const PRIORITY: Priority;
    /// How long it is retried, from its first possible run.
    const HORIZON: Duration;

    /// What it is about, if the payload contains it.
    fn subject(&self) -> Option<Uuid> {
        None
    }

    /// `job` with the lane and the keys that it has.
    fn with_keys(&self, job: NewJob) -> NewJob {
        job
    }
}

/// When a job may run for the first time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Start {
    Now,
    After(Duration),
    At(DateTime<Utc>),
}

/// A job to [`enqueue`](crate::enqueue).
#[derive(Clone, Debug)]
#[must_use = "a new job does nothing until it is enqueued"]
pub struct NewJob {
    pub(crate) kind: &'static str,
    pub(crate) queue: Queue,
    pub(crate) priority: Priority,
    pub(crate) horizon: Duration,
    pub(crate) payload: Result<String, String>,
    pub(crate) subject: Option<Uuid>,
    pub(crate) lane: Option<String>,
    pub(crate) coalesce: Option<String>,
    pub(crate) once: Option<String>,
    pub(crate) start: Start,
    pub(crate) traceparent: Option<String>,
}

impl NewJob {
    /// A job that may run as soon as the transaction is committed. It remembers the current trace.
    pub fn new<J: Job>(job: &J) -> Self {
        job.with_keys(Self {
            kind: J::KIND,
            queue: J::QUEUE,
            priority: J::PRIORITY,
            horizon: J::HORIZON,
            payload: serde_json::to_string(job).map_err(|error| error.to_string()),
            subject: job.subject(),
            lane: None,
            coalesce: None,
            once: None,
            start: Start::Now,
            traceparent: trace::current(),
        })
    }

    /// What it is about, if its payload does not contain it.
    pub fn about(mut self, subject: Option<Uuid>) -> Self {
        self.subject = subject;
        self
    }

    /// Jobs of a lane run one at a time, in the order in which they were enqueued.
    ///
    /// The caller holds the row lock of what the lane is about (the incident); otherwise the order is undefined.
    pub fn lane(mut self, lane: impl Into<String>) -> Self {
        self.lane = Some(lane.into());
        self
    }

    /// Of the jobs with this key in this queue at most one waits: enqueuing another one renews the payload of the
    /// waiting one, which keeps its place. One that runs already is not waiting. A key goes with one lane or with none.
    pub fn coalesce(mut self, key: impl Into<String>) -> Self {
        self.coalesce = Some(key.into());
        self
    }

    /// One key for [`lane`](Self::lane) and [`coalesce`](Self::coalesce): one runs at a time, and one waits.
    pub fn serial(self, key: impl Into<String>) -> Self {
        let key = key.into();
        self.coalesce(key.clone()).lane(key)
    }

    /// Only the first job with this key is ever enqueued; later ones are ignored, even years later.
    pub fn once(mut self, key: impl Into<String>) -> Self {
        self.once = Some(key.into());
        self
    }

    /// Not before this much time has passed.
    pub fn after(mut self, delay: Duration) -> Self {
        self.start = Start::After(delay);
        self
    }

    /// Not before this moment.
    pub fn at(mut self, moment: DateTime<Utc>) -> Self {
        self.start = Start::At(moment);
        self
    }

    /// The kind of the job.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// The queue it goes to.
    pub fn queue(&self) -> Queue {
        self.queue
    }
}
