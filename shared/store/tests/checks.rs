//! What processes report of what they need, and the request to check again.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand outside the test functions")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use domain::checks::Check;
use store::PgPool;
use store::checks::{self, Config, Process, Report};
use testing::{Database, wait_for};
use tokio::sync::oneshot;

const MINUTE: Duration = Duration::from_mins(1);

fn config() -> Config {
    Config {
        instance: "worker-1".to_owned(),
        first: Duration::ZERO,
        every: Duration::from_hours(24),
        apart: Duration::from_millis(50),
    }
}

async fn list(database: &Database) -> Vec<Report> {
    checks::list(&mut database.connect().await).await.unwrap()
}

#[tokio::test]
async fn a_report_is_kept_until_its_process_stops_or_was_not_heard_of_for_long() {
    let database = Database::new().await;
    let mut conn = database.connect().await;
    let worker = Process::new("worker", &config(), vec!["pagerduty".to_owned()]);
    let found = [Check::ok("database"), Check::failed("pagerduty", "it doesn't answer")];
    for _ in 0..2 {
        checks::keep(&mut conn, &worker, &found, MINUTE, MINUTE).await.unwrap();
    }
    let gateway = Process::new("gateway", &config(), Vec::new());
    checks::keep(&mut conn, &gateway, &[], Duration::ZERO, MINUTE)
        .await
        .unwrap();

    let reports = list(&database).await;
    let services: Vec<_> = reports.iter().map(|report| &*report.service).collect();
    assert_eq!(services, ["gateway", "worker"]);
    let report = &reports[1];
    assert_eq!((report.process, &*report.instance), (worker.id, "worker-1"));
    assert_eq!(report.queues, worker.queues);
    assert_eq!(report.checks, found);
    assert!(!report.is_overdue);
    let apart = reports[0].checked_at - report.checked_at;
    assert!(apart.num_seconds() >= 60, "when the checks began counts: {apart}");

    let later = |minutes: i32| {
        sqlx::query("UPDATE service_checks SET next_at = next_at - make_interval(mins => $1) WHERE service = 'worker'")
            .bind(minutes)
            .execute(database.pool())
    };
    later(2).await.unwrap();
    assert!(list(&database).await[1].is_overdue);
    later(15).await.unwrap();
    assert_eq!(list(&database).await.len(), 1);
    checks::forget(&mut conn, gateway.id).await.unwrap();
    assert_eq!(list(&database).await, []);
}

#[tokio::test]
async fn a_process_checks_when_it_is_asked_to_and_leaves_nothing_when_it_stops() {
    let database = Database::new().await;
    let pool = store::connect(&store::Config::at(database.url()).unwrap());
    let listening = tokio::spawn(pool.clone().keep_settings());
    let looks = Arc::new(AtomicUsize::new(0));
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(run(pool.clone(), Arc::clone(&looks), async move {
        let _ = stopped.await;
    }));
    wait_for("the check after the start", async || {
        (list(&database).await.len() == 1).then_some(())
    })
    .await;
    // Whoever does not listen yet does not hear it.
    wait_for("an answer", async || {
        let requested_at = checks::request(&mut database.connect().await).await.unwrap();
        tokio::time::timeout(Duration::from_secs(1), answer(&database, requested_at))
            .await
            .ok()
    })
    .await;
    assert!(looks.load(Ordering::Relaxed) >= 2);
    stop.send(()).unwrap();
    running.await.unwrap();
    assert_eq!(list(&database).await, []);
    listening.abort();
}

async fn run(pool: PgPool, looks: Arc<AtomicUsize>, stop: impl Future<Output = ()>) {
    let process = Process::new("worker", &config(), Vec::new());
    let check = || async {
        looks.fetch_add(1, Ordering::Relaxed);
        vec![Check::ok("database")]
    };
    checks::run(pool, process, config(), check, stop).await;
}

async fn answer(database: &Database, requested_at: chrono::DateTime<chrono::Utc>) {
    wait_for("a later check", async || {
        (list(database).await[0].checked_at > requested_at).then_some(())
    })
    .await;
}
