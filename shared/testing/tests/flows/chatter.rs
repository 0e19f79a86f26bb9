//! People talk in the digest channel while nothing is open.

use chrono::TimeDelta;
use sandbox::Message;
use testing::{System, wait_for};

use crate::declare::FIELDS;
use crate::matrix::Flow;
use crate::status::Resolve;

/// Alice and bob talk; the hint comes, and bob puts it away.
pub(crate) struct Chatter;

impl Flow for Chatter {
    async fn prepare(system: &System) {
        Resolve::prepare(system).await;
        Resolve::run(system).await;
    }

    async fn run(system: &System) {
        talk(system, 4);
        let hint = system.message_with("incidents", "This sounds like an incident").await;
        system.press("bob", "incidents", &hint, "Dismiss").await;
        wait_for("the hint to go", async || hints(system).is_empty().then_some(())).await;
    }
}

fn talk(system: &System, messages: usize) {
    let people = ["alice", "bob"].map(|who| system.sandbox.person(who));
    for number in 0..messages {
        people[number % 2].say("incidents", &format!("Is search slow for you? {number}"));
    }
}

fn hints(system: &System) -> Vec<Message> {
    let messages = system.sandbox.messages("incidents").into_iter();
    messages
        .filter(|message| message.text.contains("This sounds like an incident"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_hint_an_hour_while_nothing_is_open() {
    let mut system = System::start().await;
    system.add_gateway();
    system.add_worker();
    system.connected(4).await;
    Chatter::prepare(&system).await;
    system.sandbox.sockets().set_duplicates(true);
    talk(&system, 3);
    system.counted("digest_chatter WHERE messages = 3", 1).await;
    system.settled().await;
    assert_eq!(
        hints(&system).len(),
        0,
        "three are no chatter, however often Slack tells of them"
    );
    talk(&system, 7);
    system.message_with("incidents", "This sounds like an incident").await;
    system.settled().await;
    assert_eq!(hints(&system).len(), 1);
    system.clock.advance(TimeDelta::minutes(61));
    talk(&system, 4);
    wait_for("the second hint", async || (hints(&system).len() == 2).then_some(())).await;
    system.sandbox.sockets().set_duplicates(false);

    system.clock.advance(TimeDelta::minutes(61));
    let hint = hints(&system).remove(0);
    let alice = system.sandbox.person("alice");
    let form = system
        .open(&alice, async || {
            alice.click("incidents", &hint.ts, "Start new incident").await
        })
        .await;
    system.submit(&alice, &form, &FIELDS).await;
    system.declared(2).await;
    talk(&system, 6);
    system.settled().await;
    assert_eq!(
        system.count("digest_chatter WHERE messages = 0").await,
        1,
        "an incident is open"
    );
    system.end().await;
}
