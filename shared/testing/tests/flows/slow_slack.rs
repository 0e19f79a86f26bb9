//! A form that does not open: people are told where they are, with what they typed, and go on without it.

use std::time::Duration;

use sandbox::{ChannelKind, Ephemeral, Fault, Harm, Outcome, Submission};
use slack::Message;
use slack::blocks::{buttons, modal, one_button_of, section};
use slack::ids;
use slack::values::Nothing;
use testing::{System, wait_for};

const TOO_SLOW: &str = "Slack was too slow to open the form.";
const MAYBE_OPEN: &str = "Slack didn't confirm that it opened the form. If it's open, use it. Declaring here as well would \
                          create a second incident.";

/// What alice is told in a channel that her form did not open.
async fn told(system: &System, sentence: &str) -> Ephemeral {
    wait_for("alice to be told", async || {
        let seen = system.sandbox.ephemerals("alice").into_iter();
        seen.rev().find(|seen| seen.text.starts_with(sentence))
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
    let message = told(&system, MAYBE_OPEN).await;
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
    let message = told(&system, TOO_SLOW).await;
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
async fn a_form_that_an_unanswered_call_opened_is_there_and_nobody_says_otherwise() {
    let mut system = System::start().await;
    let alice = system.sandbox.person("alice");
    for harm in [Harm::DropAfter, Harm::HangAfter] {
        system.sandbox.faults().add(Fault::new("views.open", harm).once());
        let answer = alice.shortcut(ids::SHORTCUT_DECLARE).await;
        assert_eq!(alice.view_of(&answer).await.content["callback_id"], ids::VIEW_DECLARE);
        // The next call finds that the trigger was used.
        let used = Outcome::Error("exchanged_trigger_id".to_owned());
        let again = system.sandbox.wait_for_calls(|calls| {
            let mut calls = calls.iter().filter(|call| call.arg("trigger_id") == answer.trigger_id);
            calls.any(|call| call.outcome == used).then_some(())
        });
        again.await;
    }
    // Both services, with whatever they had still to say.
    system.stop_last().await;
    system.stop_last().await;
    assert_eq!(system.sandbox.ephemerals("alice").len(), 0);
    assert_eq!(system.sandbox.direct_messages("alice").len(), 0);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_nobody_knows_says_that_nothing_was_done() {
    let system = System::start().await;
    system.declare("alice", &crate::declare::FIELDS).await;
    system.declared(1).await;
    let alice = system.sandbox.person("alice");
    let channel = system.incident_channel().id;
    let link = ids::LINK_PREFIX.with("guide");
    let message = Message {
        text: "Guide".to_owned(),
        blocks: buttons(vec![one_button_of(ids::LINK_PREFIX, "guide", "Guide", &Nothing)])
            .into_iter()
            .collect(),
    };
    let slack = system.slack();
    let ts = slack.post_message(&channel, None, &message, "guide").await.unwrap();
    let followed = alice.click(&channel, &ts, &link).await;
    let retired = modal("retired", "Of another release", "Send", vec![section("Sure?")]);
    slack.open_view(&followed.trigger_id, &retired).await.unwrap();
    let form = alice.view_of(&followed).await;
    let nothing: [(&str, &str); 0] = [];
    match alice.submit(&form, nothing).await {
        Submission::Updated(view) => assert!(view.content.to_string().contains("nothing was done"), "{view:?}"),
        other => panic!("{other:?}"),
    }
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_is_opened_when_the_rate_limit_ends() {
    let mut system = System::new(sandbox::Config::default()).await;
    let limited = Fault::new("apps.connections.open", Harm::RateLimited(2)).once();
    system.sandbox.faults().add(limited);
    system.add_gateway();
    system.connected(2).await;
    let mut calls = system.sandbox.calls();
    calls.retain(|call| call.method == "apps.connections.open");
    let refused = calls
        .iter()
        .find(|call| call.outcome != Outcome::Ok)
        .expect("a refused call");
    let after = |call: &&sandbox::Call| call.at > refused.at + chrono::TimeDelta::milliseconds(100);
    let next = calls.iter().find(after).expect("another call");
    assert!(next.at - refused.at >= chrono::TimeDelta::seconds(2), "{calls:#?}");
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
