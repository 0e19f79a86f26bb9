//! Two and more of each service; equal wishes; duplicates; reconnects.

use std::collections::BTreeSet;

use sandbox::{NewChannel, Submission};
use testing::System;

use crate::declare::FIELDS;

/// A system with two of each.
async fn doubled() -> System {
    let mut system = System::start().await;
    system.add_gateway();
    system.add_worker();
    system.connected(4).await;
    system
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_equal_texts_at_once_are_twenty_incidents() {
    let system = doubled().await;
    let people = ["alice", "bob", "carol", "dave"];
    let mut forms = Vec::new();
    for number in 0..20 {
        let person = system.sandbox.person(people[number % people.len()]);
        let form = system.open_form(&person).await;
        forms.push((person, form));
    }
    let submissions = forms.iter().map(|(person, form)| system.submit(person, form, &FIELDS));
    futures_util::future::join_all(submissions).await;
    system.declared(20).await;
    let names: BTreeSet<_> = system
        .sandbox
        .channels()
        .into_iter()
        .map(|c| c.name)
        .filter(|name| name.starts_with("inc-"))
        .collect();
    assert_eq!(names.len(), 20, "{names:#?}");
    assert_eq!(system.sandbox.messages("incidents").len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_envelope_coming_twice_changes_nothing() {
    let system = doubled().await;
    system.sandbox.sockets().set_duplicates(true);
    system.declare("alice", &FIELDS).await;
    system.sandbox.person("bob").invite_bot("general");
    let ts = system.sandbox.person("bob").mention("general", "new Search is down");
    system.declared(2).await;
    assert_eq!(system.sandbox.messages("incidents").len(), 2);
    let answers = system
        .sandbox
        .messages("general")
        .into_iter()
        .filter(|m| m.thread_ts.as_deref() == Some(&ts) && m.from_app);
    assert_eq!(answers.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn slack_asking_to_connect_anew_loses_nothing() {
    let system = doubled().await;
    let alice = system.sandbox.person("alice");
    let mut forms = Vec::new();
    for _ in 0..10 {
        forms.push(system.open_form(&alice).await);
    }
    let submissions = forms.iter().enumerate().map(|(number, form)| {
        let (system, alice) = (&system, &alice);
        async move {
            if number == 3 {
                system.sandbox.sockets().refresh();
            }
            alice.submit(form, FIELDS).await
        }
    });
    for submission in futures_util::future::join_all(submissions).await {
        assert!(matches!(submission, Submission::Closed), "{submission:?}");
    }
    system.declared(10).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_taken_in_slack_is_left_to_its_owner() {
    let system = System::start().await;
    system
        .sandbox
        .faults()
        .add(sandbox::Fault::new("conversations.create", sandbox::Harm::Error("name_taken".to_owned())).once());
    system.declare("alice", &FIELDS).await;
    system.declared(1).await;
    let name = system
        .sandbox
        .channels()
        .into_iter()
        .map(|c| c.name)
        .find(|name| name.starts_with("inc-"))
        .unwrap();
    assert!(name.ends_with("-2"), "{name}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_slack_refuses_is_said_to_the_declarer() {
    let system = System::start().await;
    system.sandbox.faults().add(sandbox::Fault::new(
        "conversations.create",
        sandbox::Harm::Error("restricted_action".to_owned()),
    ));
    system.declare("alice", &FIELDS).await;
    system.declared(1).await;
    let told = system.sandbox.direct_messages("alice");
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(
        told[0].text.contains("could not be created") && told[0].text.contains("Slack admin"),
        "{}",
        told[0].text
    );
    assert_eq!(system.count("timeline_entries WHERE kind = 'problem'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_digest_is_found_on_the_last_page_of_a_big_workspace() {
    let mut config = sandbox::Config::default();
    config.channels.retain(|channel| channel.name != "incidents");
    let mut system = System::new(config).await;
    for number in 0..1_500 {
        system
            .sandbox
            .add_channel(&NewChannel::public(&format!("team-{number:04}")));
    }
    system.sandbox.add_channel(&NewChannel::public("incidents"));
    system.sandbox.add_people("person", 10_000);
    system.add_gateway();
    system.add_worker();
    system.connected(2).await;
    system.channels_copied().await;
    system.sandbox.clear_calls();
    system.declare("alice", &FIELDS).await;
    system.declared(1).await;
    assert_eq!(system.sandbox.messages("incidents").len(), 1);
    let calls = system.sandbox.calls();
    let lists: Vec<_> = calls
        .iter()
        .filter(|call| call.method.split('.').next_back() == Some("list"))
        .collect();
    assert!(lists.is_empty(), "a declaration lists nothing: {lists:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_text_is_shown_as_typed_and_mentions_nobody() {
    let system = System::start().await;
    let long = "&".repeat(2_990) + " the end";
    let texts = [
        "🔥🔥 <!channel> & \"quotes\" <@U0ALICE>",
        "Платежи не работают",
        "שלום עולם",
        long.trim_start(),
    ];
    for text in texts {
        system.declare("alice", &[("Description", text)]).await;
    }
    system.declared(4).await;
    for channel in system
        .sandbox
        .channels()
        .into_iter()
        .filter(|c| c.name.starts_with("inc-"))
    {
        let panel = system.sandbox.messages(&channel.id).remove(0);
        for text in mrkdwn(&serde_json::Value::Array(panel.blocks))
            .into_iter()
            .chain([panel.text])
        {
            assert!(!text.contains("<!channel>") && !text.contains("<@U0ALICE>"), "{text}");
        }
    }
    let shown = serde_json::to_string(&system.sandbox.messages("incidents")).unwrap();
    assert!(
        shown.contains("&lt;!channel&gt; &amp;") && shown.contains("Платежи") && shown.contains("שלום"),
        "{shown}"
    );
}

/// Every text that Slack reads its own signs in.
fn mrkdwn(value: &serde_json::Value) -> Vec<String> {
    match value {
        serde_json::Value::Object(fields) if fields.get("type").is_some_and(|kind| kind == "mrkdwn") => {
            vec![fields["text"].as_str().unwrap_or_default().to_owned()]
        }
        serde_json::Value::Object(fields) => fields.values().flat_map(mrkdwn).collect(),
        serde_json::Value::Array(items) => items.iter().flat_map(mrkdwn).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_channel_that_is_not_there_is_told_once() {
    let mut config = sandbox::Config::default();
    config.channels.retain(|channel| channel.name != "incidents");
    let mut system = System::new(config).await;
    system.add_gateway();
    system.add_worker();
    system.connected(2).await;
    system.declare("alice", &FIELDS).await;
    let is_channel = |channel: &&sandbox::Channel| channel.name.starts_with("inc-");
    let told = system
        .sandbox
        .wait_until(|state| {
            let channel = state.channels().find(is_channel)?.id.clone();
            let mut messages = state.messages(&channel).into_iter();
            messages
                .find(|message| message.text.contains("digest channel #incidents"))
                .cloned()
        })
        .await;
    assert!(told.text.contains("create it, or invite the bot"), "{}", told.text);
    assert_eq!(system.count("timeline_entries WHERE kind = 'problem'").await, 1);
    system.end().await;
}
