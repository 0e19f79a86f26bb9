//! Handlers of jobs, and their registry.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::context::JobContext;
use crate::job::{Job, NewJob};
use crate::queue::Queue;

/// The outcome of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done, or not needed anymore.
    Done,
    /// It failed: retried after the backoff.
    Retry {
        /// What failed.
        reason: String,
    },
    /// Nothing failed, but it is too early: run again after a delay.
    Snooze {
        /// How long to wait.
        delay: Duration,
        /// What it waits for.
        reason: String,
    },
    /// Something of ours does not exist yet: run again after a wait that doubles with each attempt, as after failures.
    Wait {
        /// The longest wait, if people would notice a longer one.
        at_most: Option<Duration>,
        /// What it waits for.
        reason: String,
    },
    /// A vendor's rate limit: run again after it has ended, with a random addition, so that not all jobs return at the same
    /// moment.
    RateLimited {
        /// How long the rate limit lasts.
        after: Duration,
        /// Whose rate limit it is.
        reason: String,
    },
    /// It will never work: no more retries.
    Discard {
        /// Why not.
        reason: String,
    },
}

impl Outcome {
    /// Retries after the backoff.
    pub fn retry(reason: impl fmt::Display) -> Self {
        Self::Retry {
            reason: reason.to_string(),
        }
    }

    /// Runs again after `delay`.
    pub fn snooze(delay: Duration, reason: impl fmt::Display) -> Self {
        Self::Snooze {
            delay,
            reason: reason.to_string(),
        }
    }

    /// Runs again when something of ours may exist.
    pub fn wait(reason: impl fmt::Display) -> Self {
        Self::Wait {
            at_most: None,
            reason: reason.to_string(),
        }
    }

    /// Runs again when a vendor's rate limit has ended.
    pub fn rate_limited(after: Duration, reason: impl fmt::Display) -> Self {
        Self::RateLimited {
            after,
            reason: reason.to_string(),
        }
    }

    /// Discards the job.
    pub fn discard(reason: impl fmt::Display) -> Self {
        Self::Discard {
            reason: reason.to_string(),
        }
    }
}

/// A job that is discarded, and why.
#[derive(Clone, Copy, Debug)]
pub struct Discard<'a> {
    /// The job's id, by which it can be retried.
    pub job: Uuid,
    /// What it is about.
    pub subject: Option<Uuid>,
    /// Why, in a sentence for people.
    pub reason: &'a str,
}

/// The reason.
impl fmt::Display for Discard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)
    }
}

/// Runs the jobs of one kind.
///
/// A job may run twice: its process may die after the effect and before the outcome is written. So a handler reads the current
/// state, ends if nothing is needed anymore, and gives a key to every effect that must happen once.
#[async_trait]
pub trait Handler<J: Job>: Send + Sync + 'static {
    /// Runs `job` once. It must not block its thread: use `spawn_blocking` for that.
    async fn run(&self, job: J, context: &JobContext) -> Outcome;

    /// Called in the transaction that discards `job`: for a notice to enqueue or a problem to note.
    ///
    /// It is discarded because of its outcome, because its horizon has passed, or because too many runs were lost. After some
    /// errors from here it is discarded without this, and its reason says that nobody was notified.
    async fn discarded(&self, job: &J, why: &Discard<'_>, conn: &mut PgConnection) -> Result<(), sqlx::Error> {
        let _ = (job, why, conn);
        Ok(())
    }
}

/// A payload that its handler cannot read.
#[derive(Debug, thiserror::Error)]
#[error("the payload cannot be read: {0}")]
pub(crate) struct Unreadable(#[from] serde_json::Error);

/// Why a handler did not notify anybody that its job is discarded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotTold {
    /// The payload cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The transaction cannot go on.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
}

/// A handler without its job type.
#[async_trait]
pub(crate) trait AnyHandler: Send + Sync + 'static {
    async fn run(&self, payload: &str, context: &JobContext) -> Result<Outcome, Unreadable>;
    async fn discarded(&self, payload: &str, why: &Discard<'_>, conn: &mut PgConnection) -> Result<(), NotTold>;
}

struct Typed<J, H> {
    handler: H,
    job: PhantomData<fn() -> J>,
}

#[async_trait]
impl<J: Job, H: Handler<J>> AnyHandler for Typed<J, H> {
    async fn run(&self, payload: &str, context: &JobContext) -> Result<Outcome, Unreadable> {
        let job = serde_json::from_str(payload)?;
        Ok(self.handler.run(job, context).await)
    }

    async fn discarded(&self, payload: &str, why: &Discard<'_>, conn: &mut PgConnection) -> Result<(), NotTold> {
        let job = serde_json::from_str(payload).map_err(Unreadable::from)?;
        Ok(self.handler.discarded(&job, why, conn).await?)
    }
}

/// A periodic job.
#[derive(Clone)]
pub(crate) struct Periodic {
    pub(crate) name: String,
    pub(crate) every: Duration,
    pub(crate) make: Arc<dyn Fn(DateTime<Utc>) -> NewJob + Send + Sync>,
}

/// The handlers that a process has, and its periodic jobs.
#[derive(Clone, Default)]
#[must_use = "a registry does nothing until it is run"]
pub struct Registry {
    pub(crate) handlers: BTreeMap<&'static str, (Queue, Arc<dyn AnyHandler>)>,
    pub(crate) periodic: Vec<Periodic>,
    /// Named twice: refused when it is run.
    pub(crate) doubled: Vec<String>,
}

impl Registry {
    /// One without handlers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the handler of a kind of job.
    pub fn handle<J: Job>(mut self, handler: impl Handler<J>) -> Self {
        let handler = Arc::new(Typed {
            handler,
            job: PhantomData::<fn() -> J>,
        });
        if self.handlers.insert(J::KIND, (J::QUEUE, handler)).is_some() {
            self.doubled.push(J::KIND.to_owned());
        }
        self
    }

    /// Adds a job for every tick: the moments that are a whole number of `every` after 1970. Of all processes with the
    /// same `name` one enqueues it. Ticks missed while all were down become one. If a job still waits at the next tick, it is
    /// renewed.
    pub fn periodic(
        mut self,
        name: impl Into<String>,
        every: Duration,
        make: impl Fn(DateTime<Utc>) -> NewJob + Send + Sync + 'static,
    ) -> Self {
        self.add_periodic(Periodic {
            name: name.into(),
            every,
            make: Arc::new(make),
        });
        self
    }

    /// Adds everything of another one.
    pub fn merge(mut self, other: Self) -> Self {
        for (kind, handler) in other.handlers {
            if self.handlers.insert(kind, handler).is_some() {
                self.doubled.push(kind.to_owned());
            }
        }
        for periodic in other.periodic {
            self.add_periodic(periodic);
        }
        self.doubled.extend(other.doubled);
        self
    }

    /// The kinds that have a handler.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> {
        self.handlers.keys().copied()
    }

    fn add_periodic(&mut self, periodic: Periodic) {
        if self.periodic.iter().any(|known| known.name == periodic.name) {
            self.doubled.push(periodic.name.clone());
        }
        self.periodic.push(periodic);
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let periodic: Vec<_> = self.periodic.iter().map(|periodic| &periodic.name).collect();
        f.debug_struct("Registry")
            .field("kinds", &self.handlers.keys())
            .field("periodic", &periodic)
            .finish_non_exhaustive()
    }
}
