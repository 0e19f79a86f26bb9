//! Giving a job up, together with what its handler wants said about that.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use tracing::{error, warn};

use super::finish::{Verdict, storable};
use super::run::Run;
use crate::handler::GivenUp;

/// So often the handler's `given_up` may fail.
const TRIES: u32 = 5;

/// Discards the job of `run`, unless it is another run's meanwhile.
pub(super) async fn discard(run: &Arc<Run>, reason: &str) {
    run.free_slot();
    let reason = storable(reason);
    let mut pause = Duration::from_millis(50);
    let mut failures = 0;
    loop {
        // In a task of its own, for it may panic.
        let (this, said) = (run.clone(), reason.clone());
        let tell = failures < TRIES;
        let attempt = tokio::spawn(async move { discard_once(&this, &said, tell).await });
        match attempt.await {
            Ok(Ok(discarded)) => {
                let outcome = if discarded { "discarded" } else { "stale" };
                metrics::counter!("jobs_outcomes_total", "queue" => run.row.queue.as_str(), "outcome" => outcome)
                    .increment(1);
                if discarded {
                    error!(id = %run.row.key.id, kind = run.row.kind, reason, "a job was given up");
                }
                break;
            }
            Ok(Err(error)) => {
                warn!(kind = run.row.kind, %error, "a job cannot be given up yet");
                failures += u32::from(!is_outage(&error));
            }
            Err(error) => {
                warn!(kind = run.row.kind, %error, "a job's handler failed to say that it was given up");
                failures += 1;
            }
        }
        tokio::select! {
            () = sleep(pause) => {}
            _ = run.stop.thrown() => {
                // Whoever has it next gives it up too.
                run.answer(Verdict::Released);
                break;
            }
        }
        pause = (2 * pause).min(Duration::from_secs(2));
    }
    if run.row.laned {
        run.engine.wake(run.row.queue);
    }
    run.forget();
}

/// The database is away or overloaded: nobody's fault.
fn is_outage(error: &sqlx::Error) -> bool {
    // Classes: 08 connection, 40 transaction rollback, 53 insufficient resources, 57 operator intervention.
    error.as_database_error().is_none_or(|error| {
        error
            .code()
            .is_some_and(|code| matches!(code.get(..2), Some("08" | "40" | "53" | "57")))
    })
}

async fn discard_once(run: &Run, reason: &str, tell: bool) -> Result<bool, sqlx::Error> {
    let engine = &run.engine;
    let mut tx = engine.pool.begin().await?;
    let discarded = sqlx::query!(
        "UPDATE jobs SET state = 'discarded', finished_at = $4, last_error = $5, locked_by = NULL, lease_expires_at = NULL
         WHERE id = $1 AND run_no = $2 AND locked_by = $3 AND state = 'running'",
        run.row.key.id,
        run.row.key.run_no,
        engine.identity,
        engine.now(),
        reason,
    )
    .execute(&mut *tx)
    .await?;
    if discarded.rows_affected() == 0 {
        return Ok(false);
    }
    if tell && let Some((_, handler)) = engine.handlers.get(run.row.kind.as_str()) {
        let why = GivenUp {
            job: run.row.key.id,
            reason,
        };
        handler.given_up(&run.row.payload, &why, &mut tx).await?;
    }
    tx.commit().await?;
    Ok(true)
}
