//! What we keep up to date in a channel is there wherever people look now.

use chrono::TimeDelta;
use sandbox::Message;
use serde_json::json;
use testing::{System, wait_for};

use super::{
    ArchivedByHand, BotRemoved, declare_private, give, id, incident, place_of, raise, request, shown, with_text,
};
use crate::matrix::Flow;

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_kept_up_to_date_comes_along_into_a_new_channel() {
    let system = System::start_with(crate::statuspage::with_page()).await;
    system.set("providers", json!(["github"])).await;
    BotRemoved::prepare(&system).await;
    // The update reminder stands in the old channel, open.
    system.pass(TimeDelta::minutes(31)).await;
    system.counted("prompts WHERE ts IS NOT NULL", 2).await;
    system.settled().await;
    ArchivedByHand::run(&system).await;
    system.settled().await;
    let new = system.incident_channel().id;
    let messages = system.sandbox.messages(&new);
    assert_eq!(system.panel().ts, messages[0].ts, "{messages:#?}");
    for text in ["*Upstream:*", "Statuspage", "An update is due", "Nobody has a role yet"] {
        assert!(!with_text(&system, &new, text).is_empty(), "{text}: {messages:#?}");
    }
    let stale = system
        .count(
            "posted_messages p JOIN incidents i ON i.id = p.incident_id
        WHERE p.kind IN ('panel', 'upstream', 'statuspage') AND p.channel_id <> i.channel_id",
        )
        .await;
    assert_eq!(stale, 0);
    // And what is drawn next changes the new ones.
    raise(&system).await;
    system.settled().await;
    assert!(system.panel().text.contains("SEV1"));
    assert_eq!(system.count("jobs WHERE state = 'discarded'").await, 0);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_access_comes_along_and_may_be_made_again() {
    let system = System::start().await;
    let channel = declare_private(&system).await;
    let (alice, post) = (
        system.sandbox.person("alice"),
        system.sandbox.messages("incidents")[0].clone(),
    );
    system.press("bob", "incidents", &post, "Request access").await;
    let asked = system.message_with(&channel, "🔑").await;
    assert!(asked.text.contains(&format!("<@{}>", alice.id())), "{}", asked.text);

    // Somebody deletes it: asking again brings it back.
    alice.delete(&channel, &asked.ts);
    system.press("bob", "incidents", &post, "Request access").await;
    let again = wait_for("the request", async || with_text(&system, &channel, "Approve").pop()).await;
    assert_ne!(again.ts, asked.ts);

    // After a day nobody has decided: a new request, whose message is the only one.
    system
        .execute("UPDATE access_requests SET expires_at = now() - interval '1 minute'")
        .await;
    system.press("bob", "incidents", &post, "Request access").await;
    wait_for("the new request", async || {
        let messages = with_text(&system, &channel, "Approve");
        (messages.len() == 1 && messages[0].ts != again.ts).then_some(())
    })
    .await;
    assert_eq!(system.count("access_requests").await, 1);

    alice.archive(&channel);
    let prompt = wait_for("the prompt", async || {
        let mut told = system.sandbox.direct_messages("alice").into_iter();
        told.rfind(|message| shown(message).contains("Create a new channel"))
    })
    .await;
    system.settled().await;
    let direct = place_of(&system, &prompt);
    system.press("alice", &direct, &prompt, "Create a new channel").await;
    system
        .counted("incidents WHERE channel_number = 2 AND channel_id IS NOT NULL", 1)
        .await;
    system.settled().await;
    let new = system.incident_channel().id;
    let asked = with_text(&system, &new, "Approve").pop().unwrap();
    system.press("alice", &new, &asked, "Approve").await;
    system.counted("access_requests WHERE granted", 1).await;
    system.settled().await;
    assert!(system.incident_channel().members.contains(&id(&system, "bob")));
    assert_eq!(system.count("jobs WHERE state = 'discarded'").await, 0);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_somebody_deleted_is_posted_anew() {
    let system = System::start_with(crate::statuspage::with_page()).await;
    system.set("providers", json!(["github"])).await;
    BotRemoved::prepare(&system).await;
    let channel = system.incident_channel().id;
    let alice = system.sandbox.person("alice");
    let places = [
        (channel.as_str(), "*Upstream:*"),
        (channel.as_str(), "*Statuspage:*"),
        (channel.as_str(), "Send update"),
        ("incidents", "Join channel"),
    ];
    let mut before = Vec::new();
    for (place, text) in places {
        let message = with_text(&system, place, text).pop().unwrap();
        system.sandbox.person("alice").join("incidents");
        // One message may hold several of these texts.
        if !before.contains(&message.ts) {
            alice.delete(place, &message.ts);
        }
        before.push(message.ts);
    }
    let id = incident(&system).await;
    let pool = system.pool().clone().into();
    incidents::reload_upstream(&pool, &request(&system, "reload"), id)
        .await
        .unwrap();
    system.tick(jobs::DrawStatuspage { incident: id }.job()).await;
    raise(&system).await;
    system.settled().await;
    for (place, text) in places {
        let anew = with_text(&system, place, text);
        assert_eq!(anew.len(), 1, "{text}: {anew:#?}");
        assert!(!before.contains(&anew[0].ts), "{text}");
    }
    assert_eq!(system.sandbox.pins(&channel).len(), 1, "the panel is pinned again");
    // What is drawn next changes the new ones.
    system.choose("alice", "status.set", "identified").await;
    system.counted("incidents WHERE status = 'identified'", 1).await;
    system.settled().await;
    assert!(system.panel().text.contains("Identified"));
    for (place, text) in places {
        assert_eq!(with_text(&system, place, text).len(), 1, "{text}");
    }
    assert_eq!(system.count("jobs WHERE state = 'discarded'").await, 0);
    system.end().await;
}

/// Sends an update as the console does.
async fn send_update(system: &System, message: &str) {
    let update = incidents::Update {
        resources: String::new(),
        message: message.to_owned(),
    };
    let pool = system.pool().clone().into();
    incidents::send_update(&pool, &request(system, message), incident(system).await, &update)
        .await
        .unwrap();
    system.settled().await;
}

/// The update with this text in the digest channel, and the incident's post there.
fn update_and_post(system: &System, text: &str) -> (Message, Message) {
    let mut update = with_text(system, "incidents", text).into_iter();
    let update = update.rfind(|message| message.thread_ts.is_some());
    let post = with_text(system, "incidents", "Join channel").pop();
    (update.expect("the update"), post.expect("the post"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_comes_where_people_look() {
    let system = System::start().await;
    BotRemoved::prepare(&system).await;
    let alice = system.sandbox.person("alice");
    alice.join("incidents");
    // The first deletion leaves nothing, the second one a tombstone with the answers.
    for text in ["Rolling back", "Still rolling back"] {
        let post = with_text(&system, "incidents", "Join channel").pop().unwrap();
        alice.delete("incidents", &post.ts);
        send_update(&system, text).await;
        let (update, now) = update_and_post(&system, text);
        assert_ne!(now.ts, post.ts);
        assert_eq!(update.thread_ts, Some(now.ts), "{text}");
    }
    alice.kick_bot("incidents");
    send_update(&system, "Rolled back").await;
    let (update, now) = update_and_post(&system, "Rolled back");
    assert_eq!(update.thread_ts, Some(now.ts));

    // The channel is archived, and another one takes its place.
    let old = system.sandbox.channel("incidents").unwrap().id;
    alice.rename_channel("incidents", "incidents-old");
    alice.archive(&old);
    let new = system.slack().create_channel("incidents", false).await.unwrap();
    system.tick(jobs::CopyChannels::all()).await;
    system.settled().await;
    send_update(&system, "Watching").await;
    let (update, now) = update_and_post(&system, "Watching");
    assert_eq!(place_of(&system, &now), new.id);
    assert_eq!(update.thread_ts, Some(now.ts));
    assert_eq!(system.count("jobs WHERE state = 'discarded'").await, 0);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_stopped_stays_stopped_and_what_was_said_before_is_said_again() {
    let system = System::start().await;
    BotRemoved::prepare(&system).await;
    give(&system, "communications_liaison", "bob").await;
    let pool = system.pool().clone().into();
    let incident = incident(&system).await;
    incidents::stop_reminders(&pool, &request(&system, "stop"), incident)
        .await
        .unwrap();
    let channel = system.incident_channel().id;
    let alice = system.sandbox.person("alice");
    alice.archive(&channel);
    system.counted("incidents WHERE archived_at IS NOT NULL", 1).await;
    alice.unarchive(&channel);
    system.counted("incidents WHERE archived_at IS NULL", 1).await;
    system.settled().await;
    assert_eq!(system.count("incidents WHERE reminders_stopped").await, 1);

    let told = async |times| {
        system
            .counted("timeline_entries WHERE kind = 'holder_left'", times)
            .await;
    };
    system.sandbox.change_person("bob", |person| person.deleted = true);
    told(1).await;
    let carol = id(&system, "carol");
    let leads = ["incident_commander", "technical_lead"].map(|role| (role.to_owned(), carol.clone()));
    for (status, given) in [("resolved", &leads[..]), ("investigating", &[])] {
        incidents::set_status(&pool, &request(&system, status), incident, status, given)
            .await
            .unwrap();
    }
    told(2).await;
    // Opened and closed again.
    system.sandbox.change_person("bob", |person| person.deleted = false);
    system.counted("slack_users WHERE NOT active", 0).await;
    system.sandbox.change_person("bob", |person| person.deleted = true);
    told(3).await;
    system.settled().await;
    system.end().await;
}
