//! What can be seen of the queues.

use chrono::Utc;
use metrics_exporter_prometheus::PrometheusBuilder;
use opentelemetry::trace::{TraceContextExt, TracerProvider};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use queue::{JobContext, Outcome, admin};
use testing::{Database, wait_for};
use tracing::{Instrument, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::support::*;

fn trace_of_this_span() -> String {
    tracing::Span::current()
        .context()
        .span()
        .span_context()
        .trace_id()
        .to_string()
}

#[tokio::test]
async fn a_job_belongs_to_the_trace_that_enqueued_it() {
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    let provider = SdkTracerProvider::builder().build();
    tracing_subscriber::registry()
        .with(tracing_opentelemetry::layer().with_tracer(provider.tracer("test")))
        .init();

    let database = Database::new().await;
    let log = Log::default();
    let seen = log.clone();
    let registry = probes(move |_, _: JobContext| {
        let seen = seen.clone();
        async move {
            seen.add(trace_of_this_span());
            Outcome::Done
        }
    });
    let worker = Worker::start(database.pool(), registry, patient()).await;
    let mut traces = Vec::new();
    for change in ["one", "another"] {
        async {
            traces.push(trace_of_this_span());
            enqueue(&database, vec![Probe::new(change)]).await;
        }
        .instrument(info_span!("a change"))
        .await;
        log.reaches(traces.len()).await;
    }
    assert_eq!(log.all(), traces);
    assert_ne!(traces[0], traces[1]);
    worker.stop().await;
}

#[tokio::test]
async fn queues_and_outcomes_are_measured() {
    let metrics = PrometheusBuilder::new().install_recorder().unwrap();
    let database = Database::new().await;
    enqueue(
        &database,
        vec![
            Probe::new("later").after(HOUR),
            Page::new("due").at(Utc::now() - 2 * HOUR),
        ],
    )
    .await;
    let registry = probes(
        async |name: String, context: JobContext| match (name.as_str(), context.attempt()) {
            ("retried", 1) => Outcome::retry("no"),
            ("discarded", _) => Outcome::discard("no"),
            _ => Outcome::Done,
        },
    );
    let worker = Worker::start(database.pool(), registry, patient()).await;
    enqueue(&database, vec![Probe::new("retried"), Probe::new("discarded")]).await;
    becomes(database.pool(), "retried", "completed").await;
    becomes(database.pool(), "discarded", "discarded").await;
    for line in [
        r#"incident_bot_jobs_outcomes_total{queue="slack",outcome="completed"} "#,
        r#"incident_bot_jobs_outcomes_total{queue="slack",outcome="retried"} 1"#,
        r#"incident_bot_jobs_outcomes_total{queue="slack",outcome="discarded"} 1"#,
        r#"incident_bot_jobs_depth{queue="slack",state="due"} 1"#,
        r#"incident_bot_jobs_depth{queue="slack",state="later"} 1"#,
        r#"incident_bot_jobs_oldest_due_seconds{queue="slack"} 72"#,
        r#"incident_bot_jobs_run_seconds_count{queue="slack",kind="test.probe"} 3"#,
        r#"incident_bot_jobs_wait_seconds_count{queue="slack"} "#,
    ] {
        wait_for(line, async || metrics.render().contains(line).then_some(())).await;
    }
    worker.stop().await;
}

#[tokio::test]
async fn depths_and_what_is_unfinished_can_be_asked_for() {
    let database = Database::new().await;
    let mut conn = database.connect().await;
    assert!(admin::idle(&mut conn).await.unwrap());
    let oldest = Utc::now() - HOUR;
    enqueue(
        &database,
        vec![
            Probe::new("head").lane("lane").at(oldest),
            Probe::new("behind").lane("lane"),
            Probe::new("later").after(HOUR),
            Document::new("document"),
        ],
    )
    .await;
    // One is put behind the other.
    let worker = Worker::start(
        database.pool(),
        probes(async |_, _| Outcome::snooze(HOUR / 4, "a rate limit")),
        patient(),
    )
    .await;
    wait_for("the head to run", async || {
        (rows(database.pool()).await[0].attempt == 1).then_some(())
    })
    .await;
    all_become(database.pool(), "waiting").await;
    // The engine's own job counts like any other while it waits.
    wait_for("the engine's housekeeping", async || {
        let done = "SELECT count(*) FROM jobs WHERE kind = 'jobs.housekeeping' AND state = 'completed'";
        let done: i64 = sqlx::query_scalar(done).fetch_one(database.pool()).await.unwrap();
        (done == 1).then_some(())
    })
    .await;
    worker.stop().await;

    let depths = admin::depths(&mut conn, &ALL).await.unwrap();
    assert_eq!(depths.iter().map(|depth| depth.queue).collect::<Vec<_>>(), ALL);
    assert_eq!((depths[0].due, depths[0].later, depths[0].running), (1, 2, 0));
    assert_eq!((depths[2].due, depths[2].later), (1, 0));
    assert!(!admin::idle(&mut conn).await.unwrap());
    let unfinished = admin::unfinished(&mut conn).await.unwrap();
    let probes = unfinished.iter().filter(|job| job.kind == "test.probe").count();
    assert_eq!(probes, 3);
    assert_eq!(unfinished[0].last_error.as_deref(), Some("a rate limit"));
}
