//! Declaring an incident, from what a person does in Slack to what people see there.

use sandbox::{ChannelKind, Submission};
use testing::System;

use crate::matrix::Flow;

/// What is declared where it does not matter what.
pub(crate) const FIELDS: [(&str, &str); 2] = [
    ("Description", "Payments fail for EU customers\nSince 14:00"),
    ("Severity", "🟧 SEV2"),
];

/// Declares by the form.
pub(crate) struct Declare;

impl Flow for Declare {
    const FROM_THE_START: bool = true;

    async fn prepare(_system: &System) {}

    async fn run(system: &System) {
        system.declare("alice", &FIELDS).await;
        system.declared(1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn by_the_form() {
    let system = System::start().await;
    let fields = [
        ("Description", "Payments fail for EU customers\nCards & <wallets>"),
        ("Severity", "🟧 SEV2"),
    ];
    system.declare("alice", &fields).await;
    system.declared(1).await;

    let alice = system.sandbox.person("alice");
    let channel = system
        .sandbox
        .channels()
        .into_iter()
        .find(|channel| channel.name.starts_with("inc-"))
        .expect("the incident's channel");
    assert!(
        channel.name.ends_with("-payments-fail-for-eu-customers"),
        "{}",
        channel.name
    );
    assert_eq!(channel.kind, ChannelKind::Public);
    assert!(channel.members.contains(alice.id()));
    assert_eq!(channel.topic, "Payments fail for EU customers");

    let messages = system.sandbox.messages(&channel.id);
    assert_eq!(messages.len(), 1, "{messages:#?}");
    let panel = serde_json::to_string(&messages[0].blocks).unwrap();
    assert!(
        panel.contains("Cards &amp; &lt;wallets&gt;") && panel.contains("SEV2"),
        "{panel}"
    );
    assert!(panel.contains("https://meet.example/incident"), "{panel}");
    assert_eq!(system.sandbox.pins(&channel.id).len(), 1);

    let digest = system.sandbox.messages("incidents");
    assert_eq!(digest.len(), 1);
    assert!(digest[0].text.contains("Payments fail for EU customers"));
    let direct = system.sandbox.direct_messages("alice");
    assert_eq!(direct.len(), 1);
    assert!(direct[0].text.contains(&channel.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn by_a_mention() {
    let system = System::start().await;
    let alice = system.sandbox.person("alice");
    alice.invite_bot("general");
    let ts = alice.mention("general", "new Payments <fail> & burn");
    system.declared(1).await;

    let answers: Vec<_> = system
        .sandbox
        .messages("general")
        .into_iter()
        .filter(|m| m.thread_ts.as_deref() == Some(&ts) && m.from_app)
        .collect();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    assert!(answers[0].text.contains("Declared as SEV4"), "{}", answers[0].text);
    let digest = system.sandbox.messages("incidents");
    assert!(
        digest[0].text.contains("Payments &lt;fail&gt; &amp; burn"),
        "{}",
        digest[0].text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mention_without_text_is_offered_the_form() {
    let system = System::start().await;
    let alice = system.sandbox.person("alice");
    alice.invite_bot("general");
    for (said, wanted) in [("new", "What is happening?"), ("what can you do", "Type `/incident`")] {
        let ts = alice.mention("general", said);
        let answer = system
            .sandbox
            .wait_until(|state| {
                let mut messages = state.messages("general").into_iter();
                messages
                    .find(|m| m.from_app && m.thread_ts.as_deref() == Some(&ts))
                    .cloned()
            })
            .await;
        assert!(answer.text.contains(wanted), "{}", answer.text);
        let pressed = alice.click("general", &answer.ts, "declare.open").await;
        assert_eq!(alice.view_of(&pressed).await.title(), "Start an incident");
    }
    assert_eq!(system.settled().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn by_the_slash_command_and_the_home() {
    let system = System::start().await;
    let bob = system.sandbox.person("bob");
    let typed = bob.slash("/incident", "new Search is <slow>", "general").await;
    let form = bob.view_of(&typed).await;
    assert!(matches!(bob.submit::<&str, &str>(&form, []).await, Submission::Closed));
    system.declared(1).await;
    assert!(
        system.sandbox.messages("incidents")[0]
            .text
            .contains("Search is &lt;slow&gt;")
    );

    bob.open_home();
    let home = system.sandbox.wait_until(|state| state.home("bob").cloned()).await;
    assert!(home.content.to_string().contains("Search is"), "{}", home.content);
    let pressed = bob.click_home("declare.open").await;
    assert_eq!(bob.view_of(&pressed).await.title(), "Start an incident");

    let help = bob.slash("/incident", "what", "general").await;
    assert!(help.payload.unwrap()["text"].as_str().unwrap().contains("/incident"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_one_is_not_told_of() {
    let system = System::start().await;
    let fields = [
        ("Description", "Salaries leaked"),
        ("Private incident", "Only people invited to its channel can see it"),
    ];
    system.declare("alice", &fields).await;
    system.declared(1).await;
    let channel = system
        .sandbox
        .channels()
        .into_iter()
        .find(|c| c.name.starts_with("inc-"))
        .unwrap();
    assert_eq!(channel.kind, ChannelKind::Private);
    let digest = system.sandbox.messages("incidents");
    assert_eq!(digest.len(), 1);
    let shown = serde_json::to_string(&digest[0]).unwrap();
    assert!(
        !shown.contains("Salaries") && !shown.contains("alice") && !shown.contains(&channel.id),
        "{shown}"
    );

    // Bob's home says nothing of it, alice's does.
    for (who, sees) in [("bob", false), ("alice", true)] {
        let person = system.sandbox.person(who);
        person.open_home();
        let home = system.sandbox.wait_until(|state| state.home(who).cloned()).await;
        assert_eq!(home.content.to_string().contains("Salaries"), sees, "{who}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_at_the_field() {
    let system = System::start().await;
    let alice = system.sandbox.person("alice");
    let form = system.open_form(&alice).await;
    let Submission::Errors(errors) = alice.submit(&form, [("Description", "  \n ")]).await else {
        panic!("taken")
    };
    assert_eq!(errors["description"], "Describe what is happening in a few words.");
    assert_eq!(system.settled().await, 0);

    // Corrected in the same form, it is taken.
    assert!(matches!(
        alice.submit(&form, [("Description", "Search is down")]).await,
        Submission::Closed
    ));
    system.declared(1).await;
}
