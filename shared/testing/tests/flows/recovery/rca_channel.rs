//! The channel about the causes, changed by hand: archived, deleted, the bot removed.

use sandbox::BOT_USER_ID;
use testing::{System, wait_for};

use super::{PRIVATE, incident, request, shown, started, with_text};
use crate::matrix::Flow;
use crate::rca::{WriteRca, rca_channel};
use crate::status::resolve;

const LINK: &str = "📄 The RCA document";

/// Has the document written again, as by a button that is nowhere else.
async fn write_again(system: &System, key: &str) {
    let pool = system.pool().clone().into();
    incidents::write_rca_document(&pool, &request(system, key), incident(system).await)
        .await
        .unwrap();
    system.settled().await;
}

async fn bot_is_back(system: &System, rca: &str) {
    wait_for("the bot", async || {
        let mut channels = system.sandbox.channels().into_iter();
        let found = channels.find(|channel| channel.id == rca)?;
        found.members.contains(BOT_USER_ID).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_archived_one_people_are_told_once_and_its_messages_come_into_the_incidents() {
    let system = System::start().await;
    WriteRca::prepare(&system).await;
    WriteRca::run(&system).await;
    system.settled().await;
    let (alice, own, rca) = (
        system.sandbox.person("alice"),
        system.incident_channel().id,
        rca_channel(&system),
    );
    assert_eq!(with_text(&system, &rca, LINK).len(), 1);
    alice.archive(&rca);
    system.counted("incidents WHERE rca_channel_lost = 'archived'", 1).await;
    for key in ["first", "second"] {
        write_again(&system, key).await;
    }
    assert_eq!(with_text(&system, &own, LINK).len(), 2);
    assert_eq!(with_text(&system, &rca, LINK).len(), 1);
    let told = |what: &str| {
        let notices = system.notices().into_iter();
        notices.filter(|notice| notice.contains(what)).count()
    };
    assert_eq!(told("-rca was archived."), 1);

    alice.unarchive(&rca);
    system.counted("incidents WHERE rca_channel_lost IS NULL", 1).await;
    system.settled().await;
    assert_eq!(told("-rca was unarchived."), 1);
    write_again(&system, "third").await;
    assert_eq!(with_text(&system, &rca, LINK).len(), 2);
    assert_eq!(system.count("timeline_entries WHERE kind = 'problem'").await, 0);
    assert_eq!(system.count("jobs WHERE state = 'discarded'").await, 0);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn that_it_was_deleted_is_found_when_something_is_said_there() {
    let mut system = started().await;
    WriteRca::prepare(&system).await;
    WriteRca::run(&system).await;
    system.settled().await;
    let (own, rca) = (system.incident_channel().id, rca_channel(&system));
    assert!(shown(&system.sandbox.messages("incidents")[0]).contains("post-incident channel"));
    // Nobody hears of it.
    system.stop_last().await;
    system.sandbox.person("alice").delete_channel(&rca);
    write_again(&system, "again").await;
    system.counted("incidents WHERE rca_channel_lost = 'deleted'", 1).await;
    system.settled().await;
    assert_eq!(with_text(&system, &own, LINK).len(), 1);
    let notices = system.notices();
    let told = notices.iter().filter(|notice| notice.contains("-rca was deleted."));
    assert_eq!(told.count(), 1, "{notices:#?}");
    let post = &system.sandbox.messages("incidents")[0];
    assert!(!shown(post).contains("post-incident channel"), "{}", shown(post));
    assert_eq!(system.count("jobs WHERE state = 'discarded'").await, 0);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_bot_comes_back_into_a_public_one_without_a_word() {
    let system = System::start().await;
    WriteRca::prepare(&system).await;
    WriteRca::run(&system).await;
    system.settled().await;
    let rca = rca_channel(&system);
    system.sandbox.person("alice").kick_bot(&rca);
    bot_is_back(&system, &rca).await;
    write_again(&system, "again").await;
    assert_eq!(with_text(&system, &rca, LINK).len(), 2);
    assert_eq!(system.count("timeline_entries WHERE kind = 'problem'").await, 0);
    assert_eq!(system.count("incidents WHERE rca_channel_lost IS NOT NULL").await, 0);
    assert_eq!(system.count("jobs WHERE state = 'discarded'").await, 0);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn out_of_a_private_one_people_are_told_until_they_invite_it() {
    let system = System::start().await;
    system.declare("alice", &PRIVATE).await;
    system.declared(1).await;
    resolve(&system, &[("Technical lead", "bob")]).await;
    system.counted("incidents WHERE rca_channel_id IS NOT NULL", 1).await;
    system.settled().await;
    let (alice, rca) = (system.sandbox.person("alice"), rca_channel(&system));
    alice.kick_bot(&rca);
    system.counted("incidents WHERE rca_channel_lost = 'removed'", 1).await;
    system.settled().await;
    let notices = system.notices().join("\n");
    assert!(
        notices.contains("incident-bot was removed from the post-incident channel #"),
        "{notices}"
    );
    alice.invite_bot(&rca);
    system.counted("incidents WHERE rca_channel_lost IS NULL", 1).await;
    system.settled().await;
    assert!(system.notices().join("\n").contains("-rca was unarchived."));
    assert_eq!(system.count("jobs WHERE state = 'discarded'").await, 0);
    system.end().await;
}
