//! Lists of incidents, paged with buttons.

use sandbox::{Message, Person};
use testing::System;

use crate::commands::ask;
use crate::matrix::Flow;

/// Alice lists the incidents in a thread, and turns the page.
pub(crate) struct List;

/// Twenty-five open ones, the newest first, and a private one that is newer than all.
const INCIDENTS: &str =
    "INSERT INTO incidents (id, title, description, severity, status, private, declared_by, declared_at,
                                               updated_at, channel_name)
    SELECT gen_random_uuid(), 'Shop ' || chr(64 + n), 'It sells nothing', 'sev3', 'investigating', n = 1,
           '{\"kind\":\"system\"}', now() - n * interval '1 minute', now(), 'shop-' || n
    FROM generate_series(1, 26) n";

impl Flow for List {
    async fn prepare(system: &System) {
        system.execute(INCIDENTS).await;
        system.sandbox.person("alice").invite_bot("general");
    }

    async fn run(system: &System) {
        let list = ask(system, "alice", "general", "list").await;
        press(&system.sandbox.person("alice"), "general", &list.ts, "Next").await;
        shows(system, &list.ts, "Shop L").await;
    }
}

/// Presses a button, again until it is acknowledged.
async fn press(person: &Person, channel: &str, ts: &str, which: &str) {
    for _ in 0..10 {
        if person.click(channel, ts, which).await.is_acked() {
            return;
        }
    }
    panic!("{which} was never acknowledged");
}

/// Waits until a message in the thread shows this, and gives it.
async fn shows(system: &System, ts: &str, what: &str) -> Message {
    let wanted = format!("*{what}*");
    let is_it =
        |message: &&Message| message.ts == ts && message.blocks.iter().any(|block| block.to_string().contains(&wanted));
    system
        .sandbox
        .wait_until(|state| state.messages("general").into_iter().find(is_it).cloned())
        .await
}

fn titles(blocks: &[serde_json::Value]) -> String {
    let text = serde_json::Value::Array(blocks.to_vec()).to_string();
    let titles = text.split("*Shop ").skip(1);
    titles.filter_map(|rest| rest.chars().next()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_turned_forth_and_back_in_the_thread() {
    let system = System::start().await;
    List::prepare(&system).await;
    let alice = system.sandbox.person("alice");
    let list = ask(&system, "alice", "general", "lsoi").await;
    assert_eq!(list.text, "25 open incidents, worst first");
    assert_eq!(titles(&list.blocks), "BCDEFGHIJK");
    press(&alice, "general", &list.ts, "Next").await;
    assert_eq!(titles(&shows(&system, &list.ts, "Shop L").await.blocks), "LMNOPQRSTU");
    press(&alice, "general", &list.ts, "Next").await;
    let third = shows(&system, &list.ts, "Shop V").await;
    assert_eq!(titles(&third.blocks), "VWXYZ");
    assert!(!serde_json::to_string(&third.blocks).unwrap().contains("Next"));
    // A newer one that came meanwhile moves no page.
    press(&alice, "general", &list.ts, "Previous").await;
    assert_eq!(titles(&shows(&system, &list.ts, "Shop L").await.blocks), "LMNOPQRSTU");
    press(&alice, "general", &list.ts, "Previous").await;
    let first = shows(&system, &list.ts, "Shop B").await;
    assert_eq!(titles(&first.blocks), "BCDEFGHIJK");
    assert!(!serde_json::to_string(&first.blocks).unwrap().contains("Previous"));
    assert_eq!(
        system.sandbox.messages("general").iter().filter(|m| m.from_app).count(),
        1
    );
    system.settled().await;
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_one_person_sees_is_turned_in_place() {
    let system = System::start().await;
    List::prepare(&system).await;
    let alice = system.sandbox.person("alice");
    alice.slash("/incident", "list all", "general").await;
    let shown = async |what: &'static str| {
        let wanted = format!("*{what}*");
        system
            .sandbox
            .wait_until(|state| {
                let seen = state.ephemerals("alice").into_iter();
                let mut seen = seen.filter(|seen| serde_json::to_string(&seen.blocks).unwrap().contains(&wanted));
                seen.next().cloned()
            })
            .await
    };
    let list = shown("Shop B").await;
    let general = system.sandbox.channel("general").unwrap().id;
    assert!(alice.click(&general, &list.ts, "Next").await.is_acked());
    let second = shown("Shop L").await;
    assert_eq!(second.ts, list.ts);
    assert_eq!(titles(&second.blocks), "LMNOPQRSTU");
    assert_eq!(system.sandbox.ephemerals("alice").len(), 1);
    system.end().await;
}
