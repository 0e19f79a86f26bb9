//! Supervises one run: its timeout, its lease, its panics, and its outcome.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use chrono::TimeDelta;
use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;
use tracing::{Instrument, Span, info_span, warn};

use super::discard::discard;
use super::finish::Verdict;
use super::run::{Row, Run, named};
use super::running::Stop;
use crate::config::after_limit;
use crate::handler::{Outcome, Unreadable};
use crate::trace;

/// The result of a handler: an outcome, or a payload that it cannot read.
pub(crate) type Ran = Result<Outcome, Unreadable>;

/// How a run ended.
enum End {
    Answered(Outcome),
    /// Lost: without an outcome. It counts against the limit.
    Crashed(String),
    /// Without an outcome, but not counted: nobody's fault.
    Failed(String),
    Released,
}

/// Runs `work`, the handler of `run`, in a task of its own, and passes on its outcome.
pub(crate) async fn supervise(run: Arc<Run>, work: impl Future<Output = Ran> + Send + 'static) {
    let engine = &run.engine;
    let span = span(&run.row);
    if let Some(reason) = hopeless(&run) {
        discard(&run, &reason).instrument(span).await;
        return;
    }
    let queue = run.row.queue.as_str();
    let waited = (engine.now() - run.row.run_at).to_std().unwrap_or_default();
    metrics::histogram!("incident_bot_jobs_wait_seconds", "queue" => queue).record(waited);
    let started = Instant::now();
    let mut task = AbortOnDropHandle::new(tokio::spawn(work.instrument(span.clone())));
    let end = tokio::select! {
        result = &mut task => match result {
            Ok(Ok(outcome)) => End::Answered(outcome),
            Ok(Err(unreadable)) => End::Crashed(unreadable.to_string()),
            Err(error) if error.is_panic() => End::Crashed(format!("panicked: {}", message(&*error.into_panic()))),
            Err(_) => End::Released,
        },
        () = sleep(engine.config.handler_timeout) => {
            End::Failed(format!("timed out after {:?}", engine.config.handler_timeout))
        }
        reason = run.stop.thrown() => match reason {
            Stop::LeaseLost => {
                let row = &run.row;
                warn!(id = %row.key.id, kind = row.kind, incident = named(row.subject), "a run was stopped: its lease is lost");
                End::Failed("stopped, because its lease could not be renewed".to_owned())
            }
            Stop::Shutdown => End::Released,
        },
    };
    task.abort();
    metrics::histogram!("incident_bot_jobs_run_seconds", "queue" => queue, "kind" => run.row.kind.clone())
        .record(started.elapsed());
    match verdict(&run, end) {
        Ok(verdict) => run.answer(verdict),
        Err(reason) => discard(&run, &reason).instrument(span).await,
    }
}

/// Why the job is not run.
fn hopeless(run: &Run) -> Option<String> {
    let crashes = run.row.crashes;
    if crashes >= run.engine.config.crash_limit {
        return Some(format!("{crashes} runs ended without an answer"));
    }
    let late = run.engine.now() - run.row.gives_up_at;
    (late > TimeDelta::zero()).then(|| format!("not done by {}", run.row.gives_up_at.format("%F %T UTC")))
}

/// The verdict on the job, or why it is discarded.
fn verdict(run: &Run, end: End) -> Result<Verdict, String> {
    let config = &run.engine.config;
    let (delay, failed, unanswered, reason) = match end {
        End::Answered(Outcome::Done) if run.completed.load(Ordering::Acquire) => {
            return Ok(Verdict::CompletedByHandler);
        }
        End::Answered(Outcome::Done) => return Ok(Verdict::Completed),
        End::Answered(Outcome::Discard { reason }) => return Err(reason),
        End::Released => return Ok(Verdict::Released),
        End::Answered(Outcome::Snooze { delay, reason }) => (delay, false, false, reason),
        End::Answered(Outcome::Wait { at_most, reason }) => {
            (config.wait(run.row.attempt, at_most), false, false, reason)
        }
        End::Answered(Outcome::RateLimited { after, reason }) => (after_limit(after), false, false, reason),
        End::Answered(Outcome::Retry { reason }) | End::Failed(reason) => {
            (config.backoff(run.row.failures), true, false, reason)
        }
        End::Crashed(reason) => (config.backoff(run.row.failures), true, true, reason),
    };
    let crashes = run.row.crashes + u32::from(unanswered);
    if unanswered && crashes >= config.crash_limit {
        return Err(format!(
            "{crashes} runs ended without an answer, the last one: {reason}"
        ));
    }
    let run_at = TimeDelta::from_std(delay)
        .ok()
        .and_then(|delay| run.engine.now().checked_add_signed(delay));
    match run_at {
        Some(run_at) if run_at <= run.row.gives_up_at => Ok(Verdict::Waiting {
            run_at,
            failed,
            crashed: unanswered,
            reason,
        }),
        _ => Err(format!(
            "not done by {}: {reason}",
            run.row.gives_up_at.format("%F %T UTC")
        )),
    }
}

fn span(row: &Row) -> Span {
    let span =
        info_span!("job", id = %row.key.id, kind = row.kind, attempt = row.attempt, incident = named(row.subject));
    if let Some(traceparent) = &row.traceparent {
        trace::join(&span, traceparent);
    }
    span
}

/// The message of a panic.
fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}
