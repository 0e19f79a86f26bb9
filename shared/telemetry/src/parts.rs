//! The parts that a service consists of. Without any of them it is of no use: when one ends by itself, the others are
//! stopped, and the process ends with an error, so that it is started again.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;

/// How long the others may take to end after a stop was asked for; Kubernetes kills a pod after 30 s.
const STOP_TIME: Duration = Duration::from_secs(27);

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Why a service ended although nobody had stopped it.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    /// It had no reason to.
    #[error("{0} ended unexpectedly. This is a bug: report it with the log before this line, and start again.")]
    Ended(&'static str),
    /// What went wrong is in the log.
    #[error("{0} panicked. This is a bug: report it with the log before this line, and start again.")]
    Panicked(&'static str),
    /// It said why.
    #[error("{part} failed: {reason}")]
    Failed {
        /// Which part.
        part: &'static str,
        /// Why.
        reason: Failure,
    },
}

/// Parts that run at the same time. When this is dropped, so are they.
#[derive(Debug)]
pub struct Parts {
    tasks: JoinSet<Result<(), Failure>>,
    names: HashMap<Id, &'static str>,
    shutdown: CancellationToken,
}

impl Parts {
    /// No parts yet. They are stopped when `shutdown` is cancelled.
    pub fn new(shutdown: &CancellationToken) -> Self {
        Self {
            tasks: JoinSet::new(),
            names: HashMap::new(),
            shutdown: shutdown.child_token(),
        }
    }

    /// Cancelled when the service stops, for whatever reason.
    pub fn shutdown(&self) -> CancellationToken {
        self.shutdown.clone()
    }

    /// Adds a part that stops by itself when [`Self::shutdown`] is cancelled.
    pub fn add<E: Into<Failure>>(
        &mut self,
        name: &'static str,
        part: impl Future<Output = Result<(), E>> + Send + 'static,
    ) {
        let task = self.tasks.spawn(async move { part.await.map_err(Into::into) });
        self.names.insert(task.id(), name);
    }

    /// Adds a part that is dropped when the service stops.
    pub fn add_endless(&mut self, name: &'static str, part: impl Future<Output = ()> + Send + 'static) {
        let shutdown = self.shutdown();
        self.add(name, async move {
            shutdown.run_until_cancelled(part).await;
            Ok::<_, Failure>(())
        });
    }

    /// Runs until all have ended.
    ///
    /// # Errors
    /// When one ended before the service was stopped, or failed. The first is named; the others were stopped.
    pub async fn run(mut self) -> Result<(), PartError> {
        let mut first = None;
        loop {
            let ended = tokio::select! {
                ended = self.tasks.join_next_with_id() => ended,
                () = stopping_takes_too_long(&self.shutdown) => {
                    tracing::warn!("some parts of the service did not stop in time and were cut");
                    break;
                }
            };
            let Some(ended) = ended else { break };
            let id = ended.as_ref().map_or_else(tokio::task::JoinError::id, |(id, _)| *id);
            let part = self.names.get(&id).copied().unwrap_or("a part of it");
            let error = match ended {
                Ok((_, Ok(()))) if self.shutdown.is_cancelled() => None,
                Ok((_, Ok(()))) => Some(PartError::Ended(part)),
                Ok((_, Err(reason))) => Some(PartError::Failed { part, reason }),
                Err(_) => Some(PartError::Panicked(part)),
            };
            if error.is_some() {
                self.shutdown.cancel();
                first = first.or(error);
            }
        }
        first.map_or(Ok(()), Err)
    }
}

async fn stopping_takes_too_long(shutdown: &CancellationToken) {
    shutdown.cancelled().await;
    tokio::time::sleep(STOP_TIME).await;
}
