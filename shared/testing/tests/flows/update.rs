//! Updates: told to everybody.

use domain::Clock;
use sandbox::{Fault, Harm, Submission};
use testing::System;

use crate::declare::FIELDS;
use crate::matrix::Flow;

/// Alice sends an update by the panel's button.
pub(crate) struct Update;

const UPDATE: [(&str, &str); 2] = [("Affected", "EU <checkout>"), ("Message", "Cause found, rolling back")];

impl Flow for Update {
    async fn prepare(system: &System) {
        system.declare("alice", &FIELDS).await;
        system.declared(1).await;
    }

    async fn run(system: &System) {
        let alice = system.sandbox.person("alice");
        let form = system
            .open(&alice, async || {
                let panel = system.panel();
                alice
                    .click(&system.incident_channel().id, &panel.ts, "Send update")
                    .await
            })
            .await;
        system.submit(&alice, &form, &UPDATE).await;
        system.counted("incidents WHERE last_update_at IS NOT NULL", 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn updates_are_posted_in_the_order_in_which_they_were_sent() {
    let system = System::start().await;
    Update::prepare(&system).await;
    system.settled().await;
    // The first one has to wait.
    let fault = Fault::new("chat.postMessage", Harm::Status(500)).once();
    system.sandbox.faults().add(fault);
    let pool = system.pool().clone().into();
    let incident = system.text("SELECT id::text FROM incidents").await.parse().unwrap();
    for message in ["All payments fail", "Fixed, watching"] {
        let update = incidents::Update {
            resources: String::new(),
            message: message.to_owned(),
        };
        let request = incidents::Request {
            key: format!("test/{message}"),
            actor: domain::Actor::System,
            now: system.clock.now(),
            channel: None,
            content: None,
            audit: None,
        };
        incidents::send_update(&pool, &request, incident, &update)
            .await
            .unwrap();
    }
    system.settled().await;
    let digest = system.sandbox.messages("incidents");
    let place = |text: &str| digest.iter().position(|message| message.text.contains(text)).unwrap();
    assert!(place("All payments fail") < place("Fixed, watching"), "{digest:#?}");
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_stands_in_the_thread_of_the_digest() {
    let system = System::start().await;
    Update::prepare(&system).await;
    Update::run(&system).await;
    system.settled().await;
    let digest = system.sandbox.messages("incidents");
    assert_eq!(digest.len(), 2, "{digest:#?}");
    assert_eq!(digest[1].thread_ts.as_ref(), Some(&digest[0].ts));
    assert!(
        digest[1].text.contains("Cause found, rolling back"),
        "{}",
        digest[1].text
    );
    let post = serde_json::to_string(&digest[0].blocks).unwrap();
    assert!(post.contains("last update"), "{post}");
    assert_eq!(
        system.notices(),
        ["alice sent an update about EU &lt;checkout&gt;: “Cause found, rolling back”"]
    );
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_the_shortcut_the_incident_is_chosen_and_what_is_wrong_is_said() {
    let system = System::start().await;
    Update::prepare(&system).await;
    let alice = system.sandbox.person("alice");
    let form = system
        .open(&alice, async || {
            alice.shortcut("open_incident_general_update_modal").await
        })
        .await;
    let blank = alice
        .submit(
            &form,
            [("Incident", "🟧 Payments fail for EU customers"), ("Message", "   ")],
        )
        .await;
    let Submission::Errors(errors) = blank else {
        panic!("{blank:?}");
    };
    assert_eq!(errors["message"], "Enter some text.");
    assert_eq!(system.count("timeline_entries WHERE kind = 'update_sent'").await, 0);
    system.submit(&alice, &form, &[("Message", "Still looking")]).await;
    system.counted("timeline_entries WHERE kind = 'update_sent'", 1).await;
    system.settled().await;
    system.end().await;
}
