//! How much faster a queue gets on with more replicas of its worker, until the vendor's limit.
//!
//! Vendors answer every call after 100 ms, and a worker does one job at a time. It fails when a limit is missed. Everything runs
//! on this machine, the sandbox in place of the vendors included.

#![allow(missing_docs, reason = "nobody calls a benchmark")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops where it cannot go on"
)]
#![allow(clippy::cast_precision_loss, reason = "rates")]

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use futures_util::future::join_all;
use jobs::{Page, PollProvider, queues};
use queue::{Job, Queue};
use sandbox::{Call, Fault, Harm, Outcome};
use testing::{PRODUCTION, System, wait_for};

const PEOPLE: [&str; 6] = ["alice", "bob", "carol", "dave", "erin", "frank"];
/// How long a vendor takes for every call.
const VENDOR: Duration = Duration::from_millis(100);
/// How many jobs each number of replicas is measured with.
const JOBS: usize = 60;
/// How many replicas there are, and how many times as fast as one they are at least.
const REPLICAS: [(usize, f64); 3] = [(1, 1.0), (2, 1.7), (3, 2.4)];
/// What has somebody paged.
const PAGE: &str = "pagerduty.create_incident";

/// One of each service that does all but for one queue, whose workers come later.
async fn system_without(queue: Queue) -> System {
    let mut system = System::new(sandbox::Config::default()).await;
    system.connections = None;
    system.pagerduty = true;
    system.add_gateway();
    let others = queues::ALL.into_iter().filter(|other| *other != queue);
    let slots = queue::Config::new(&jobs::queues::ALL).slots;
    add_worker(&mut system, others.collect(), slots);
    // Copies what the vendor has.
    add_worker(&mut system, vec![queue], slots);
    system.ready().await;
    system.stop_last().await;
    system
}

fn add_worker(system: &mut System, queues: Vec<Queue>, slots: usize) {
    system.add_worker_with(|config| {
        config.slack.timeout = PRODUCTION.call;
        config.settle = PRODUCTION.settle;
        config.upstream.timeout = PRODUCTION.call;
        if let Some(pagerduty) = &mut config.vendors.pagerduty {
            pagerduty.timeout = PRODUCTION.call;
        }
        config.jobs = queue::Config {
            queues,
            slots,
            ..queue::Config::new(&jobs::queues::ALL)
        };
    });
}

/// Has so many replicas, with one slot each, do all that waits in a queue.
async fn done_by(system: &mut System, queue: Queue, replicas: usize) {
    for _ in 0..replicas {
        add_worker(system, vec![queue], 1);
    }
    system.settled().await;
    for _ in 0..replicas {
        system.stop_last().await;
    }
}

/// How long the calls took that a vendor answered, from the first to the last.
fn took(system: &System, method: &str) -> TimeDelta {
    let is_answered = |call: &Call| call.method.starts_with(method) && call.outcome == Outcome::Ok;
    let mut calls = system.sandbox.calls();
    calls.retain(is_answered);
    let first = calls.iter().map(|call| call.at).min().unwrap();
    let last = calls.iter().map(|call| call.at + call.took.unwrap_or_default());
    last.max().unwrap() - first
}

/// Prints a row, and tells whether its limit is kept.
fn row(what: &str, measured: &str, kept: bool, limit: &str) -> bool {
    let verdict = if kept { "ok" } else { "MISS" };
    println!("{verdict:<5} {what:<62} {measured:>8}  {limit}");
    kept
}

/// Measures a queue with more and more replicas. `enqueue` has [`JOBS`] wait in it, which make calls whose methods begin with
/// `method`.
async fn grows(system: &mut System, queue: Queue, method: &str, enqueue: impl AsyncFn(&System, usize)) -> bool {
    let mut kept = true;
    let mut alone = None;
    for (replicas, least) in REPLICAS {
        system.sandbox.faults().set_latency(Duration::ZERO);
        enqueue(&*system, replicas).await;
        system.sandbox.clear_calls();
        system.sandbox.faults().set_latency(VENDOR);
        done_by(system, queue, replicas).await;
        let rate = JOBS as f64 / took(system, method).as_seconds_f64();
        let times = rate / *alone.get_or_insert(rate);
        kept &= row(
            &format!("{queue}, {replicas} workers: {rate:.1} jobs a second"),
            &format!("{times:.2} times"),
            times >= least,
            &format!("≥ {least}"),
        );
    }
    kept
}

/// Pages that wait: everything else about their incidents is done.
async fn page(system: &System) {
    let mut forms = Vec::new();
    for number in 0..JOBS {
        let person = system.sandbox.person(PEOPLE[number % PEOPLE.len()]);
        let form = system.open_form(&person).await;
        forms.push((person, form));
    }
    join_all(forms.iter().map(async |(person, form)| {
        let fields = [("Description", "Payments fail"), ("Severity", "🟧 SEV2")];
        system.submit(person, form, &fields).await;
    }))
    .await;
    wait_for("all but the pages to be done", async || {
        let unfinished = system.unfinished().await?;
        let pages = unfinished.iter().filter(|job| job.kind == Page::KIND);
        (unfinished.len() == JOBS && pages.count() == JOBS).then_some(())
    })
    .await;
}

/// Everybody was paged once.
fn each_was_paged_once(system: &System, rounds: usize) {
    let incidents = system.sandbox.pagerduty().incidents;
    let keys: BTreeSet<_> = incidents.iter().map(|incident| &incident.key).collect();
    assert_eq!((incidents.len(), keys.len()), (rounds * JOBS, rounds * JOBS));
}

/// Refuses what is more than so many calls within a time, and asks to wait for a second.
fn limit(calls: usize, within: Duration) -> Fault {
    let taken = Mutex::new((Instant::now(), 0));
    Fault::new(PAGE, Harm::RateLimited(1)).matching(move |_| {
        let mut taken = taken.lock().unwrap();
        if taken.0.elapsed() >= within {
            *taken = (Instant::now(), 0);
        }
        taken.1 += 1;
        taken.1 > calls
    })
}

async fn pages() -> bool {
    let mut system = system_without(queues::PAGERDUTY).await;
    let mut severities = domain::Settings::default().severities;
    for severity in severities.iter_mut().filter(|severity| severity.key == "sev2") {
        severity.page_teams = vec!["Payments".to_owned()];
    }
    system.set("severities", serde_json::json!(severities)).await;
    system.settled().await;
    let mut kept = grows(
        &mut system,
        queues::PAGERDUTY,
        PAGE,
        async |system: &System, _: usize| {
            page(system).await;
        },
    )
    .await;
    each_was_paged_once(&system, REPLICAS.len());

    // Three replicas could make thirty calls a second.
    system.sandbox.faults().set_latency(Duration::ZERO);
    page(&system).await;
    system.sandbox.clear_calls();
    system.sandbox.faults().set_latency(VENDOR);
    system.sandbox.faults().add(limit(20, Duration::from_secs(2)));
    done_by(&mut system, queues::PAGERDUTY, 3).await;
    let seconds = took(&system, PAGE).as_seconds_f64();
    let calls = system.sandbox.calls().into_iter();
    let refused = calls
        .filter(|call| call.method == PAGE && call.outcome == Outcome::Status(429))
        .count();
    each_was_paged_once(&system, REPLICAS.len() + 1);
    kept &= row(
        &format!("{JOBS} pages, 3 workers, 20 calls in 2 s allowed"),
        &format!("{seconds:.1} s"),
        seconds <= 10.0,
        "≤ 10 s",
    );
    kept &= row(
        "calls beyond what is allowed",
        &refused.to_string(),
        refused <= 20,
        "≤ 20",
    );
    system.end().await;
    kept
}

async fn status_polling() -> bool {
    let mut system = system_without(queues::STATUS_POLLING).await;
    let kept = grows(
        &mut system,
        queues::STATUS_POLLING,
        "feeds.round-",
        async |system: &System, round: usize| {
            let page = format!("{}/round-{round}", system.sandbox.feeds_url());
            let jobs = (0..JOBS).map(|number| PollProvider::of(&format!("{page}-page-{number}")));
            let mut tx = system.pool().begin().await.unwrap();
            queue::enqueue(&mut tx, jobs.collect()).await.unwrap();
            tx.commit().await.unwrap();
        },
    )
    .await;
    let read = system
        .count("upstream_providers WHERE error IS NULL AND provider LIKE '%/round-%'")
        .await;
    assert_eq!(usize::try_from(read).unwrap(), REPLICAS.len() * JOBS);
    system.end().await;
    kept
}

#[tokio::main]
async fn main() -> ExitCode {
    // `cargo test --benches` only wants to know that it can be built.
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let mut kept = pages().await;
    kept &= status_polling().await;
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
