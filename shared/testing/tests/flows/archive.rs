//! The channel of a resolved incident: archived, opened again, replaced.

use chrono::Utc;
use domain::{Actor, IncidentId};
use incidents::Request;
use sandbox::Submission;
use testing::{System, wait_for};

use crate::matrix::Flow;
use crate::status::Resolve;

/// Alice archives the channel by the button of the resolution.
pub(crate) struct Archive;

impl Flow for Archive {
    async fn prepare(system: &System) {
        Resolve::prepare(system).await;
        Resolve::run(system).await;
    }

    async fn run(system: &System) {
        let alice = system.sandbox.person("alice");
        let channel = system.incident_channel().id;
        let resolution = system.message_with(&channel, "✅ Resolved by").await;
        let dialog = system
            .open(&alice, async || {
                alice.click(&channel, &resolution.ts, "Archive channel…").await
            })
            .await;
        system.submit(&alice, &dialog, &[]).await;
        system.counted("incidents WHERE archived_at IS NOT NULL", 1).await;
    }
}

/// Carol opens the incident again in the console; bob has a new channel made.
pub(crate) struct NewChannel;

impl Flow for NewChannel {
    async fn prepare(system: &System) {
        Archive::prepare(system).await;
        Archive::run(system).await;
    }

    async fn run(system: &System) {
        reopen(system).await;
        let question = system.message_with("incidents", "its channel").await;
        system.settled().await;
        system
            .press("bob", "incidents", &question, "Create a new channel")
            .await;
        system
            .counted(
                "incidents i JOIN posted_messages p ON p.subject = i.id AND p.kind = 'panel'
                 WHERE channel_number = 2 AND p.channel_id = i.channel_id",
                1,
            )
            .await;
    }
}

/// Carol opens the incident again in the console; bob unarchives the channel.
pub(crate) struct Unarchive;

impl Flow for Unarchive {
    async fn prepare(system: &System) {
        Archive::prepare(system).await;
        Archive::run(system).await;
        reopen(system).await;
        system.message_with("incidents", "its channel").await;
    }

    async fn run(system: &System) {
        system.sandbox.person("bob").unarchive(&system.incident_channel().id);
        system.counted("incidents WHERE archived_at IS NULL", 1).await;
        wait_for("the bot in the channel", async || {
            let members = system.incident_channel().members;
            members.contains("U0INCIDENTBOT").then_some(())
        })
        .await;
    }
}

/// Opens the incident again as the console does.
async fn reopen(system: &System) {
    let id: uuid::Uuid = sqlx::query_scalar("SELECT id FROM incidents")
        .fetch_one(system.pool())
        .await
        .unwrap();
    let carol = system.sandbox.person("carol");
    let request = Request {
        key: "test/reopen".to_owned(),
        actor: Actor::Slack {
            user_id: carol.id().to_owned(),
            name: "carol".to_owned(),
        },
        now: Utc::now(),
        channel: None,
        content: None,
        audit: None,
    };
    incidents::set_status(
        &system.pool().clone().into(),
        &request,
        IncidentId(id),
        "investigating",
        &[],
    )
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_notice_comes_before_it_is_archived() {
    let system = System::start().await;
    Archive::prepare(&system).await;
    Archive::run(&system).await;
    system.settled().await;
    let channel = system.incident_channel();
    assert!(channel.archived);
    let last = system.notices().pop().unwrap();
    assert_eq!(last, format!("alice archived the channel #{}.", channel.name));
    assert_eq!(
        system.count("timeline_entries WHERE kind = 'channel_archived'").await,
        1
    );
    assert_eq!(system.count("jobs WHERE state = 'discarded'").await, 0);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_incident_keeps_its_channel() {
    let system = System::start().await;
    Archive::prepare(&system).await;
    let alice = system.sandbox.person("alice");
    let channel = system.incident_channel().id;
    let resolution = system.message_with(&channel, "✅ Resolved by").await;
    let click = async || alice.click(&channel, &resolution.ts, "Archive channel…").await;
    let dialog = system.open(&alice, click).await;
    system.choose("bob", "status.set", "monitoring").await;
    system.counted("incidents WHERE resolved_at IS NULL", 1).await;
    let Submission::Updated(said) = alice.submit(&dialog, [("", ""); 0]).await else {
        panic!("it was not refused");
    };
    assert!(said.content.to_string().contains("Resolve it before"), "{said:#?}");
    let said = system.open(&alice, click).await;
    assert!(said.content.to_string().contains("Resolve it before"), "{said:#?}");
    system.settled().await;
    assert!(!system.incident_channel().archived);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_archives_and_opens_it_in_slack() {
    let system = System::start().await;
    Archive::prepare(&system).await;
    let bob = system.sandbox.person("bob");
    let channel = system.incident_channel().id;
    bob.archive(&channel);
    system.counted("incidents WHERE archived_at IS NOT NULL", 1).await;
    system.settled().await;
    assert_eq!(
        system
            .count("timeline_entries WHERE kind = 'channel_archived' AND actor->>'name' = 'bob'")
            .await,
        1
    );
    bob.unarchive(&channel);
    system.counted("incidents WHERE archived_at IS NULL", 1).await;
    let name = system.incident_channel().name;
    system
        .message_with(&channel, &format!("bob unarchived the channel #{name}."))
        .await;
    system.settled().await;
    assert!(system.incident_channel().members.contains("U0INCIDENTBOT"));
    assert_eq!(system.count("jobs WHERE state = 'discarded'").await, 0);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_channel_has_the_people_and_the_panel() {
    let system = System::start().await;
    NewChannel::prepare(&system).await;
    system.settled().await;
    let old = system.incident_channel();
    NewChannel::run(&system).await;
    system.settled().await;
    let new = system.incident_channel();
    assert_ne!(old.id, new.id);
    assert_eq!(new.name, format!("{}-2", old.name));
    for who in ["alice", "bob"] {
        assert!(new.members.contains(system.sandbox.person(who).id()), "{new:#?}");
    }
    assert_eq!(system.panel().ts, system.sandbox.messages(&new.id)[0].ts);
    assert_eq!(system.sandbox.pins(&new.id).len(), 1);
    let settled = system.message_with("incidents", "bob created a new channel.").await;
    assert!(settled.thread_ts.is_some());
    assert_eq!(system.notices(), ["carol reopened the incident: Investigating."]);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opened_again_everything_catches_up() {
    let system = System::start().await;
    Unarchive::prepare(&system).await;
    Unarchive::run(&system).await;
    system.settled().await;
    let notices = system.notices();
    let told = [
        "carol reopened the incident: Investigating.",
        "bob unarchived the channel",
    ];
    for told in told {
        assert!(notices.iter().any(|notice| notice.starts_with(told)), "{notices:#?}");
    }
    assert!(system.panel().text.contains("Investigating"), "{}", system.panel().text);
    system.message_with("incidents", "The channel can be used again.").await;
    assert_eq!(system.count("jobs WHERE state = 'discarded'").await, 0);
    system.end().await;
}
