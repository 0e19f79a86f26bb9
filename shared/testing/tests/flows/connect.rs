//! Connecting a person of the console with who they are in Slack.

use std::time::Duration;

use chrono::TimeDelta;
use domain::Clock;
use sandbox::{ChannelKind, Message};
use store::console_users::{self, Role, User};
use testing::System;
use uuid::Uuid;

use crate::matrix::Flow;

/// Bob signs in to the console, asks to be connected, and says in Slack that it is him.
pub(crate) struct Connect;

const BOB: Uuid = Uuid::from_u128(0x0193_a5f0_0000_7000_8000_0000_0000_0b0b);

/// Somebody of the console with this e-mail.
async fn add_user(system: &System, email: &str) {
    let user = User {
        id: BOB,
        email: email.to_owned(),
        name: "Bob of the console".to_owned(),
        role: Role::Viewer,
        slack_user_id: None,
    };
    let mut conn = system.pool().acquire().await.unwrap();
    console_users::insert(&mut conn, &user, None, system.clock.now())
        .await
        .unwrap();
}

async fn ask(system: &System) -> Result<(), incidents::ConnectError> {
    incidents::connect_slack(&system.pool().clone().into(), BOB, "192.0.2.1", system.clock.now()).await
}

/// The message that asks bob.
async fn question(system: &System) -> Message {
    system
        .sandbox
        .wait_until(|state| {
            let mut messages = state.direct_messages("bob").into_iter();
            messages
                .rfind(|message| message.text.contains("Is the console account"))
                .cloned()
        })
        .await
}

/// The conversation of bob and the bot.
fn direct(system: &System) -> String {
    let bob = system.sandbox.person("bob").id().to_owned();
    system.sandbox.look(|state| {
        let mut direct = state
            .conversations()
            .filter(|channel| channel.kind == ChannelKind::Direct);
        direct
            .find(|channel| channel.members.contains(&bob))
            .unwrap()
            .id
            .clone()
    })
}

/// Bob presses until it is recorded, as people do who are told that it could not be confirmed.
async fn press(system: &System, which: &str) {
    let question = question(system).await;
    for _ in 0..5 {
        system.press("bob", &direct(system), &question, which).await;
        let answered = system.counted("slack_links WHERE answered_at IS NOT NULL", 1);
        if tokio::time::timeout(Duration::from_secs(4), answered).await.is_ok() {
            return;
        }
    }
    panic!("{which} was never recorded");
}

/// Who the person of the console is in Slack.
async fn linked(system: &System) -> Option<String> {
    let mut conn = system.pool().acquire().await.unwrap();
    let user = console_users::lock(&mut conn, BOB).await.unwrap();
    user.unwrap().slack_user_id
}

impl Flow for Connect {
    async fn prepare(system: &System) {
        add_user(system, "BOB@example.com").await;
    }

    async fn run(system: &System) {
        ask(system).await.unwrap();
        press(system, "Yes, that's me").await;
    }
}

async fn audited(system: &System) -> Vec<String> {
    let mut conn = system.pool().acquire().await.unwrap();
    let entries = store::audit_log::newest(&mut conn, 20).await.unwrap();
    entries.into_iter().rev().map(|entry| entry.action).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_says_in_slack_that_it_is_them_is_connected() {
    let system = System::start().await;
    Connect::prepare(&system).await;
    ask(&system).await.unwrap();
    // Asking again while it waits asks nobody.
    ask(&system).await.unwrap();
    system.settled().await;
    assert_eq!(system.count("slack_links").await, 1);
    assert_eq!(system.sandbox.direct_messages("bob").len(), 1);
    assert_eq!(linked(&system).await, None, "nothing is so before he says so");

    press(&system, "Yes, that's me").await;
    system.settled().await;
    assert_eq!(
        linked(&system).await.as_deref(),
        Some(system.sandbox.person("bob").id())
    );
    let told = system.sandbox.direct_messages("bob");
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].text.starts_with("🔗 Connected"), "{}", told[0].text);
    assert_eq!(audited(&system).await, ["connect_slack", "connect_slack_confirmed"]);
    // Who is connected is not asked again.
    ask(&system).await.unwrap();
    assert_eq!(system.count("slack_links").await, 1);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_connects_nobody_and_is_not_asked_about_again_soon() {
    let system = System::start().await;
    Connect::prepare(&system).await;
    ask(&system).await.unwrap();
    press(&system, "No").await;
    system.settled().await;
    assert_eq!(linked(&system).await, None);
    let told = system.sandbox.direct_messages("bob");
    assert!(
        told[0].text.contains("isn't yours, so nothing was connected"),
        "{}",
        told[0].text
    );
    let refused = ask(&system).await.unwrap_err();
    assert!(matches!(refused, incidents::ConnectError::TooOften(_)), "{refused}");
    assert_eq!(audited(&system).await, ["connect_slack", "connect_slack_declined"]);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_answered_in_time_by_whom_it_was_put_to() {
    let system = System::start().await;
    Connect::prepare(&system).await;
    ask(&system).await.unwrap();
    let question = question(&system).await;
    // Somebody else cannot answer, whatever they send.
    let link: Uuid = question_id(&question);
    let request = incidents::Request {
        key: "forged".to_owned(),
        actor: domain::Actor::Slack {
            user_id: system.sandbox.person("carol").id().to_owned(),
            name: "carol".to_owned(),
        },
        now: system.clock.now(),
        channel: None,
        content: None,
        audit: None,
    };
    let forged = incidents::answer_slack_link(&system.pool().clone().into(), &request, link, true).await;
    assert!(matches!(forged, Err(incidents::CommandError::NotAsked)), "{forged:?}");

    system.clock.advance(TimeDelta::minutes(16));
    system.press("bob", &direct(&system), &question, "Yes, that's me").await;
    let whispered = system
        .sandbox
        .wait_until(|state| {
            let direct = state.direct_messages("bob").into_iter().cloned();
            let texts = direct.map(|message| message.text);
            let whispered = state.ephemerals("bob").into_iter().map(|seen| seen.text.clone());
            texts.chain(whispered).find(|text| text.contains("has expired"))
        })
        .await;
    assert!(whispered.contains("Connect Slack"), "{whispered}");
    assert_eq!(linked(&system).await, None);
    system.end().await;
}

fn question_id(question: &Message) -> Uuid {
    let buttons = question.blocks.iter().find(|block| block["type"] == "actions").unwrap();
    serde_json::from_str(buttons["elements"][0]["value"].as_str().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_e_mail_that_nobody_has_in_slack_says_what_to_do() {
    let system = System::start().await;
    add_user(&system, "admin@admin.com").await;
    let refused = ask(&system).await.unwrap_err().to_string();
    assert!(
        refused.starts_with("Nobody in Slack has the e-mail admin@admin.com."),
        "{refused}"
    );
    assert_eq!(system.count("slack_links").await, 0);
    system.end().await;
}
