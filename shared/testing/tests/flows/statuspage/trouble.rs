//! What Statuspage refuses, loses, slows down.

use std::time::Duration;
use std::time::Instant;

use jobs::{CopyComponents, PollStatuspage};
use sandbox::Fault;
use sandbox::Harm;
use sandbox::Junk;
use sandbox::Side;
use serde_json::json;
use testing::System;
use testing::wait_for;

use super::{Publish, Update, fields, form, next, said, with_page};
use crate::matrix::Flow;
use crate::status::resolve;

#[tokio::test(flavor = "multi_thread")]
async fn what_statuspage_refuses_is_said_and_tried_again() {
    let system = System::start_with(with_page()).await;
    Publish::prepare(&system).await;
    let refuse = |harm: Harm| {
        system
            .sandbox
            .faults()
            .add(Fault::new("statuspage.create_incident", harm).once())
    };
    let channel = system.incident_channel().id;
    refuse(Harm::Error("Name is not nice".to_owned()));
    Publish::run(&system).await;
    system.settled().await;
    let problem = system.message_with(&channel, "could not be published").await;
    assert!(problem.text.contains("Name is not nice"), "{}", problem.text);
    assert!(said(&system).contains("Correct"), "{}", said(&system));
    // Other credentials are wrong the next time.
    refuse(Harm::Status(401));
    system.press("alice", &channel, &problem, "Retry").await;
    let problem = system.message_with(&channel, "rejected our credentials").await;
    system.settled().await;
    assert!(system.sandbox.page_incidents().is_empty());
    assert_eq!(system.count("incidents WHERE resolved_at IS NULL").await, 1);
    system.press("alice", &channel, &problem, "Retry").await;
    wait_for("the incident there", async || {
        (!system.sandbox.page_incidents().is_empty()).then_some(())
    })
    .await;
    system.settled().await;
    assert_eq!(system.sandbox.page_incidents().len(), 1);
    assert!(said(&system).contains("Update…"), "{}", said(&system));
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_is_corrected_in_the_form() {
    let system = System::start_with(with_page()).await;
    Publish::prepare(&system).await;
    let refused = Harm::Error("Name is not nice".to_owned());
    system
        .sandbox
        .faults()
        .add(Fault::new("statuspage.create_incident", refused).once());
    Publish::run(&system).await;
    system.settled().await;
    let alice = system.sandbox.person("alice");
    let form = form(&system, &alice, "Correct…").await;
    let mut better = fields();
    better[0] = ("Name", "Payments fail".into());
    let step = next(&system, &alice, &form, &better).await;
    system.submit(&alice, &step, &[]).await;
    wait_for("the incident there", async || {
        (!system.sandbox.page_incidents().is_empty()).then_some(())
    })
    .await;
    system.settled().await;
    let there = system.sandbox.page_incidents();
    assert_eq!((there.len(), there[0].name.as_str()), (1, "Payments fail"));
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_in_any_way_is_no_second_incident() {
    for harm in [
        Harm::DropAfter,
        Harm::HangAfter,
        Harm::Junk(Junk::InvalidJson),
        Harm::Status(503),
        Harm::RateLimited(1),
        Harm::Junk(Junk::Page),
    ] {
        let system = System::start_with(with_page()).await;
        Publish::prepare(&system).await;
        for method in ["statuspage.create_incident", "statuspage.update_incident"] {
            system.sandbox.faults().add(Fault::new(method, harm.clone()).once());
        }
        Publish::run(&system).await;
        system.settled().await;
        Update::run(&system).await;
        system.settled().await;
        let there = system.sandbox.page_incidents();
        assert_eq!((there.len(), there[0].updates.len()), (1, 2), "{harm:?}: {there:#?}");
        assert_eq!(system.count("jobs WHERE state = 'discarded'").await, 0, "{harm:?}");
        system.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_call_a_second_of_all_replicas_together() {
    let mut system = System::new(with_page()).await;
    system.sandbox.limit_statuspage(true);
    system.add_gateway();
    for _ in 0..2 {
        system.add_worker_with(|config| {
            if let Some(statuspage) = &mut config.vendors.statuspage {
                statuspage.pace = Duration::from_secs(1);
                statuspage.timeout = Duration::from_secs(4);
            }
        });
    }
    system.connected(2).await;
    system.channels_copied().await;
    Publish::prepare(&system).await;
    system.settled().await;
    system.sandbox.clear_calls();
    let began = Instant::now();
    system.tick(PollStatuspage {}.job()).await;
    system.tick(CopyComponents::all()).await;
    Publish::run(&system).await;
    system.settled().await;
    let took = began.elapsed();
    let calls = system.sandbox.calls().into_iter();
    let answered = calls.filter(|call| call.method.starts_with("statuspage.") && call.outcome == sandbox::Outcome::Ok);
    let answered = u32::try_from(answered.count()).unwrap();
    assert!(answered >= 5, "{answered}");
    assert!(
        took >= Duration::from_millis(900) * (answered - 1),
        "{answered} calls in {took:?}"
    );
    assert_eq!(system.sandbox.page_incidents().len(), 1);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_420_is_waited_for_by_all() {
    let mut system = System::start_with(with_page()).await;
    system.add_worker();
    Publish::prepare(&system).await;
    // Without a pace of their own they run into it.
    system.sandbox.limit_statuspage(true);
    Publish::run(&system).await;
    system.tick(PollStatuspage {}.job()).await;
    system
        .counted(
            "vendor_rate_limits WHERE vendor = 'statuspage' AND until > now() + interval '5 s'",
            1,
        )
        .await;
    system.sandbox.limit_statuspage(false);
    system.execute("DELETE FROM vendor_rate_limits").await;
    system
        .execute("UPDATE jobs SET run_at = now() WHERE state = 'waiting' AND queue = 'statuspage'")
        .await;
    system.settled().await;
    assert_eq!(system.sandbox.page_incidents().len(), 1);
    system.end().await;
}

/// A worker that waits longer for Statuspage than a test holds its calls.
fn patient(config: &mut worker::Config) {
    if let Some(statuspage) = &mut config.vendors.statuspage {
        statuspage.timeout = Duration::from_mins(1);
    }
    config.jobs.handler_timeout = Duration::from_mins(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statuspage_that_hangs_slows_no_incident() {
    let mut system = System::new(with_page()).await;
    system.add_gateway();
    system.add_worker_with(patient);
    system.connected(2).await;
    system.channels_copied().await;
    Publish::prepare(&system).await;
    let held = system.sandbox.barrier("statuspage.create_incident", 1, Side::Before);
    let polled = system.sandbox.barrier("statuspage.list_unresolved", 1, Side::Before);
    Publish::run(&system).await;
    system.tick(PollStatuspage {}.job()).await;
    held.reached().await;
    polled.reached().await;
    let began = Instant::now();
    system.choose("alice", "severity.set", "sev1").await;
    system.choose("alice", "status.set", "identified").await;
    resolve(&system, &[("Technical lead", "bob")]).await;
    system.counted("incidents WHERE resolved_at IS NOT NULL", 1).await;
    system
        .message_with(&system.incident_channel().id, "✅ Resolved by alice")
        .await;
    system.declare("bob", &[("Description", "Search is down")]).await;
    wait_for("the second channel with its panel", async || {
        let channels = system.sandbox.channels().into_iter();
        let second = channels
            .into_iter()
            .find(|channel| channel.name.contains("search-is-down"))?;
        (!system.sandbox.pins(&second.id).is_empty()).then_some(())
    })
    .await;
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    assert!(
        held.is_reached() && polled.is_reached(),
        "Statuspage hangs all the while"
    );
    held.release();
    polled.release();
    system.settled().await;
    assert_eq!(system.sandbox.page_incidents().len(), 1);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_true_any_more_is_not_published_late() {
    for on_resolve in ["ask", "always"] {
        let system = System::start_with(with_page()).await;
        Publish::prepare(&system).await;
        system.set("statuspage_on_resolve", json!(on_resolve)).await;
        let outage = Fault::new("statuspage.create_incident", Harm::Status(503));
        let outage = system.sandbox.faults().add(outage);
        Publish::run(&system).await;
        let channel = system.incident_channel().id;
        resolve(&system, &[]).await;
        system
            .message_with(&channel, "was resolved before Statuspage accepted it")
            .await;
        system.sandbox.faults().remove(outage);
        system.settled().await;
        assert!(system.sandbox.page_incidents().is_empty());
        // That is said once, and nobody is asked about what is not there.
        assert_eq!(
            system.count("timeline_entries WHERE kind = 'problem'").await,
            1,
            "{on_resolve}"
        );
        assert_eq!(system.count("prompts WHERE kind = 'statuspage'").await, 0);
        system.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_while_the_incident_is_resolved_is_resolved_too() {
    for on_resolve in ["ask", "always"] {
        let mut system = System::new(with_page()).await;
        system.add_gateway();
        system.add_worker_with(patient);
        system.connected(2).await;
        system.channels_copied().await;
        Publish::prepare(&system).await;
        system.set("statuspage_on_resolve", json!(on_resolve)).await;
        let held = system.sandbox.barrier("statuspage.create_incident", 1, Side::After);
        Publish::run(&system).await;
        held.reached().await;
        resolve(&system, &[("Technical lead", "bob")]).await;
        system.counted("incidents WHERE resolved_at IS NOT NULL", 1).await;
        held.release();
        if on_resolve == "ask" {
            let channel = system.incident_channel().id;
            system.message_with(&channel, "still open on Statuspage").await;
        } else {
            wait_for("the end there", async || {
                (system.sandbox.page_incidents()[0].status == "resolved").then_some(())
            })
            .await;
        }
        system.settled().await;
        assert_eq!(system.count("timeline_entries WHERE kind = 'problem'").await, 0);
        assert_eq!(system.count("jobs WHERE state = 'discarded'").await, 0);
        system.end().await;
    }
}
