//! What could not be done is said in the channel, and tried again when somebody asks for it.

use sandbox::{Fault, Harm, Message};
use testing::{System, wait_for};

use crate::declare::FIELDS;
use crate::matrix::Flow;
use crate::rename::rename;

/// The channel could not be renamed; bob retried this.
pub(crate) struct TryAgain;

const TITLE: &str = "Card payments fail";

impl Flow for TryAgain {
    async fn prepare(system: &System) {
        system.declare("alice", &FIELDS).await;
        system.declared(1).await;
        let refused = Harm::Error("restricted_action".to_owned());
        system
            .sandbox
            .faults()
            .add(Fault::new("conversations.rename", refused).once());
        rename(system, TITLE, true).await;
        system.counted("timeline_entries WHERE kind = 'problem'", 1).await;
        system.settled().await;
        let (bob, channel) = (system.sandbox.person("bob"), system.incident_channel().id);
        bob.join(&channel);
    }

    async fn run(system: &System) {
        // Pressed until it is recorded, as a person does who sees nothing happen.
        wait_for("the second try", async || {
            if system.count("timeline_entries WHERE kind = 'tried_again'").await == 0
                && let Some(told) = problem(system)
            {
                let bob = system.sandbox.person("bob");
                bob.click(&system.incident_channel().id, &told.ts, "Retry").await;
            }
            (system.count("timeline_entries WHERE kind = 'tried_again'").await == 1).then_some(())
        })
        .await;
        system
            .counted("timeline_entries WHERE kind = 'channel_renamed'", 1)
            .await;
    }
}

/// What the channel was told of the problem.
fn problem(system: &System) -> Option<Message> {
    let messages = system.sandbox.messages(&system.incident_channel().id);
    messages.into_iter().find(|message| message.text.starts_with("⚠️"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_has_it_tried_again_and_goes() {
    let system = System::start().await;
    TryAgain::prepare(&system).await;
    let told = problem(&system).unwrap();
    assert!(told.text.contains("could not be renamed"), "{}", told.text);
    assert!(told.text.contains("Ask a Slack admin"), "{}", told.text);
    TryAgain::run(&system).await;
    system.settled().await;
    assert!(system.incident_channel().name.ends_with("card-payments-fail"));
    let drawn = problem(&system).unwrap();
    assert_eq!(drawn.ts, told.ts, "nothing new is said");
    let blocks = serde_json::to_string(&drawn.blocks).unwrap();
    assert!(blocks.contains("bob retried this"), "{blocks}");
    assert!(!blocks.contains("problems.retry"), "{blocks}");
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_tries_it_twice_or_for_another_incident() {
    let mut system = System::start().await;
    TryAgain::prepare(&system).await;
    TryAgain::run(&system).await;
    system.settled().await;
    let entry = "SELECT id FROM timeline_entries WHERE kind = 'problem'";
    let problem: uuid::Uuid = sqlx::query_scalar(entry).fetch_one(system.pool()).await.unwrap();
    let incident = domain::IncidentId(
        sqlx::query_scalar("SELECT id FROM incidents")
            .fetch_one(system.pool())
            .await
            .unwrap(),
    );
    system.stop_last().await;
    let pool = system.pool().clone().into();
    let request = |key: &str| incidents::Request {
        key: key.to_owned(),
        actor: domain::Actor::Slack {
            user_id: "U0ALICE".to_owned(),
            name: "alice".to_owned(),
        },
        now: chrono::Utc::now(),
        channel: None,
        content: None,
        audit: None,
    };
    let again = incidents::retry_problem(&pool, &request("a"), incident, problem).await;
    assert!(matches!(again, Err(incidents::CommandError::TriedAlready)), "{again:?}");
    let other = incidents::retry_problem(&pool, &request("b"), incident, uuid::Uuid::nil()).await;
    assert!(matches!(other, Err(incidents::CommandError::NoEntry)), "{other:?}");
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_directly_is_edited_there_when_the_channel_has_come() {
    let system = System::start().await;
    let refused = Harm::Error("restricted_action".to_owned());
    let fault = Fault::new("conversations.create", refused).once();
    system.sandbox.faults().add(fault);
    system.declare("alice", &FIELDS).await;
    let directly = || {
        let told = system.sandbox.direct_messages("alice").into_iter();
        told.rev().find(|message| message.text.starts_with("⚠️"))
    };
    let told = wait_for("the problem", async || directly()).await;
    let direct = system.sandbox.look(|state| {
        let mut channels = state.conversations();
        let direct = channels.find(|channel| channel.message(&told.ts).is_some());
        direct.map(|channel| channel.id.clone())
    });
    system.press("alice", &direct.unwrap(), &told, "Retry").await;
    system.declared(1).await;
    system.settled().await;
    let edited = directly().unwrap();
    assert_eq!(edited.ts, told.ts);
    let blocks = serde_json::to_string(&edited.blocks).unwrap();
    assert!(blocks.contains("alice retried this"), "{blocks}");
    assert!(problem(&system).is_none(), "the channel never needed to know");
    system.end().await;
}
