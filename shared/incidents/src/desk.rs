//! Where declarations are handed in: those that come while one is being written are written together next.
//!
//! When hundreds declare at once, a transaction each would keep the last of them waiting for all the others' round trips
//! and commits. Nobody waits for company: a declaration that comes alone is written at once, alone.

use std::time::Duration;

use domain::Incident;
use store::PgPool;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tracing::{Instrument, Span};

use crate::declare::{declare, declare_all};
use crate::{Declaration, DeclareError, Request};

/// The most that are written together: the first of them wait for the last.
const MAX_BATCH: usize = 50;
/// The most that wait to be written; who comes later waits to hand in.
const MAX_PENDING: usize = 500;
/// How long a batch may take. Whoever declares in Slack is told sooner that it could not be confirmed; what is behind a
/// statement that hangs must not wait for as long as that does.
const BATCH_TIME: Duration = Duration::from_millis(2500);

/// Takes declarations. Clones are the same desk; it closes when the last is gone.
#[derive(Clone, Debug)]
pub struct Desk(mpsc::Sender<Pending>);

struct Pending {
    request: Request,
    declaration: Declaration,
    /// Of whoever waits for the answer.
    span: Span,
    answer: oneshot::Sender<Result<Incident, DeclareError>>,
}

impl Desk {
    /// A desk, and what serves it: a future that ends when the desk closes.
    pub fn open(pool: PgPool) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (sender, pending) = mpsc::channel(MAX_PENDING);
        (Self(sender), serve(pool, pending))
    }

    /// Declares an incident and gives it. The same request again gives the same incident.
    ///
    /// Whoever stops waiting takes the declaration back while it is not being written yet.
    pub async fn declare(&self, request: Request, declaration: Declaration) -> Result<Incident, DeclareError> {
        let (answer, answered) = oneshot::channel();
        let pending = Pending {
            request,
            declaration,
            span: Span::current(),
            answer,
        };
        // Neither fails before the process ends.
        let _ = self.0.send(pending).await;
        answered.await.unwrap_or(Err(DeclareError::Closed))
    }
}

async fn serve(pool: PgPool, mut queue: mpsc::Receiver<Pending>) {
    let mut batch = Vec::with_capacity(MAX_BATCH);
    while queue.recv_many(&mut batch, MAX_BATCH).await > 0 {
        // They were told that it could not be confirmed, and press again if they still want it.
        batch.retain(|pending| !pending.answer.is_closed());
        if batch.is_empty() {
            continue;
        }
        let together = batch
            .iter()
            .map(|pending| {
                let span = pending.span.clone();
                (pending.request.clone(), pending.declaration.clone(), span)
            })
            .collect();
        // When the time is over the transaction is dropped, and its connection with it unless it ends what it is doing.
        match timeout(BATCH_TIME, declare_all(&pool, together)).await {
            Ok(Ok(declared)) => {
                for (pending, declared) in batch.drain(..).zip(declared) {
                    // Whoever asked may have stopped waiting.
                    let _ = pending.answer.send(declared);
                }
            }
            Err(_) => {
                tracing::error!(count = batch.len(), "declarations could not be written in time");
                for pending in batch.drain(..) {
                    let _ = pending.answer.send(Err(DeclareError::TimedOut));
                }
            }
            // One of them may be the cause: each by itself, so that it fails alone.
            Ok(Err(error)) => {
                tracing::warn!(%error, count = batch.len(), "declarations could not be written together");
                for pending in batch.drain(..) {
                    let (pool, span) = (pool.clone(), pending.span);
                    let alone = async move {
                        let declared = declare(&pool, &pending.request, pending.declaration);
                        let declared = timeout(BATCH_TIME, declared).await;
                        let _ = pending.answer.send(declared.unwrap_or(Err(DeclareError::TimedOut)));
                    };
                    tokio::spawn(alone.instrument(span));
                }
            }
        }
    }
}
