//! Guests do and see nothing unless a setting allows it, and are told so; connections of strangers are noticed.

use testing::{System, wait_for};

use crate::declare::FIELDS;

const REFUSED: &str = "incident-bot isn't available to guests";

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_is_refused_until_a_setting_allows_it() {
    let system = System::start().await;
    system.declare("alice", &FIELDS).await;
    system.declared(1).await;
    let bob = system.sandbox.person("bob");
    let (channel, panel) = (system.incident_channel(), system.panel());
    bob.join(&channel.id);
    bob.join("general");
    system.sandbox.change_person("bob", |user| user.is_restricted = true);
    system.counted("slack_users WHERE guest", 1).await;

    let list = async || {
        let answer = bob.slash("/incident", "list", "general").await;
        answer.payload.expect("an answer")["text"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    assert!(list().await.starts_with(REFUSED));
    assert!(
        bob.select(&channel.id, &panel.ts, "severity.set", "sev1")
            .await
            .is_acked()
    );
    let mention = bob.mention(&channel.id, "list");
    wait_for("the guest to be told twice", async || {
        let told = system.sandbox.ephemerals("bob").into_iter();
        (told.filter(|told| told.text.starts_with(REFUSED)).count() >= 3).then_some(())
    })
    .await;
    system.settled().await;
    assert_eq!(system.count("incidents WHERE severity = 'sev2'").await, 1);
    let thread = system.sandbox.messages(&channel.id).into_iter();
    assert!(
        !thread
            .into_iter()
            .any(|said| said.thread_ts.as_deref() == Some(&mention) && said.from_app)
    );

    system.set("guests_may_act", true.into()).await;
    wait_for("the setting to be in force", async || {
        (!list().await.starts_with(REFUSED)).then_some(())
    })
    .await;
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_of_another_process_are_told_in_diag() {
    let mut system = System::new(sandbox::Config::default()).await;
    system.sandbox.sockets().set_foreign(3);
    system.add_gateway();
    system.add_worker();
    system.connected(2).await;
    // Otherwise they would get some of what alice does.
    system.sandbox.sockets().set_foreign(0);
    system.channels_copied().await;
    let alice = system.sandbox.person("alice");
    wait_for("diag to tell", async || {
        alice.slash("/incident", "diag", "general").await;
        let told = system.sandbox.ephemerals("alice").into_iter();
        let told = told
            .map(|told| told.text)
            .find(|text| text.contains("Another process holds"))?;
        assert!(told.contains("holds 3 connections of this Slack app"), "{told}");
        Some(())
    })
    .await;
    system.end().await;
}
