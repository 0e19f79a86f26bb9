//! How fast an incident is declared: one alone, two hundred at once, and what the services need to be there at all.
//!
//! `make bench` runs it against a Postgres that keeps what it is given (`fsync` on). Slack answers every call after 100 ms.
//! It fails when a limit is missed. Everything runs on this machine, the sandbox in place of Slack included.

#![allow(missing_docs, reason = "nobody calls a benchmark")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops where it cannot go on"
)]

mod service;

use std::process::ExitCode;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use sandbox::Call;
use testing::System;

const PEOPLE: [&str; 6] = ["alice", "bob", "carol", "dave", "erin", "frank"];
/// How long Slack takes for every call.
const SLACK: Duration = Duration::from_millis(100);
/// How many are declared one after the other.
const ALONE: usize = 11;
/// How many are declared at once.
const BURST: usize = 200;

/// One of each service, configured as in production.
async fn system() -> System {
    let mut system = System::new(sandbox::Config::default()).await;
    system.connections = None;
    system.add_gateway();
    system.add_worker_with(|config| {
        config.slack.timeout = Duration::from_secs(8);
        config.settle = Duration::from_secs(2);
        config.notice_pause = worker::Config::NOTICE_PAUSE;
        config.jobs = queue::Config::new(&jobs::queues::ALL);
    });
    system.connected(2).await;
    system.channels_copied().await;
    system
}

/// Milliseconds from the submit to these moments of one declaration.
#[derive(Clone, Copy)]
struct Took {
    created: f64,
    invited: f64,
    done: f64,
}

/// When Slack answered.
fn answered(call: &Call) -> DateTime<Utc> {
    call.at + call.took.unwrap_or_default()
}

fn milliseconds(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    (to - from).as_seconds_f64() * 1000.0
}

/// One declaration alone.
async fn alone(system: &System, who: &str, number: usize) -> Took {
    let person = system.sandbox.person(who);
    let form = system.open_form(&person).await;
    let before = system.settled().await;
    system.sandbox.clear_calls();
    let text = format!("Shop {number} sells nothing");
    let submitted = Utc::now();
    system.submit(&person, &form, &[("Description", &text)]).await;
    system.declared(before + 1).await;
    let calls = system.sandbox.calls();
    let last = |method: &str| {
        let of_method = calls.iter().filter(|call| call.method.starts_with(method));
        milliseconds(submitted, of_method.map(answered).max().unwrap())
    };
    Took {
        created: last("conversations.create"),
        invited: last("conversations.invite"),
        done: last(""),
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Prints a row, and tells whether its limit is kept.
fn row(what: &str, measured: f64, limit: f64, unit: &str) -> bool {
    let kept = measured <= limit;
    let verdict = if kept { "ok" } else { "MISS" };
    println!("{verdict:<5} {what:<62} {measured:>8.1} {unit:<3} ≤ {limit} {unit}");
    kept
}

async fn one_after_the_other() -> bool {
    let system = system().await;
    // The first of each person also fetches their name.
    for (number, who) in PEOPLE.into_iter().enumerate() {
        alone(&system, who, number).await;
    }
    system.sandbox.faults().set_latency(SLACK);
    let mut took = Vec::new();
    for number in 0..ALONE {
        took.push(alone(&system, PEOPLE[number % PEOPLE.len()], 100 + number).await);
    }
    system.end().await;
    let of = |part: fn(&Took) -> f64| median(took.iter().map(part).collect());
    let mut kept = row("one declaration: channel created", of(|took| took.created), 150.0, "ms");
    kept &= row(
        "one declaration: declarer invited",
        of(|took| took.invited),
        300.0,
        "ms",
    );
    kept &= row("one declaration: everything done", of(|took| took.done), 600.0, "ms");
    kept
}

async fn all_at_once() -> bool {
    let system = system().await;
    let mut forms = Vec::new();
    for number in 0..BURST {
        let person = system.sandbox.person(PEOPLE[number % PEOPLE.len()]);
        let form = system.open_form(&person).await;
        forms.push((person, form, format!("Shop {number:03} sells nothing")));
    }
    system.sandbox.faults().set_latency(SLACK);
    system.sandbox.sockets().clear_envelopes();
    system.sandbox.clear_calls();
    let submitted = Utc::now();
    join_all(forms.iter().map(async |(person, form, text)| {
        system.submit(person, form, &[("Description", text)]).await;
    }))
    .await;
    while system
        .sandbox
        .channels()
        .iter()
        .filter(|channel| channel.name.starts_with("inc-"))
        .count()
        < BURST
    {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    system.declared(i64::try_from(BURST).unwrap()).await;
    assert_eq!(
        system.sandbox.messages("incidents").len(),
        BURST,
        "none lost, none doubled"
    );
    let last = system.sandbox.calls().iter().map(answered).max().unwrap();
    let took = milliseconds(submitted, last);
    let mut acks: Vec<_> = system
        .sandbox
        .sockets()
        .envelopes()
        .into_iter()
        .filter(|envelope| envelope.kind == "interactive")
        .map(|envelope| envelope.acked_after.unwrap())
        .collect();
    assert_eq!(acks.len(), BURST, "each was pressed once");
    acks.sort();
    let ack = |part: usize| acks[(acks.len() - 1) * part / 100].as_secs_f64() * 1000.0;
    system.end().await;
    println!(
        "      {BURST} declarations at once: ack p50 {:.1} ms, longest {:.1} ms",
        ack(50),
        ack(100)
    );
    let mut kept = row("200 declarations at once: ack p99", ack(99), 100.0, "ms");
    kept &= row("200 declarations at once: all complete", took / 1000.0, 6.0, "s");
    kept
}

#[tokio::main]
async fn main() -> ExitCode {
    // `cargo test --benches` only wants to know that it can be built.
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let mut kept = one_after_the_other().await;
    kept &= all_at_once().await;
    kept &= service::idle().await;
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
