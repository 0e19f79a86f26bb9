//! Who is paged again, and who is said not to be, when an incident is reopened or its severity is raised again.

use chrono::TimeDelta;
use jobs::queues;
use sandbox::{Fault, Harm, Side};
use serde_json::json;
use testing::{System, wait_for};

use super::{Page, page, set_teams};
use crate::declare::FIELDS;
use crate::matrix::Flow;
use crate::status;

const PAGED: &str = "Payments was paged because of SEV2. PagerDuty is calling erin.";

/// An incident whose severity pages a team, while PagerDuty answers with errors.
async fn declared_without_pagerduty() -> System {
    let system = System::start_with_pagerduty().await;
    set_teams(&system, "sev2", &["Payments"]).await;
    let broken = Fault::new("pagerduty.create_incident", Harm::Status(503));
    system.sandbox.faults().add(broken);
    system.declare("alice", &FIELDS).await;
    wait_for("a try", async || {
        let mut calls = system.sandbox.calls().into_iter();
        calls
            .any(|call| call.method == "pagerduty.create_incident")
            .then_some(())
    })
    .await;
    system.counted("posted_messages WHERE kind = 'panel'", 1).await;
    system
}

async fn resolve(system: &System) {
    // Asked for while nobody is.
    let lead: &[_] = match system.count("status_changes WHERE status = 'resolved'").await {
        0 => &[("Technical lead", "bob")],
        _ => &[],
    };
    status::resolve(system, lead).await;
    system.counted("incidents WHERE resolved_at IS NOT NULL", 1).await;
}

async fn reopen(system: &System) {
    system.choose("alice", "status.set", "investigating").await;
    system.counted("incidents WHERE resolved_at IS NULL", 1).await;
}

fn pages(system: &System) -> usize {
    system.sandbox.pagerduty().incidents.len()
}

/// Resolved by mistake while PagerDuty was down: whoever was never called is called.
#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_page_is_sent_when_it_is_reopened() {
    let system = declared_without_pagerduty().await;
    resolve(&system).await;
    system.counted("pages WHERE state = 'withdrawn'", 1).await;
    let channel = system.incident_channel().id;
    system
        .message_with(&channel, "Payments was not paged: the incident was resolved")
        .await;
    system.sandbox.faults().clear();
    reopen(&system).await;
    system.counted("pages WHERE state = 'triggered'", 1).await;
    system.settled().await;
    assert_eq!(pages(&system), 1);
    assert!(system.notices().contains(&PAGED.to_owned()), "{:#?}", system.notices());
    system.end().await;
}

/// Reopened before anybody looked at the page: it is still wanted, and sent once.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_waits_survives_a_moment_of_being_resolved() {
    let mut system = System::new(sandbox::Config::default()).await;
    system.pagerduty = true;
    system.add_gateway();
    system.add_worker_with(|config| config.jobs.queues = vec![queues::SLACK]);
    system.connected(2).await;
    system.channels_copied().await;
    set_teams(&system, "sev2", &["Payments"]).await;
    system.declare("alice", &FIELDS).await;
    system.counted("posted_messages WHERE kind = 'panel'", 1).await;
    resolve(&system).await;
    reopen(&system).await;
    // Nobody serves PagerDuty's queue: the channel hears of that too.
    system.clock.advance(domain::paging::ACCEPTED_WITHIN);
    let channel = system.incident_channel().id;
    system
        .message_with(&channel, "PagerDuty hasn't accepted the page yet")
        .await;
    system.add_worker_with(|config| config.jobs.queues = vec![queues::PAGERDUTY]);
    system.counted("pages WHERE state = 'triggered'", 1).await;
    system.settled().await;
    assert_eq!((pages(&system), system.count("pages").await), (1, 1));
    system.end().await;
}

/// It happens again at night: people are not woken again unless somebody says so, and that is said.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_called_before_is_called_again_by_a_button() {
    let system = System::start_with_pagerduty().await;
    system.set("resolve_pages", json!("always")).await;
    set_teams(&system, "sev2", &["Payments"]).await;
    system.declare("alice", &FIELDS).await;
    system.counted("pages WHERE state = 'triggered'", 1).await;
    resolve(&system).await;
    system.counted("pages WHERE state = 'resolved'", 1).await;
    let channel = system.incident_channel().id;
    let resolution = system.message_with(&channel, "✅ Resolved by").await;
    system.press("alice", &channel, &resolution, "Reopen").await;
    system.counted("incidents WHERE resolved_at IS NULL", 1).await;
    let said = system.message_with(&channel, "Payments was not paged again.").await;
    system.settled().await;
    assert_eq!(pages(&system), 1);
    system.press("bob", &channel, &said, "Page again").await;
    system.counted("pages WHERE state = 'triggered'", 1).await;
    system.settled().await;
    assert_eq!(pages(&system), 2);
    let edited = system.message_with(&channel, "bob paged Payments.").await;
    assert_eq!(edited.ts, said.ts);
    system.end().await;
}

/// Reopened while PagerDuty is being told that it is over: nobody is called any more, and that is said.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_ends_after_the_incident_was_reopened_is_said_not_to_be_sent_again() {
    let mut system = System::new(sandbox::Config::default()).await;
    system.pagerduty = true;
    system.add_gateway();
    // The call that is held is not given up.
    system.add_worker_of_production();
    system.ready().await;
    system.set("resolve_pages", json!("always")).await;
    set_teams(&system, "sev2", &["Payments"]).await;
    system.declare("alice", &FIELDS).await;
    system.counted("pages WHERE state = 'triggered'", 1).await;
    system.settled().await;
    let held = system.sandbox.barrier("pagerduty.update_incident", 1, Side::Before);
    resolve(&system).await;
    held.reached().await;
    reopen(&system).await;
    held.release();
    let channel = system.incident_channel().id;
    let said = system.message_with(&channel, "Payments was not paged again.").await;
    system.press("bob", &channel, &said, "Page again").await;
    system.counted("pages WHERE state = 'triggered'", 1).await;
    system.settled().await;
    assert_eq!((pages(&system), system.count("pages").await), (2, 2));
    system.end().await;
}

/// The same where PagerDuty's answer is lost: nobody has to wait for the next look at the page.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_was_ended_by_a_lost_call_is_said_not_to_be_sent_again() {
    let mut system = System::new(sandbox::Config::default()).await;
    system.pagerduty = true;
    system.add_gateway();
    system.add_worker_of_production();
    system.ready().await;
    system.set("resolve_pages", json!("always")).await;
    set_teams(&system, "sev2", &["Payments"]).await;
    system.declare("alice", &FIELDS).await;
    system.counted("pages WHERE state = 'triggered'", 1).await;
    system.settled().await;
    let made = system.sandbox.barrier("pagerduty.update_incident", 1, Side::After);
    resolve(&system).await;
    made.reached().await;
    reopen(&system).await;
    made.discard();
    let channel = system.incident_channel().id;
    system.message_with(&channel, "Payments was not paged again.").await;
    system.settled().await;
    assert_eq!(said_of(&system, "Payments was not paged again."), [true]);
    assert_eq!(pages(&system), 1);
    system.end().await;
}

/// It happens again after a week. Nobody has looked at the page since, so it may be over for long.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_last_week_counts_as_over_when_it_happens_again() {
    let system = System::start_with_pagerduty().await;
    system.set("resolve_pages", json!("never")).await;
    set_teams(&system, "sev2", &["Payments"]).await;
    system.declare("alice", &FIELDS).await;
    system.counted("pages WHERE state = 'triggered'", 1).await;
    resolve(&system).await;
    system.settled().await;
    system.clock.advance(TimeDelta::days(7));
    reopen(&system).await;
    let channel = system.incident_channel().id;
    let said = system.message_with(&channel, "Payments was not paged again.").await;
    system.press("bob", &channel, &said, "Page again").await;
    system.counted("pages WHERE state = 'triggered'", 1).await;
    system.end().await;
}

/// It is reopened twice: only the last message has a button, and PagerDuty calls nobody while nobody presses it.
#[tokio::test(flavor = "multi_thread")]
async fn only_the_last_message_offers_to_page_again() {
    let system = System::start_with_pagerduty().await;
    system.set("resolve_pages", json!("always")).await;
    set_teams(&system, "sev2", &["Payments"]).await;
    system.declare("alice", &FIELDS).await;
    system.counted("pages WHERE state = 'triggered'", 1).await;
    for time in 1..=2 {
        resolve(&system).await;
        system.settled().await;
        reopen(&system).await;
        system.counted("pages WHERE not_sent = 'again'", time).await;
        system.settled().await;
    }
    let said = said_of(&system, "Payments was not paged again.");
    assert_eq!(said, [false, true], "whether there is a button");
    // Reopened while it is being called: there is nothing to say.
    let channel = system.incident_channel().id;
    let mut messages = system.sandbox.messages(&channel).into_iter();
    let last = messages
        .rfind(|message| message.text == "Payments was not paged again.")
        .unwrap();
    system.press("bob", &channel, &last, "Page again").await;
    system.counted("pages WHERE state = 'triggered'", 1).await;
    system.settled().await;
    system.set("resolve_pages", json!("never")).await;
    system.settled().await;
    resolve(&system).await;
    system.settled().await;
    reopen(&system).await;
    system.settled().await;
    assert_eq!(said_of(&system, "Payments was not paged again."), [false]);
    assert_eq!((pages(&system), system.count("pages").await), (2, 3));
    system.end().await;
}

/// Whether each message of the channel that says this has a button, in their order.
fn said_of(system: &System, text: &str) -> Vec<bool> {
    let messages = system.sandbox.messages(&system.incident_channel().id).into_iter();
    let said = messages.filter(|message| message.text == text);
    said.map(|message| {
        serde_json::to_string(&message.blocks)
            .unwrap()
            .contains("paging.anyway")
    })
    .collect()
}

/// Somebody paged a team that no severity pages, and the incident was resolved before PagerDuty had it.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_paged_by_hand_is_said_not_to_be() {
    let system = System::start_with_pagerduty().await;
    Page::prepare(&system).await;
    let broken = Fault::new("pagerduty.create_incident", Harm::Status(503));
    system.sandbox.faults().add(broken);
    page(&system, "Payments").await;
    resolve(&system).await;
    system.counted("pages WHERE state = 'withdrawn'", 1).await;
    system.sandbox.faults().clear();
    system.settled().await;
    let said = "Payments was not paged: the incident was resolved before PagerDuty accepted the page.";
    assert_eq!(said_of(&system, said), [false]);
    reopen(&system).await;
    system.counted("pages", 2).await;
    system.settled().await;
    assert_eq!(said_of(&system, said), [false, true]);
    assert_eq!(pages(&system), 0);
    let channel = system.incident_channel().id;
    let mut messages = system.sandbox.messages(&channel).into_iter();
    let last = messages.rfind(|message| message.text == said).unwrap();
    system.press("bob", &channel, &last, "Page anyway").await;
    system.counted("pages WHERE state = 'triggered'", 1).await;
    system.settled().await;
    assert_eq!(pages(&system), 1);
    system.end().await;
}

/// The severity was raised while it was resolved.
#[tokio::test(flavor = "multi_thread")]
async fn a_severity_that_was_raised_while_it_was_resolved_pages_when_it_is_reopened() {
    let system = System::start_with_pagerduty().await;
    set_teams(&system, "sev1", &["Payments"]).await;
    system.declare("alice", &FIELDS).await;
    system.declared(1).await;
    resolve(&system).await;
    system.choose("alice", "severity.set", "sev1").await;
    system.counted("incidents WHERE severity = 'sev1'", 1).await;
    system.settled().await;
    assert_eq!(pages(&system), 0);
    reopen(&system).await;
    system.counted("pages WHERE state = 'triggered'", 1).await;
    system.settled().await;
    assert_eq!(pages(&system), 1);
    system.end().await;
}

/// A mistake is taken back while PagerDuty is down, and then it was none.
#[tokio::test(flavor = "multi_thread")]
async fn a_raise_that_is_taken_back_pages_nobody_and_the_next_one_does() {
    let system = declared_without_pagerduty().await;
    system.choose("alice", "severity.set", "sev4").await;
    let channel = system.incident_channel().id;
    let said = system
        .message_with(&channel, "Payments was not paged: the severity was lowered")
        .await;
    assert!(serde_json::to_string(&said.blocks).unwrap().contains("Page anyway"));
    system.sandbox.faults().clear();
    system.settled().await;
    assert_eq!(pages(&system), 0);
    system.choose("alice", "severity.set", "sev2").await;
    system.counted("pages WHERE state = 'triggered'", 1).await;
    system.settled().await;
    assert_eq!(pages(&system), 1);
    assert!(system.notices().contains(&PAGED.to_owned()), "{:#?}", system.notices());
    system.end().await;
}
