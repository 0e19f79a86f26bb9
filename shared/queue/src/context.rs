//! The context that a handler gets for its run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use domain::clock::Clock;
use sqlx::PgConnection;
use thiserror::Error;
use uuid::Uuid;

use crate::enqueue::{EnqueueError, enqueue_at};
use crate::job::NewJob;

/// Identifies one run of one job: only the current run may complete it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RunKey {
    pub(crate) id: Uuid,
    pub(crate) run_no: i64,
}

/// This run may not complete the job.
#[derive(Debug, Error)]
pub enum Stale {
    /// The lease has ended and another run has the job. The transaction must not be committed.
    #[error("the job is not this run's any more")]
    TakenOver,
    /// The database failed.
    #[error("the job could not be completed: {0}")]
    Database(#[from] sqlx::Error),
}

/// The run that a handler does.
#[derive(Clone, Debug)]
pub struct JobContext {
    pub(crate) key: RunKey,
    pub(crate) locked_by: Uuid,
    pub(crate) attempt: u32,
    pub(crate) subject: Option<Uuid>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) gives_up_at: DateTime<Utc>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) completed: Arc<AtomicBool>,
}

impl JobContext {
    /// The job.
    pub fn id(&self) -> Uuid {
        self.key.id
    }

    /// Which attempt this is, from 1 on. Runs that were given back untouched do not count.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// What the job is about.
    pub fn subject(&self) -> Option<Uuid> {
        self.subject
    }

    /// When the job was enqueued.
    pub fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }

    /// When retries end: the horizon.
    pub fn gives_up_at(&self) -> DateTime<Utc> {
        self.gives_up_at
    }

    /// The clock of the process.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The time by the clock of the process.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Completes the job in the caller's transaction, so that it is done exactly when its result is recorded. The
    /// handler then returns [`Outcome::Done`](crate::Outcome::Done).
    ///
    /// Call it last: the row stays locked until the transaction ends, and the lease is not renewed meanwhile.
    ///
    /// # Errors
    /// The job belongs to another run: roll back.
    pub async fn complete(&self, tx: &mut PgConnection) -> Result<(), Stale> {
        let completed = sqlx::query!(
            "UPDATE jobs SET state = 'completed', finished_at = $4, locked_by = NULL, lease_expires_at = NULL
             WHERE id = $1 AND run_no = $2 AND locked_by = $3 AND state = 'running'",
            self.key.id,
            self.key.run_no,
            self.locked_by,
            self.clock.now(),
        )
        .execute(tx)
        .await?;
        if completed.rows_affected() == 0 {
            return Err(Stale::TakenOver);
        }
        self.completed.store(true, Ordering::Release);
        Ok(())
    }

    /// Enqueues jobs by the clock of the process, in the caller's transaction.
    pub async fn enqueue(&self, tx: &mut PgConnection, jobs: Vec<NewJob>) -> Result<(), EnqueueError> {
        enqueue_at(tx, self.clock.now(), jobs).await
    }
}
