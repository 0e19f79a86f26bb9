//! Calls whose answer is lost, at the times of production: what is there is found at once, what is not is never made twice.

use std::time::Duration;

use chrono::TimeDelta;
use sandbox::{Fault, Harm, Outcome, Side};
use testing::{PRODUCTION, System, wait_for};

use crate::declare::FIELDS;
use crate::status::resolve;

/// A gateway, and a worker that waits as long as it does in production.
async fn production() -> System {
    let mut system = System::new(sandbox::Config::default()).await;
    system.add_gateway();
    system.note_delays().await;
    system.add_worker_of_production();
    system.ready().await;
    system
}

fn calls(system: &System, method: &str) -> usize {
    let calls = system.sandbox.calls().into_iter();
    calls.filter(|call| call.method == method).count()
}

/// A call that was dropped before it had its effect is looked for at once, and repeated once it can no longer have it.
async fn is_repeated_only_when_it_is_over(method: &str, looks: &str) {
    let system = production().await;
    let fault = Fault::new(method, Harm::DropBefore).once();
    system.sandbox.faults().add(fault);
    system.sandbox.clear_calls();
    system.declare("alice", &FIELDS).await;
    let put_off = wait_for("the job that waits", async || {
        let (delay, _) = system.longest_delay().await;
        (delay > Duration::from_secs(5)).then_some(delay)
    })
    .await;
    let wait = PRODUCTION.call + PRODUCTION.settle;
    assert!(put_off <= wait + Duration::from_secs(2), "{put_off:?}");
    assert_eq!(calls(&system, looks), 1, "it was looked for at once");
    let dropped = |call: &sandbox::Call| call.method == method && call.outcome != Outcome::Ok;
    assert_eq!(system.sandbox.calls().iter().filter(|call| dropped(call)).count(), 1);
    let before = calls(&system, method);
    system.pass(TimeDelta::from_std(wait).unwrap()).await;
    system.declared(1).await;
    assert!(calls(&system, method) > before, "it was repeated");
    assert_eq!(calls(&system, looks), 2, "after another look");
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_is_asked_for_again_only_when_the_first_call_is_over() {
    is_repeated_only_when_it_is_over("conversations.create", "users.conversations").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_posted_again_only_when_the_first_call_is_over() {
    is_repeated_only_when_it_is_over("chat.postMessage", "conversations.history").await;
}

/// The answer says that it failed, and the channel comes after the look all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_slack_shows_late_is_adopted() {
    let system = production().await;
    system
        .sandbox
        .faults()
        .add(Fault::new("conversations.create", Harm::Status(500)).once());
    let again = system.sandbox.faults().barrier("conversations.create", 2, Side::Before);
    system.declare("alice", &FIELDS).await;
    again.reached().await;
    let name: String = sqlx::query_scalar("SELECT channel_name FROM incidents")
        .fetch_one(system.pool())
        .await
        .unwrap();
    let late = system.slack().create_channel(&name, false).await.unwrap();
    again.release();
    system.declared(1).await;
    assert_eq!(system.incident_channel().id, late.id);
    let channels = system.sandbox.channels();
    let ours = channels.iter().filter(|channel| channel.name.starts_with("inc-"));
    assert_eq!(ours.count(), 1);
    system.end().await;
}

/// The channel for the causes was made, its answer lost, and the incident renamed before the next run.
#[tokio::test(flavor = "multi_thread")]
async fn an_rca_channel_is_found_by_the_name_it_was_asked_for() {
    let system = production().await;
    system.declare("alice", &FIELDS).await;
    system.declared(1).await;
    system.settled().await;
    let made = system.sandbox.faults().barrier("conversations.create", 1, Side::After);
    let renamed = async {
        made.reached().await;
        system
            .execute("UPDATE incidents SET channel_name = channel_name || '-and-more'")
            .await;
        made.discard();
    };
    tokio::join!(renamed, resolve(&system, &[("Technical lead", "bob")]));
    system.counted("incidents WHERE rca_channel_id IS NOT NULL", 1).await;
    system.settled().await;
    let channels = system.sandbox.channels();
    let rca = channels.iter().filter(|channel| channel.name.contains("-rca"));
    assert_eq!(rca.count(), 1, "{channels:#?}");
    system.end().await;
}
