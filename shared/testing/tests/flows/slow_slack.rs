//! A form that does not open: people are told where they are, with what they typed, and go on without it.

use std::time::Duration;

use sandbox::{ChannelKind, Ephemeral, Fault, Harm};
use testing::{System, wait_for};

const TOO_SLOW: &str = "Slack was too slow to open the form.";

/// What alice is told in a channel that her form did not open.
async fn told(system: &System) -> Ephemeral {
    wait_for("alice to be told", async || {
        let seen = system.sandbox.ephemerals("alice").into_iter();
        seen.rev().find(|seen| seen.text.starts_with(TOO_SLOW))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_is_declared_once_without_the_form() {
    let system = System::start().await;
    let alice = system.sandbox.person("alice");
    let faults = system.sandbox.faults();
    faults.set_latency_of("views.open", Some(Duration::from_secs(3)));
    let answer = alice
        .slash("/incident", "new Payments fail <for> & burn", "general")
        .await;
    assert!(answer.is_acked());
    let message = told(&system).await;
    assert!(
        message
            .text
            .ends_with("You typed: Payments fail &lt;for&gt; &amp; burn"),
        "{}",
        message.text
    );

    // Twice at the same time, and once more: it declares once.
    let which = "Declare as SEV4 now";
    let press = async || alice.click(&message.channel, &message.ts, which).await.is_acked();
    assert_eq!(tokio::join!(press(), press()), (true, true));
    system.declared(1).await;
    wait_for("the message to say so", async || {
        let seen = system.sandbox.ephemerals("alice").into_iter();
        let mut seen = seen.filter(|seen| seen.text.starts_with("✅ Declared: *Payments fail"));
        seen.next()
    })
    .await;
    assert!(system.sandbox.messages("incidents")[0].text.contains("Payments fail"));
    assert_eq!(system.settled().await, 1);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_opens_later_with_what_was_typed() {
    let system = System::start().await;
    let alice = system.sandbox.person("alice");
    let faults = system.sandbox.faults();
    // A shortcut tells nothing of where somebody is.
    let refused = |times| Fault::new("views.open", Harm::Error("expired_trigger_id".to_owned())).times(times);
    faults.add(refused(1));
    alice.shortcut("open_incident_bot_pager").await;
    let direct = wait_for("a direct message", async || {
        let mut messages = system.sandbox.direct_messages("alice").into_iter();
        messages.find(|message| message.text == TOO_SLOW)
    })
    .await;
    let channel = system.sandbox.look(|state| {
        let mut direct = state
            .conversations()
            .filter(|channel| channel.kind == ChannelKind::Direct);
        let hers = direct.find(|channel| channel.members.iter().any(|member| member == alice.id()));
        hers.expect("her direct messages").id.clone()
    });
    system
        .open(&alice, async || alice.click(&channel, &direct.ts, "Try again").await)
        .await;

    faults.add(refused(1));
    let long = format!("{} the end", "so it goes ".repeat(230));
    alice.slash("/incident", &format!("update {long}"), "general").await;
    let message = told(&system).await;
    assert!(message.text.ends_with("the end"), "{}", message.text);
    let form = system
        .open(&alice, async || {
            alice.click(&message.channel, &message.ts, "form.open").await
        })
        .await;
    assert_eq!(form.content["callback_id"], "update");
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_update_is_shortened_in_the_form() {
    let system = System::start().await;
    system.declare("alice", &crate::declare::FIELDS).await;
    system.declared(1).await;
    let alice = system.sandbox.person("alice");
    let channel = system.incident_channel();
    let long = "we are still looking ".repeat(120);
    let form = system
        .open(&alice, async || {
            alice.slash("/incident", &format!("update {long}"), &channel.id).await
        })
        .await;
    let shown = form.content.to_string();
    assert!(shown.contains(long.trim()) && shown.contains("Shorten it."), "{shown}");
    system.submit(&alice, &form, &[("Message", "Still looking.")]).await;
    system.message_with("incidents", "Still looking.").await;
    system.end().await;
}
