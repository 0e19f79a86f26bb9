//! Metrics of the queues. Outcomes and durations of runs are counted where they happen.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::Error;
use tokio::time::{sleep, timeout};
use tracing::debug;

use super::Engine;
use super::fetch::jittered;
use crate::admin::{Depth, depths_at};

const EVERY: Duration = Duration::from_secs(5);

/// Measures the queues until it is cancelled.
pub(super) async fn run(engine: Arc<Engine>) {
    describe();
    loop {
        let now = engine.now();
        match measure(&engine, now).await {
            Ok(depths) => {
                let measured_at = (now - DateTime::<Utc>::UNIX_EPOCH).as_seconds_f64();
                metrics::gauge!("incident_bot_jobs_measured_timestamp_seconds").set(measured_at);
                for depth in depths {
                    let queue = depth.queue.as_str();
                    for (state, jobs) in [("due", depth.due), ("later", depth.later), ("running", depth.running)] {
                        #[expect(clippy::cast_precision_loss, reason = "no queue is that deep")]
                        metrics::gauge!("incident_bot_jobs_depth", "queue" => queue, "state" => state).set(jobs as f64);
                    }
                    let age = depth
                        .oldest_due_at
                        .map_or(0.0, |at| (now - at).as_seconds_f64().max(0.0));
                    metrics::gauge!("incident_bot_jobs_oldest_due_seconds", "queue" => queue).set(age);
                }
            }
            Err(error) => debug!(%error, "the queues cannot be measured"),
        }
        sleep(jittered(EVERY)).await;
    }
}

async fn measure(engine: &Engine, now: DateTime<Utc>) -> Result<Vec<Depth>, Error> {
    let mut link = engine.chores.lock().await;
    let answer = timeout(link.patience(), async {
        depths_at(link.get().await?, engine.config.all, now).await
    })
    .await;
    link.settle(answer)
}

fn describe() {
    metrics::describe_gauge!(
        "incident_bot_jobs_depth",
        "Jobs of a queue that are due, wait for later, or run"
    );
    metrics::describe_gauge!(
        "incident_bot_jobs_oldest_due_seconds",
        metrics::Unit::Seconds,
        "How long the oldest due job waits"
    );
    metrics::describe_gauge!(
        "incident_bot_jobs_measured_timestamp_seconds",
        metrics::Unit::Seconds,
        "When the queues were measured last, in Unix time: without the database it stands still"
    );
    metrics::describe_histogram!(
        "incident_bot_jobs_completion_seconds",
        metrics::Unit::Seconds,
        "From when a job was enqueued to its completion, failed runs and pauses included"
    );
    metrics::describe_histogram!(
        "incident_bot_jobs_wait_seconds",
        metrics::Unit::Seconds,
        "From when a job was due to its start"
    );
    metrics::describe_histogram!(
        "incident_bot_jobs_run_seconds",
        metrics::Unit::Seconds,
        "How long a run of a job took"
    );
    metrics::describe_counter!("incident_bot_jobs_outcomes_total", "What runs came to");
    metrics::describe_counter!("incident_bot_jobs_discarded_total", "Jobs that were discarded");
    metrics::describe_counter!(
        "incident_bot_jobs_runs_lost_total",
        "Runs whose worker process died or whose lease ended"
    );
}
