//! How fast what people do to an incident is done: its acknowledgement, and everything in Slack that follows.
//!
//! Slack answers every call after 100 ms. It fails when a limit is missed. Everything runs on this machine, the sandbox in
//! place of Slack included.

#![allow(missing_docs, reason = "nobody calls a benchmark")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops where it cannot go on"
)]

use std::process::ExitCode;
use std::time::Duration;

use chrono::{DateTime, Utc};
use jobs::{CopyComponents, CopyOnCall};
use sandbox::{Answer, Call, Person, View};
use testing::{LAST_TEAM, SOME_COMPONENT, System};

/// How long Slack takes for every call.
const SLACK: Duration = Duration::from_millis(100);
/// How often each thing is done; the median counts.
const TIMES: usize = 7;
/// What happens within two seconds is told together; each of these is told alone.
const PAUSE: Duration = Duration::from_millis(2_200);
/// Incidents that are there before the forms open.
const INCIDENTS: &str = "
    INSERT INTO incidents (id, title, description, severity, status, private, declared_by, declared_at, updated_at,
                           resolved_at, channel_name)
    SELECT gen_random_uuid(), 'Shop ' || n, 'It sells nothing', 'sev3', 'resolved', false, '{\"kind\":\"system\"}',
           now() - n * interval '1 minute', now(), CASE WHEN n % 66 <> 1 THEN now() END, 'shop-' || n
    FROM generate_series(1, 10000) n;
    ANALYZE incidents";

/// Incidents that are open beside the one that people work on.
const OPEN_INCIDENTS: &str = "
    INSERT INTO incidents (id, title, description, severity, status, private, declared_by, declared_at, updated_at,
                           channel_name)
    SELECT gen_random_uuid(), 'Shop ' || n, 'It sells nothing', 'sev3', 'investigating', false, '{\"kind\":\"system\"}',
           now() - n * interval '1 minute', now(), 'shop-' || n
    FROM generate_series(1, 29) n";

/// One of each service, configured as in production, and an incident.
async fn system() -> System {
    begun(System::new(sandbox::Config::default()).await).await
}

async fn begun(mut system: System) -> System {
    system.connections = None;
    system.add_gateway();
    system.add_worker_with(|config| {
        config.slack.timeout = Duration::from_secs(8);
        config.settle = Duration::from_secs(2);
        config.notice_pause = worker::Config::NOTICE_PAUSE;
        config.jobs = queue::Config::new(&jobs::queues::ALL);
    });
    system.ready().await;
    declare(&system, 1).await;
    system
}

async fn declare(system: &System, incidents: i64) {
    system
        .declare("alice", &[("Description", "Payments fail"), ("Severity", "🟨 SEV3")])
        .await;
    system.declared(incidents).await;
}

/// When Slack answered.
fn answered(call: &Call) -> DateTime<Utc> {
    call.at + call.took.unwrap_or_default()
}

fn milliseconds(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    (to - from).as_seconds_f64() * 1000.0
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Prints a row, and tells whether its limit is kept.
fn row(what: &str, measured: f64, limit: f64) -> bool {
    let kept = measured <= limit;
    let verdict = if kept { "ok" } else { "MISS" };
    println!("{verdict:<5} {what:<62} {measured:>8.1} ms  ≤ {limit} ms");
    kept
}

/// Milliseconds until it was acknowledged, and until Slack had answered the last call that follows.
async fn measured(system: &System, act: impl AsyncFn()) -> (f64, f64) {
    tokio::time::sleep(PAUSE).await;
    system.settled().await;
    system.sandbox.clear_calls();
    system.sandbox.sockets().clear_envelopes();
    system.sandbox.faults().set_latency(SLACK);
    let began = Utc::now();
    act().await;
    system.settled().await;
    system.sandbox.faults().set_latency(Duration::ZERO);
    let last = system.sandbox.calls().iter().map(answered).max().unwrap();
    let envelopes = system.sandbox.sockets().envelopes().into_iter();
    let acks = envelopes.filter_map(|envelope| envelope.acked_after);
    let ack = acks.max().unwrap().as_secs_f64() * 1000.0;
    (ack, milliseconds(began, last))
}

async fn choices() -> bool {
    let system = system().await;
    let people = system.sandbox.add_people("new", TIMES);
    let (mut severity, mut status, mut assigned) = (Vec::new(), Vec::new(), Vec::new());
    for (number, person) in people.iter().enumerate() {
        let (sev, stat) = if number % 2 == 0 {
            ("sev1", "identified")
        } else {
            ("sev3", "investigating")
        };
        severity.push(measured(&system, async || system.choose("alice", "severity.set", sev).await).await);
        status.push(measured(&system, async || system.choose("alice", "status.set", stat).await).await);
        let assign = async || {
            system
                .choose("alice", "roles.assign/incident_commander", person.id())
                .await;
        };
        assigned.push(measured(&system, assign).await);
    }
    system.end().await;
    let mut kept = true;
    for (what, took, limit) in [
        ("severity", severity, 350.0),
        ("status", status, 350.0),
        ("assign a new member", assigned, 350.0),
    ] {
        let acks = took.iter().map(|(ack, _)| *ack).collect();
        kept &= row(&format!("{what}: acknowledged"), median(acks), 50.0);
        let done = took.into_iter().map(|(_, done)| done).collect();
        kept &= row(&format!("{what}: everything in Slack done"), median(done), limit);
    }
    kept
}

async fn resolving() -> bool {
    let system = system().await;
    let mut took = Vec::new();
    for number in 1..=TIMES {
        if number > 1 {
            declare(&system, i64::try_from(number).unwrap()).await;
        }
        for (role, who) in [("incident_commander", "bob"), ("technical_lead", "carol")] {
            system.choose("alice", &format!("roles.assign/{role}"), who).await;
            system.settled().await;
        }
        let alice = system.sandbox.person("alice");
        let dialog = system
            .open(&alice, async || {
                let (channel, panel) = (system.incident_channel().id, system.panel().ts);
                alice.select(&channel, &panel, "status.set", "resolved").await
            })
            .await;
        took.push(
            measured(&system, async || system.submit(&alice, &dialog, &[]).await)
                .await
                .1,
        );
    }
    system.end().await;
    row("resolve: everything in Slack done", median(took), 800.0)
}

async fn forms() -> bool {
    let system = system().await;
    system.execute(INCIDENTS).await;
    let alice = system.sandbox.person("alice");
    let mut kept = true;
    for (what, words) in [
        ("the form to declare", ""),
        ("the form to send an update", "update"),
        ("the form to set the severity", "sev"),
        ("the form to give a role", "role"),
    ] {
        let open = async || match words {
            "" => alice.shortcut("open_incident_modal").await,
            words => alice.slash("/incident", words, "general").await,
        };
        kept &= opened(&system, &alice, &format!("{what}, 10,000 incidents"), open)
            .await
            .0;
    }
    let mut took = Vec::new();
    for _ in 0..TIMES {
        system.settled().await;
        system.sandbox.clear_calls();
        let began = Utc::now();
        alice.open_home();
        system
            .sandbox
            .wait_for_calls(|calls| calls.iter().any(|call| call.method == "views.publish").then_some(()))
            .await;
        let drawn = system
            .sandbox
            .calls()
            .into_iter()
            .find(|call| call.method == "views.publish");
        took.push(milliseconds(began, drawn.unwrap().at));
    }
    kept &= row("the home, 10,000 incidents: views.publish", median(took), 150.0);
    system.end().await;
    kept
}

/// How long until a form is opened, and the form.
async fn opened(system: &System, person: &Person, what: &str, open: impl AsyncFn() -> Answer) -> (bool, View) {
    let mut took = Vec::new();
    let mut forms = Vec::new();
    for _ in 0..TIMES {
        system.sandbox.clear_calls();
        let began = Utc::now();
        let answer = open().await;
        forms.push(person.view_of(&answer).await);
        let mut calls = system.sandbox.calls().into_iter();
        let opened = calls.find(|call| call.method == "views.open");
        took.push(milliseconds(began, opened.unwrap().at));
    }
    let kept = row(&format!("{what}: views.open"), median(took), 150.0);
    (kept, forms.pop().unwrap())
}

/// How long until what fits is offered in a list of a form.
async fn searched(person: &Person, form: &View, list: &str, words: &str) -> bool {
    let mut took = Vec::new();
    for _ in 0..TIMES {
        let began = Utc::now();
        assert!(!person.suggest(form, list, words).await.is_empty());
        took.push(milliseconds(began, Utc::now()));
    }
    row(&format!("{list}, searched: what fits is offered"), median(took), 150.0)
}

/// The forms of vendors, at a company that has much of everything.
async fn forms_of_vendors() -> bool {
    let mut system = System::new(sandbox::Config::default().with_statuspage()).await;
    system.pagerduty = true;
    let system = begun(system).await;
    system.crowd_pagerduty();
    system.crowd_statuspage();
    system.execute(OPEN_INCIDENTS).await;
    system.tick(CopyOnCall::all()).await;
    system.tick(CopyComponents::all()).await;
    system.settled().await;
    let alice = system.sandbox.person("alice");
    let (mut kept, form) = opened(
        &system,
        &alice,
        "the form to page, 200 schedules, 60 teams",
        async || alice.shortcut("open_incident_bot_pager").await,
    )
    .await;
    kept &= searched(&alice, &form, "Team", LAST_TEAM).await;
    let channel = system.incident_channel().id;
    let (open, form) = opened(&system, &alice, "the form for Statuspage, 500 components", async || {
        let asked = system.message_with(&channel, "do customers need to know").await;
        alice.click(&channel, &asked.ts, "Publish on Statuspage…").await
    })
    .await;
    kept &= open;
    kept &= searched(&alice, &form, "Components", SOME_COMPONENT).await;
    system.end().await;
    kept
}

#[tokio::main]
async fn main() -> ExitCode {
    // `cargo test --benches` only wants to know that it can be built.
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let mut kept = choices().await;
    kept &= resolving().await;
    kept &= forms().await;
    kept &= forms_of_vendors().await;
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
