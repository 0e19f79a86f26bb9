//! Where declarations are handed in: those that come while one is being written are written together next.
//!
//! When hundreds declare at once, a transaction each would keep the last of them waiting for all the others' round trips
//! and commits. Nobody waits for company: a declaration that comes alone is written at once, alone.

use std::sync::Arc;

use domain::Incident;
use store::PgPool;
use tokio::sync::{mpsc, oneshot};

use crate::declare::{declare, declare_all};
use crate::{Declaration, DeclareError, Request};

/// The most that are written together: the first of them wait for the last.
const MOST: usize = 50;

/// Takes declarations. Clones are the same desk; it closes when the last is gone.
#[derive(Clone, Debug)]
pub struct Desk(Arc<mpsc::UnboundedSender<Wish>>);

struct Wish {
    request: Request,
    declaration: Declaration,
    answer: oneshot::Sender<Result<Incident, DeclareError>>,
}

impl Desk {
    /// Opens a desk.
    pub fn open(pool: PgPool) -> Self {
        let (sender, wishes) = mpsc::unbounded_channel();
        tokio::spawn(serve(pool, wishes));
        Self(Arc::new(sender))
    }

    /// Declares an incident and gives it. The same request again gives the same incident.
    ///
    /// Whoever stops waiting does not take the declaration back.
    pub async fn declare(&self, request: Request, declaration: Declaration) -> Result<Incident, DeclareError> {
        let (answer, answered) = oneshot::channel();
        let wish = Wish {
            request,
            declaration,
            answer,
        };
        // Neither fails before the process ends.
        let _ = self.0.send(wish);
        answered.await.unwrap_or(Err(DeclareError::Closed))
    }
}

async fn serve(pool: PgPool, mut wishes: mpsc::UnboundedReceiver<Wish>) {
    let mut taken = Vec::with_capacity(MOST);
    while wishes.recv_many(&mut taken, MOST).await > 0 {
        let together = taken
            .iter()
            .map(|wish| (wish.request.clone(), wish.declaration.clone()))
            .collect();
        match declare_all(&pool, together).await {
            Ok(declared) => {
                for (wish, declared) in taken.drain(..).zip(declared) {
                    // Whoever asked may have stopped waiting.
                    let _ = wish.answer.send(declared);
                }
            }
            // One of them may be the cause: each by itself, so that it fails alone.
            Err(error) => {
                tracing::warn!(%error, count = taken.len(), "declarations could not be written together");
                for wish in taken.drain(..) {
                    let pool = pool.clone();
                    tokio::spawn(async move {
                        let declared = declare(&pool, &wish.request, wish.declaration).await;
                        let _ = wish.answer.send(declared);
                    });
                }
            }
        }
    }
}
