//! A channel that people changed by hand: the bot removed, the channel renamed, archived or deleted.

use testing::{System, wait_for};

use super::{
    ArchivedByHand, BotRemoved, bot_is_in, check, declare_private, id, incident, raise, request, shown, started,
};
use crate::matrix::Flow;

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_bot_comes_back_into_a_public_channel_and_catches_up() {
    let system = System::start().await;
    BotRemoved::prepare(&system).await;
    BotRemoved::run(&system).await;
    system.settled().await;
    assert!(system.panel().text.contains("SEV1"), "{}", system.panel().text);
    let notices = system.notices();
    assert!(
        notices.iter().any(|notice| notice.contains("raised the severity")),
        "{notices:#?}"
    );
    assert_eq!(system.count("incidents WHERE channel_lost IS NOT NULL").await, 0);
    assert_eq!(system.count("jobs WHERE state = 'discarded'").await, 0);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn out_of_a_private_channel_people_are_told_and_what_was_missed_is_said() {
    let system = System::start().await;
    let channel = declare_private(&system).await;
    let alice = system.sandbox.person("alice");
    alice.kick_bot(&channel);
    system.counted("incidents WHERE channel_lost = 'removed'", 1).await;
    raise(&system).await;
    system.settled().await;
    let told = system.sandbox.direct_messages("alice").pop().unwrap();
    assert!(shown(&told).contains("Invite it back"), "{}", told.text);
    assert!(shown(&told).contains("Create a new channel"), "{}", told.text);

    alice.invite_bot(&channel);
    system.counted("incidents WHERE channel_lost IS NULL", 1).await;
    system.settled().await;
    assert!(system.panel().text.contains("SEV1"), "{}", system.panel().text);
    let notices = system.notices().join("\n");
    assert!(
        notices.contains("raised the severity") && notices.contains("was removed from"),
        "{notices}"
    );
    let told = system.sandbox.direct_messages("alice").pop().unwrap();
    assert_eq!(told.text, "The channel can be used again.");
    assert_eq!(system.count("jobs WHERE state = 'discarded'").await, 0);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_incident_without_a_usable_channel_is_offered_a_new_one() {
    for deleted in [false, true] {
        let system = System::start().await;
        BotRemoved::prepare(&system).await;
        let (alice, channel) = (system.sandbox.person("alice"), system.incident_channel().id);
        if deleted {
            alice.delete_channel(&channel);
        } else {
            alice.archive(&channel);
        }
        let (gone, at_the_post) = if deleted {
            ("was deleted", "channel deleted")
        } else {
            ("is archived", "channel archived")
        };
        let prompt = system
            .message_with("incidents", &format!("<@{}> The incident is open, but", alice.id()))
            .await;
        assert!(prompt.text.contains(gone), "{}", prompt.text);
        system.settled().await;
        let post = &system.sandbox.messages("incidents")[0];
        assert!(
            !shown(post).contains("Join channel") && shown(post).contains(at_the_post),
            "{}",
            shown(post)
        );

        system.press("bob", "incidents", &prompt, "Create a new channel").await;
        system
            .counted("incidents WHERE channel_number = 2 AND channel_id IS NOT NULL", 1)
            .await;
        system.settled().await;
        let new = system.incident_channel();
        assert_ne!(new.id, channel);
        for who in ["alice", "bob"] {
            assert!(new.members.contains(&id(&system, who)), "{who}: {new:#?}");
        }
        assert_eq!(system.panel().ts, system.sandbox.messages(&new.id)[0].ts);
        assert!(shown(&system.sandbox.messages("incidents")[0]).contains("Join channel"));
        system.message_with("incidents", "bob created a new channel.").await;
        assert_eq!(system.count("jobs WHERE state = 'discarded'").await, 0);
        system.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_was_left_says_where_the_incident_is() {
    let system = System::start().await;
    ArchivedByHand::prepare(&system).await;
    system.settled().await;
    let (alice, left) = (system.sandbox.person("alice"), system.incident_channel().id);
    let panel = system.panel().ts;
    ArchivedByHand::run(&system).await;
    system.settled().await;
    let moved = format!("This incident moved to <#{}>", system.incident_channel().id);
    let pointers = || -> Vec<_> {
        let messages = system.sandbox.messages(&left).into_iter();
        messages.filter(|message| message.text.contains(&moved)).collect()
    };

    alice.unarchive(&left);
    wait_for("the panel and a message to say so", async || {
        (pointers().len() == 2).then_some(())
    })
    .await;
    // Nothing can be chosen in the channel that was left.
    assert_eq!(pointers()[0].ts, panel);
    assert!(!shown(&pointers()[0]).contains("static_select"), "{:#?}", pointers());

    alice.archive(&left);
    alice.unarchive(&left);
    system.settled().await;
    assert_eq!(pointers().len(), 2, "{:#?}", pointers());
    assert_eq!(system.count("jobs WHERE state = 'discarded'").await, 0);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_renamed_while_we_were_down_is_known_by_its_new_name() {
    let mut system = started().await;
    BotRemoved::prepare(&system).await;
    let channel = system.incident_channel();
    // Nobody hears of the renaming.
    system.stop_last().await;
    system.sandbox.person("alice").rename_channel(&channel.id, "war-room");
    check(&system).await;
    assert_eq!(system.count("incidents WHERE channel_name = 'war-room'").await, 1);
    assert_eq!(system.count("timeline_entries WHERE kind = 'channel_renamed'").await, 1);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_another_incident_has_is_not_noted_again_and_again() {
    let system = System::start().await;
    BotRemoved::prepare(&system).await;
    system.settled().await;
    let channel = system.incident_channel();
    system
        .execute("UPDATE incidents SET channel_name = 'inc-of-another' WHERE id IN (SELECT id FROM incidents LIMIT 1)")
        .await;
    sqlx::query(
        "INSERT INTO incidents (id, title, description, severity, status, private, declared_by, declared_at, updated_at,
                                channel_name)
         SELECT '0193a5f0-0000-7000-8000-0000000000aa', title, description, severity, status, private, declared_by,
                declared_at, updated_at, $1
         FROM incidents LIMIT 1",
    )
    .bind(&channel.name)
    .execute(system.pool())
    .await
    .unwrap();
    for _ in 0..2 {
        check(&system).await;
    }
    assert_eq!(system.count("timeline_entries WHERE kind = 'channel_renamed'").await, 0);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_opened_again_comes_back_into_its_public_channel_without_asking() {
    let system = System::start().await;
    BotRemoved::prepare(&system).await;
    let pool = system.pool().clone().into();
    let incident = incident(&system).await;
    let alice = id(&system, "alice");
    let leads = ["incident_commander", "technical_lead"].map(|role| (role.to_owned(), alice.clone()));
    incidents::set_status(&pool, &request(&system, "resolve"), incident, "resolved", &leads)
        .await
        .unwrap();
    system.settled().await;
    let channel = system.incident_channel().id;
    system.sandbox.person("alice").kick_bot(&channel);
    system.counted("incidents WHERE channel_lost = 'removed'", 1).await;
    system.settled().await;
    incidents::set_status(&pool, &request(&system, "reopen"), incident, "investigating", &[])
        .await
        .unwrap();
    bot_is_in(&system, true).await;
    system.settled().await;
    assert_eq!(system.count("incidents WHERE channel_lost IS NOT NULL").await, 0);
    assert_eq!(system.count("prompts WHERE kind = 'unarchive'").await, 0);
    system.end().await;
}
