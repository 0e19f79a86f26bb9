//! Guests do and see nothing unless a setting allows it, and are told so; connections of strangers are noticed.

use sandbox::{Fault, Harm};
use testing::{System, wait_for};

use crate::declare::FIELDS;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nnot much of a picture";
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
    // Nobody gives them a role either.
    let alice = system.sandbox.person("alice");
    let request = incidents::Request {
        key: "test/assign".to_owned(),
        actor: domain::Actor::Slack {
            user_id: alice.id().to_owned(),
            name: "alice".to_owned(),
        },
        now: chrono::Utc::now(),
        channel: None,
        content: None,
        audit: None,
    };
    let incident = system.text("SELECT id::text FROM incidents").await.parse().unwrap();
    let (pool, anybody) = (system.pool().clone().into(), incidents::Replaces::Anybody);
    let given = incidents::assign(&pool, &request, incident, "technical_lead", bob.id(), anybody).await;
    let refused = given.unwrap_err().to_string();
    assert!(refused.contains("they're a guest"), "{refused}");
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
async fn people_of_another_workspace_are_told_and_nothing_happens() {
    const ONLY_MEMBERS: &str = "incident-bot is only available to members";
    let system = System::start().await;
    system.declare("alice", &FIELDS).await;
    system.declared(1).await;
    let alice = system.sandbox.person("alice");
    let olga = system.sandbox.add_external_person("olga", "T0VENDOR");
    let (channel, panel) = (system.incident_channel().id, system.panel());
    alice.invite(&channel, "olga");
    system.counted("slack_channels WHERE ext_shared", 1).await;

    let mention = olga.mention(&channel, "list");
    let chosen = olga.select(&channel, &panel.ts, "severity.set", "sev1").await;
    assert!(chosen.is_acked());
    let said = alice.say(&channel, "It was the deploy");
    olga.react(&channel, &said, "pushpin");
    wait_for("olga to be told three times", async || {
        let told = system.sandbox.ephemerals("olga").into_iter();
        (told.filter(|told| told.text.starts_with(ONLY_MEMBERS)).count() >= 3).then_some(())
    })
    .await;
    system.settled().await;
    assert_eq!(system.count("incidents WHERE severity = 'sev2'").await, 1);
    assert_eq!(system.count("pins").await, 0);
    let answers = |to: &str| {
        let messages = system.sandbox.messages(&channel).into_iter();
        let answers = messages.filter(|said| said.from_app && said.thread_ts.as_deref() == Some(to));
        answers.map(|said| said.text).collect::<Vec<_>>()
    };
    assert_eq!(answers(&mention), Vec::<String>::new());

    // A list would be read by olga too, whoever asks for it.
    let asked = alice.mention(&channel, "list");
    let answer = wait_for("the answer", async || answers(&asked).pop()).await;
    assert!(answer.contains("shared with another workspace"), "{answer}");
    // What olga's emoji is on is pinned and unpinned by alice alone.
    alice.react(&channel, &said, "pushpin");
    system.counted("pins", 1).await;
    alice.unreact(&channel, &said, "pushpin");
    system.counted("pins", 0).await;

    // Slack only names files of theirs in the message, and says more when it is asked.
    let shared = olga.share(&channel, "look at this", &[("graph.png", PNG)]);
    alice.react(&channel, &shared, "pushpin");
    system.counted("pin_images WHERE name = 'graph.png'", 1).await;
    let hidden = Fault::new("files.info", Harm::Error("access_denied".to_owned())).once();
    system.sandbox.faults().add(hidden);
    let secret = olga.share(&channel, "", &[("secret.png", PNG)]);
    alice.react(&channel, &secret, "pushpin");
    wait_for("alice to be told", async || {
        let mut told = system.sandbox.ephemerals("alice").into_iter();
        told.find(|told| told.text.starts_with("Nothing was pinned: a file"))
    })
    .await;
    assert_eq!(system.count("pin_images").await, 1);

    alice.disconnect_channel(&channel, "T0VENDOR");
    system.counted("slack_channels WHERE ext_shared", 0).await;
    let asked = alice.mention(&channel, "list");
    let answer = wait_for("the list", async || answers(&asked).pop()).await;
    assert!(answer.contains("open incident"), "{answer}");
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
