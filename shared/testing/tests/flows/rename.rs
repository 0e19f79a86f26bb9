//! The title is changed, and the channel's name on request.

use sandbox::{NewChannel, Submission, View};
use testing::System;

use crate::declare::FIELDS;
use crate::matrix::Flow;

/// Alice changes the title, and has the channel renamed too.
pub(crate) struct Rename;

const TITLE: &str = "Card payments fail";

impl Flow for Rename {
    async fn prepare(system: &System) {
        system.declare("alice", &FIELDS).await;
        system.declared(1).await;
    }

    async fn run(system: &System) {
        rename(system, TITLE, true).await;
        system
            .counted("timeline_entries WHERE kind = 'channel_renamed'", 1)
            .await;
    }
}

async fn open_form(system: &System) -> View {
    let alice = system.sandbox.person("alice");
    system
        .open(&alice, async || {
            let panel = system.panel();
            alice
                .select(&system.incident_channel().id, &panel.ts, "panel.more", "Rename…")
                .await
        })
        .await
}

pub(crate) async fn rename(system: &System, title: &str, and_channel: bool) {
    let alice = system.sandbox.person("alice");
    let form = open_form(system).await;
    let mut fields = vec![("Title", title)];
    if and_channel {
        fields.push(("Channel", "rename_channel"));
    }
    system.submit(&alice, &form, &fields).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_shows_the_title_follows() {
    let system = System::start().await;
    Rename::prepare(&system).await;
    let before = system.incident_channel().name;
    rename(&system, TITLE, false).await;
    system.counted("timeline_entries WHERE kind = 'title_changed'", 1).await;
    system.settled().await;
    let channel = system.incident_channel();
    assert_eq!(channel.name, before, "the channel is renamed on request only");
    assert!(channel.topic.starts_with(TITLE), "{}", channel.topic);
    assert!(system.panel().text.ends_with(TITLE), "{}", system.panel().text);
    let digest = &system.sandbox.messages("incidents")[0];
    assert!(digest.text.contains(TITLE), "{}", digest.text);
    assert_eq!(
        system.notices(),
        ["alice changed the title from “Payments fail for EU customers” to “Card payments fail”."]
    );
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_taken_gets_a_number() {
    let system = System::start().await;
    Rename::prepare(&system).await;
    let channel = system.incident_channel();
    let stem: Vec<_> = channel.name.split('-').take(3).collect();
    let base = format!("{}-card-payments-fail", stem.join("-"));
    rename(&system, TITLE, false).await;
    system.counted("timeline_entries WHERE kind = 'title_changed'", 1).await;
    let form = open_form(&system).await;
    for name in [base.clone(), format!("{base}-2")] {
        system.sandbox.add_channel(&NewChannel::public(&name));
    }
    let alice = system.sandbox.person("alice");
    system.submit(&alice, &form, &[("Channel", "rename_channel")]).await;
    system
        .counted("timeline_entries WHERE kind = 'channel_renamed'", 1)
        .await;
    system.settled().await;
    let renamed = system.sandbox.channel(&channel.id).unwrap();
    assert_eq!(renamed.name, format!("{base}-3"));
    assert_eq!(system.count("incidents WHERE channel_name LIKE '%-fail-3'").await, 1);
    assert_eq!(system.count("incidents WHERE wanted_channel_name IS NOT NULL").await, 0);
    let told = system.sandbox.messages(&channel.id);
    let sentence = format!("alice renamed the channel to #{}.", renamed.name);
    assert!(told.iter().any(|message| message.text == sentence), "{told:#?}");
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_call_it_in_slack_is_known() {
    let system = System::start().await;
    Rename::prepare(&system).await;
    let channel = system.incident_channel();
    system.sandbox.person("alice").rename_channel(&channel.id, "war-room");
    system.counted("incidents WHERE channel_name = 'war-room'", 1).await;
    system
        .counted("timeline_entries WHERE kind = 'channel_renamed'", 1)
        .await;
    system.settled().await;
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_title_is_needed() {
    let system = System::start().await;
    Rename::prepare(&system).await;
    let alice = system.sandbox.person("alice");
    let form = open_form(&system).await;
    let blank = alice.submit(&form, [("Title", "   ")]).await;
    let Submission::Errors(errors) = blank else {
        panic!("{blank:?}")
    };
    assert_eq!(errors["title"], "Enter some text.");
    system.end().await;
}
