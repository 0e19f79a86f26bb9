//! Handlers of jobs, and periodic jobs. A feature declares both next to its code, and submits them.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::IncidentId;
use queue::{Discard, Job, JobContext, NewJob, Outcome, Registry};
use store::PgConnection;

use crate::failure::{Failure, outcome};
use crate::{Config, Worker};

pub(crate) const HOUR: Duration = Duration::from_hours(1);

/// What people learn when a job is discarded, so that no message is lost silently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDiscard {
    /// A problem is noted with this sentence and the reason: in the incident's timeline and channel, or by direct message if
    /// there is no channel.
    Problem(&'static str),
    /// The same, but posted in the RCA channel if there is one.
    RcaProblem(&'static str),
    /// A problem is noted by `Perform::discarded`, because its sentence names something or it is not always one.
    OwnProblem,
    /// People learn it in another way, which this describes.
    Told(&'static str),
    /// Nobody is notified, for this reason.
    Silent(&'static str),
}

impl OnDiscard {
    pub(crate) const COPY: Self = Self::Silent("the next copy comes soon, and what is shown says how old it is");
    pub(crate) const LOOK: Self = Self::Silent("the next look comes soon");

    /// Whether it is noted as a problem of the incident.
    pub fn is_problem(self) -> bool {
        matches!(self, Self::Problem(_) | Self::RcaProblem(_) | Self::OwnProblem)
    }
}

/// The handler of a job. It may run twice, see [`queue::Handler`].
#[async_trait]
pub(crate) trait Perform: Job {
    /// What people learn when it is discarded.
    const ON_DISCARD: OnDiscard;

    /// Runs it once.
    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure>;

    /// Called in the transaction that discards it. An error delays that; after some errors nobody is notified.
    async fn discarded(&self, worker: &Worker, why: &Discard<'_>, conn: &mut PgConnection) -> Result<(), store::Error> {
        let Some(incident) = why.subject.map(IncidentId) else {
            return Ok(());
        };
        let job = Some(why.job);
        match Self::ON_DISCARD {
            OnDiscard::Problem(what) => {
                let sentence = format!("{what} {why}");
                worker.note_problem(conn, incident, &sentence, job).await
            }
            OnDiscard::RcaProblem(what) => {
                let sentence = format!("{what} {why}");
                worker.note_rca_problem(conn, incident, &sentence, job).await
            }
            OnDiscard::OwnProblem | OnDiscard::Told(_) | OnDiscard::Silent(_) => Ok(()),
        }
    }
}

/// Performs the jobs of the queue.
struct Performs(Worker);

#[async_trait]
impl<J: Perform> queue::Handler<J> for Performs {
    async fn run(&self, job: J, context: &JobContext) -> Outcome {
        outcome(job.perform(&self.0, context).await)
    }

    async fn discarded(&self, job: &J, why: &Discard<'_>, conn: &mut PgConnection) -> Result<(), store::Error> {
        // A row of an older release does not have it.
        let subject = why.subject.or_else(|| job.subject());
        job.discarded(&self.0, &Discard { subject, ..*why }, conn).await
    }
}

/// A handler that a feature submits.
pub(crate) struct Handler {
    pub(crate) kind: &'static str,
    pub(crate) on_discard: OnDiscard,
    pub(crate) add: fn(Registry, &Worker) -> Registry,
}

impl Handler {
    /// The handler of these jobs.
    pub(crate) const fn of<J: Perform>() -> Self {
        Self {
            kind: J::KIND,
            on_discard: J::ON_DISCARD,
            add: |registry, worker| registry.handle::<J>(Performs(worker.clone())),
        }
    }
}

inventory::collect!(Handler);

/// A periodic job that a feature submits.
pub(crate) struct Periodic {
    /// Never changes: the database stores the last tick by this name.
    pub(crate) name: &'static str,
    /// The interval; `None` if it is disabled.
    pub(crate) every: fn(&Config) -> Option<Duration>,
    /// The job of a tick, and the interval.
    pub(crate) job: fn(DateTime<Utc>, Duration) -> NewJob,
}

inventory::collect!(Periodic);
