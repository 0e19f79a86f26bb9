//! Private incidents: asking to be let in, being let in, and following the channel.

use std::time::Duration;

use chrono::TimeDelta;
use sandbox::Message;
use testing::{System, wait_for};

use crate::matrix::Flow;

/// Bob asks to see alice's private incident, and she lets him in.
pub(crate) struct RequestAccess;

/// Bob asks, and alice declines.
pub(crate) struct DeclineAccess;

const FIELDS: [(&str, &str); 2] = [
    ("Description", "Salaries leaked"),
    ("Private incident", "Only people invited to its channel can see it"),
];

/// Presses until it is recorded, as people do who are told that it could not be confirmed.
async fn press_until(system: &System, who: &str, channel: &str, message: &Message, which: &str, recorded: &str) {
    for _ in 0..5 {
        system.press(who, channel, message, which).await;
        let recorded = system.counted(recorded, 1);
        if tokio::time::timeout(Duration::from_secs(4), recorded).await.is_ok() {
            return;
        }
    }
    panic!("{which} was never recorded");
}

async fn ask(system: &System) {
    let post = &system.sandbox.messages("incidents")[0];
    press_until(system, "bob", "incidents", post, "Request access", "access_requests").await;
}

/// The message that asks the incident's people.
async fn question(system: &System) -> Message {
    let channel = system.incident_channel().id;
    system
        .sandbox
        .wait_until(|state| {
            let mut messages = state.messages(&channel).into_iter();
            messages.find(|message| message.text.starts_with("🔑")).cloned()
        })
        .await
}

async fn decide(system: &System, which: &str) {
    let (question, channel) = (question(system).await, system.incident_channel().id);
    let decided = "access_requests WHERE decided_at IS NOT NULL";
    press_until(system, "alice", &channel, &question, which, decided).await;
}

impl Flow for RequestAccess {
    async fn prepare(system: &System) {
        system.declare("alice", &FIELDS).await;
        system.declared(1).await;
    }

    async fn run(system: &System) {
        ask(system).await;
        decide(system, "Approve").await;
    }
}

impl Flow for DeclineAccess {
    async fn prepare(system: &System) {
        RequestAccess::prepare(system).await;
    }

    async fn run(system: &System) {
        ask(system).await;
        decide(system, "Decline").await;
    }
}

fn id(system: &System, who: &str) -> String {
    system.sandbox.person(who).id().to_owned()
}

/// Waits until somebody's home names the incident, or does not.
async fn home_names_it(system: &System, who: &str, names_it: bool) {
    system.sandbox.person(who).open_home();
    let shown = |home: &sandbox::View| home.content.to_string().contains("Salaries") == names_it;
    system
        .sandbox
        .wait_until(|state| state.home(who).filter(|home| shown(home)).map(|_| ()))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_let_in_is_invited_told_and_sees_it() {
    let system = System::start().await;
    RequestAccess::prepare(&system).await;
    home_names_it(&system, "bob", false).await;
    ask(&system).await;
    let whispered = system
        .sandbox
        .wait_until(|state| state.ephemerals("bob").into_iter().next().cloned())
        .await;
    assert!(whispered.text.starts_with("Request sent."), "{}", whispered.text);

    // Asking again is said to be needless.
    let post = &system.sandbox.messages("incidents")[0];
    system.press("bob", "incidents", post, "Request access").await;
    let again = system
        .sandbox
        .wait_until(|state| state.ephemerals("bob").get(1).map(|seen| (*seen).clone()))
        .await;
    assert!(
        again.text.starts_with("You already requested access."),
        "{}",
        again.text
    );
    assert_eq!(system.count("access_requests").await, 1);

    decide(&system, "Approve").await;
    wait_for("bob in the channel", async || {
        let members = system.incident_channel().members;
        members.contains(&id(&system, "bob")).then_some(())
    })
    .await;
    // His home is drawn anew a minute after he opened it, and after each change of who is in the channel.
    while system
        .count("jobs WHERE kind = 'slack.draw_home' AND state = 'waiting'")
        .await
        > 0
    {
        system.pass(TimeDelta::minutes(1)).await;
        system
            .counted("jobs WHERE kind = 'slack.draw_home' AND state = 'running'", 0)
            .await;
    }
    system.settled().await;
    let told = system.sandbox.direct_messages("bob");
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(
        told[0].text.contains("alice gave you access to the private incident"),
        "{}",
        told[0].text
    );
    assert_eq!(system.notices(), ["alice gave bob access to this private incident."]);
    let decided = question_after(&system).await;
    assert_eq!(decided.text, "alice approved the access request of bob.");
    home_names_it(&system, "bob", true).await;

    // Whoever is in needs not ask.
    system.press("bob", "incidents", post, "Request access").await;
    let already = system
        .sandbox
        .wait_until(|state| state.ephemerals("bob").get(2).map(|seen| (*seen).clone()))
        .await;
    assert!(
        already.text.starts_with("You already have access to this incident"),
        "{}",
        already.text
    );
    system.end().await;
}

async fn question_after(system: &System) -> Message {
    let channel = system.incident_channel().id;
    system
        .sandbox
        .wait_until(|state| {
            let mut messages = state.messages(&channel).into_iter();
            messages
                .find(|message| message.text.contains("access request of bob"))
                .cloned()
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_declined_is_told_kindly_and_sees_nothing() {
    let system = System::start().await;
    DeclineAccess::prepare(&system).await;
    DeclineAccess::run(&system).await;
    system.settled().await;
    assert!(!system.incident_channel().members.contains(&id(&system, "bob")));
    let told = system.sandbox.direct_messages("bob");
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(
        !told[0].text.contains("Salaries") && told[0].text.contains("was declined"),
        "{}",
        told[0].text
    );
    home_names_it(&system, "bob", false).await;
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_decide_at_once_one_does() {
    let system = System::start().await;
    RequestAccess::prepare(&system).await;
    ask(&system).await;
    let question = question(&system).await;
    let channel = system.incident_channel().id;
    let alice = system.sandbox.person("alice");
    let (granted, declined) = tokio::join!(
        alice.click(&channel, &question.ts, "Approve"),
        alice.click(&channel, &question.ts, "Decline")
    );
    assert!(granted.is_acked() && declined.is_acked());
    system.settled().await;
    assert_eq!(system.count("access_requests WHERE decided_at IS NOT NULL").await, 1);
    assert_eq!(system.sandbox.direct_messages("bob").len(), 1);
    let whispered = system
        .sandbox
        .wait_until(|state| state.ephemerals("alice").into_iter().next().cloned())
        .await;
    assert!(whispered.text.starts_with("alice already"), "{}", whispered.text);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_into_the_channel_sees_it_until_they_leave() {
    let system = System::start().await;
    system.sandbox.sockets().set_duplicates(true);
    RequestAccess::prepare(&system).await;
    let channel = system.incident_channel().id;
    system.sandbox.invite("alice", &channel, "carol");
    system.counted(&member("carol", &system), 1).await;
    home_names_it(&system, "carol", true).await;
    system.sandbox.person("carol").leave(&channel);
    system.counted(&member("carol", &system), 0).await;
    home_names_it(&system, "carol", false).await;
    system.end().await;
}

fn member(who: &str, system: &System) -> String {
    format!("incident_members WHERE slack_user_id = '{}'", id(system, who))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_keeps_private_ones_out_of_the_digest() {
    let system = System::start().await;
    system.set("private_in_digest", serde_json::json!(false)).await;
    RequestAccess::prepare(&system).await;
    assert_eq!(system.sandbox.messages("incidents").len(), 0);
    assert_eq!(system.incident_channel().topic, "Salaries leaked");
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_post_that_people_delete_after_the_setting_changed_does_not_come_back() {
    let system = System::start().await;
    RequestAccess::prepare(&system).await;
    system.settled().await;
    system.set("private_in_digest", serde_json::json!(false)).await;
    let post = system.sandbox.messages("incidents").remove(0);
    system.sandbox.person("alice").delete("incidents", &post.ts);
    system.choose("alice", "severity.set", "sev1").await;
    system.settled().await;
    assert_eq!(system.sandbox.messages("incidents").len(), 0);
    assert_eq!(system.count("posted_messages WHERE kind = 'digest'").await, 0);
    system.end().await;
}
