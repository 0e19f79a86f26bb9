//! What people and admins do by hand, as an app hears of it.

mod support;

use std::time::Duration;

use sandbox::{Config, NewChannel, Timing, WebhookMessage};
use serde_json::{Value, json};
use support::{App, Socket};

const ALICE: &str = "U00000ALICE";
const BOB: &str = "U0000000BOB";
const BOT: &str = sandbox::BOT_USER_ID;
const VENDOR: &str = "T0VENDOR";

impl Socket {
    /// The next event of this type with its envelope's payload, acknowledged.
    async fn payload(&mut self, kind: &str) -> Value {
        loop {
            let envelope = self.envelope("events_api").await;
            self.ack(&envelope, Value::Null).await;
            if envelope["payload"]["event"]["type"] == kind {
                return envelope["payload"].clone();
            }
        }
    }
}

#[tokio::test]
async fn the_bot_is_removed_from_a_channel_and_comes_back() {
    let app = App::in_incidents().await;
    let mut socket = app.connected().await;
    let alice = app.sandbox.person("alice");
    let incidents = app.sandbox.channel("incidents").expect("the digest").id;

    alice.kick_bot("incidents");
    let left = socket.event("channel_left").await;
    assert_eq!(
        (&left["channel"], &left["actor_id"]),
        (&json!(incidents), &json!(ALICE))
    );
    let post = json!({ "channel": incidents, "text": "hello" });
    assert_eq!(app.refused("chat.postMessage", post.clone()).await, "not_in_channel");
    app.ok("conversations.join", json!({ "channel": incidents })).await;
    assert_eq!(socket.event("member_joined_channel").await["user"], BOT);
    app.ok("chat.postMessage", post).await;

    let private = app.sandbox.add_channel(&NewChannel {
        private: true,
        ..NewChannel::public("secret")
            .with_bot()
            .with_members(&["alice".to_owned()])
    });
    alice.kick_bot("secret");
    assert_eq!(socket.event("group_left").await["channel"], json!(private));
    assert_eq!(
        app.refused("chat.postMessage", json!({ "channel": private, "text": "x" }))
            .await,
        "channel_not_found"
    );
    alice.invite_bot("secret");
    let joined = socket.event("member_joined_channel").await;
    assert_eq!((&joined["user"], &joined["inviter"]), (&json!(BOT), &json!(ALICE)));
    assert_eq!(joined["channel_type"], "G");

    alice.kick("incidents", "bob");
    let gone = socket.event("member_left_channel").await;
    assert_eq!(gone["user"], BOB);
    assert!(!app.sandbox.members("incidents").contains(&BOB.to_owned()));
}

#[tokio::test]
async fn a_channel_is_renamed_archived_and_deleted_by_hand() {
    let app = App::in_incidents().await;
    let mut socket = app.connected().await;
    let alice = app.sandbox.person("alice");
    let id = app.sandbox.channel("incidents").expect("the digest").id;

    alice.rename_channel("incidents", "fires");
    let renamed = socket.event("channel_rename").await;
    assert_eq!(renamed["channel"]["name"], "fires");
    assert_eq!(renamed["channel"]["is_channel"], true);
    alice.archive("fires");
    assert_eq!(socket.event("channel_archive").await["user"], ALICE);
    alice.unarchive("fires");
    assert_eq!(socket.event("channel_unarchive").await["channel"], json!(id));
    alice.delete_channel("fires");
    let deleted = socket.event("channel_deleted").await;
    assert_eq!((&deleted["channel"], &deleted["actor_id"]), (&json!(id), &json!(ALICE)));
    let info = app.get("conversations.info", &format!("channel={id}")).await;
    assert_eq!(info["error"], "channel_not_found");
    // Its name is free again.
    app.ok("conversations.create", json!({ "name": "fires" })).await;
}

#[tokio::test]
async fn messages_are_edited_and_deleted() {
    let app = App::in_incidents().await;
    let mut socket = app.connected().await;
    let (alice, bob) = (app.sandbox.person("alice"), app.sandbox.person("bob"));
    let ts = bob.say("incidents", "frist");
    bob.edit("incidents", &ts, "first");
    let changed = loop {
        let event = socket.event("message").await;
        if event["subtype"] == "message_changed" {
            break event;
        }
    };
    assert_eq!(changed["message"]["text"], "first");
    assert_eq!(changed["previous_message"]["text"], "frist");
    assert_eq!(changed["message"]["edited"]["user"], BOB);
    bob.delete("incidents", &ts);
    let deleted = socket.event("message").await;
    assert_eq!(
        (&deleted["subtype"], &deleted["deleted_ts"]),
        (&json!("message_deleted"), &json!(ts))
    );

    // One with replies leaves a tombstone.
    let ts = bob.say("incidents", "a question");
    alice.reply("incidents", &ts, "an answer");
    bob.delete("incidents", &ts);
    let tombstone = loop {
        let event = socket.event("message").await;
        if event["subtype"] == "message_changed" {
            break event;
        }
    };
    assert_eq!(tombstone["message"]["subtype"], "tombstone");
    let incidents = app.sandbox.channel("incidents").expect("the digest").id;
    let thread = app
        .get("conversations.replies", &format!("channel={incidents}&ts={ts}"))
        .await;
    assert_eq!(thread["messages"].as_array().map(Vec::len), Some(2));

    // An admin deletes what others wrote, the bot too.
    let posted = app
        .ok("chat.postMessage", json!({ "channel": incidents, "text": "panel" }))
        .await;
    let ts = posted["ts"].as_str().expect("a ts").to_owned();
    alice.delete("incidents", &ts);
    let again = json!({ "channel": incidents, "ts": ts, "text": "panel" });
    assert_eq!(app.refused("chat.update", again).await, "message_not_found");
}

#[tokio::test]
async fn guests_see_and_manage_nothing_beyond_their_channels() {
    let app = App::in_incidents().await;
    let mut socket = app.connected().await;
    let guest = app.sandbox.add_person("gus", |user| user.is_ultra_restricted = true);
    let joined = socket.event("team_join").await;
    assert_eq!(joined["user"]["is_ultra_restricted"], true);
    assert_eq!(joined["user"]["is_restricted"], true);
    app.sandbox.person("alice").invite("incidents", "gus");
    let random = app.sandbox.add_channel(&NewChannel::public("another").with_bot());
    let invite = json!({ "channel": random, "users": guest.id() });
    assert_eq!(app.refused("conversations.invite", invite).await, "ura_max_channels");

    let seen = app.look("people/gus").await;
    let names: Vec<&str> = seen["channels"]
        .as_array()
        .expect("channels")
        .iter()
        .filter_map(|channel| channel["name"].as_str())
        .collect();
    assert_eq!(names, ["incidents"]);
    for act in [
        json!({ "act": "join", "channel": "random" }),
        json!({ "act": "rename", "channel": "incidents", "name": "mine" }),
        json!({ "act": "kick", "channel": "incidents", "user": "bob" }),
    ] {
        assert_eq!(app.act_status("gus", &act).await, 400, "{act}");
    }
}

#[tokio::test]
async fn people_of_another_workspace_act_in_a_shared_channel() {
    let app = App::in_incidents().await;
    let mut socket = app.connected().await;
    let olga = app.sandbox.add_external_person("olga", VENDOR);
    let info = app.get("users.info", &format!("user={}", olga.id())).await;
    assert_eq!(
        (&info["user"]["team_id"], &info["user"]["is_stranger"]),
        (&json!(VENDOR), &json!(true))
    );
    assert!(info["user"]["profile"]["email"].is_null() && info["user"]["is_restricted"].is_null());

    let incidents = app.sandbox.channel("incidents").expect("the digest").id;
    let invite = json!({ "channel": incidents, "users": olga.id() });
    assert_eq!(
        app.refused("conversations.invite", invite).await,
        "no_external_invite_permission"
    );
    app.sandbox.person("alice").invite("incidents", "olga");
    assert_eq!(socket.event("channel_shared").await["connected_team_id"], VENDOR);
    let joined = socket.payload("member_joined_channel").await;
    assert_eq!(
        (&joined["event"]["team"], &joined["is_ext_shared_channel"]),
        (&json!(VENDOR), &json!(true))
    );
    let shared = app.get("conversations.info", &format!("channel={incidents}")).await;
    assert_eq!(shared["channel"]["is_ext_shared"], true);
    assert_eq!(shared["channel"]["shared_team_ids"], json!([sandbox::TEAM_ID, VENDOR]));
    let info = app.get("users.info", &format!("user={}", olga.id())).await;
    assert_eq!(info["user"]["is_stranger"], false);

    olga.mention("incidents", "list");
    let message = socket.payload("message").await;
    assert_eq!(
        (
            &message["team_id"],
            &message["context_team_id"],
            &message["event"]["team"]
        ),
        (&json!(VENDOR), &json!(sandbox::TEAM_ID), &json!(VENDOR))
    );
    let mention = socket.payload("app_mention").await;
    let event = &mention["event"];
    assert_eq!(
        (
            &event["team"],
            &event["user_team"],
            &event["source_team"],
            &event["user_profile"]["team"]
        ),
        (&json!(sandbox::TEAM_ID), &json!(VENDOR), &json!(VENDOR), &json!(VENDOR))
    );
    assert_eq!(mention["authorizations"][0]["team_id"], sandbox::TEAM_ID);

    let button = json!([{ "type": "actions", "block_id": "a/b/c", "elements": [{
        "type": "button", "action_id": "press/it", "text": { "type": "plain_text", "text": "Press" } }] }]);
    let posted = app
        .ok(
            "chat.postMessage",
            json!({ "channel": incidents, "text": "x", "blocks": button }),
        )
        .await;
    let ts = posted["ts"].as_str().expect("a ts").to_owned();
    let pressing = tokio::spawn({
        let olga = olga.clone();
        async move { olga.click("incidents", &ts, "a/b/c/press/it").await }
    });
    let pressed = socket.envelope("interactive").await;
    socket.ack(&pressed, Value::Null).await;
    assert!(pressing.await.expect("an answer").is_acked());
    assert_eq!(
        (
            &pressed["payload"]["user"]["team_id"],
            &pressed["payload"]["team"]["id"]
        ),
        (&json!(VENDOR), &json!(sandbox::TEAM_ID))
    );
    let slash = json!({ "act": "slash", "command": "/incident", "text": "list", "channel": "incidents" });
    assert_eq!(app.act_status("olga", &slash).await, 400);

    app.sandbox.person("alice").disconnect_channel("incidents", VENDOR);
    assert_eq!(socket.event("channel_unshared").await["is_ext_shared"], false);
    assert!(!app.sandbox.members("incidents").contains(&olga.id().to_owned()));
}

#[tokio::test]
async fn people_are_deactivated_and_may_have_no_address() {
    let app = App::in_incidents().await;
    let mut socket = app.connected().await;
    app.patch("people/bob", &json!({ "deleted": true })).await;
    let changed = socket.event("user_change").await;
    assert_eq!(
        (&changed["user"]["id"], &changed["user"]["deleted"]),
        (&json!(BOB), &json!(true))
    );
    let say = json!({ "act": "say", "channel": "incidents", "text": "x" });
    assert_eq!(app.act_status("bob", &say).await, 400);
    app.patch("people/carol", &json!({ "email": "" })).await;
    let changed = socket.event("user_change").await;
    assert!(changed["user"]["profile"]["email"].is_null());
    let found = app.get("users.lookupByEmail", "email=carol@example.com").await;
    assert_eq!(found["error"], "users_not_found");
}

#[tokio::test]
async fn user_groups_come_change_and_go() {
    let app = App::in_incidents().await;
    let mut socket = app.connected().await;
    let (_, made) = app
        .put(
            "POST",
            "user_groups",
            &json!({ "handle": "oncall", "members": ["alice", "bob"] }),
        )
        .await;
    let id = made["id"].as_str().expect("an id").to_owned();
    assert_eq!(socket.event("subteam_created").await["subteam"]["user_count"], 2);
    app.patch(&format!("user_groups/{id}"), &json!({ "members": ["bob", "carol"] }))
        .await;
    let changed = socket.event("subteam_members_changed").await;
    assert_eq!(changed["added_users"], json!(["U00000CAROL"]));
    assert_eq!(changed["removed_users"], json!([ALICE]));
    app.patch(&format!("user_groups/{id}"), &json!({ "disabled": true }))
        .await;
    let updated = socket.event("subteam_updated").await;
    assert_ne!(updated["subteam"]["date_delete"], 0);
    assert_eq!(app.get("usergroups.list", "").await["usergroups"], json!([]));
}

#[tokio::test]
async fn an_alert_has_its_text_in_attachments() {
    let app = App::in_incidents().await;
    let mut socket = app.connected().await;
    let alert = WebhookMessage {
        username: "Alertmanager".to_owned(),
        attachments: vec![json!({ "title": "[FIRING] Checkout 5xx", "text": "12% of requests", "color": "danger" })],
        ..WebhookMessage::default()
    };
    let ts = app.sandbox.post_webhook("incidents", &alert);
    let message = socket.event("message").await;
    assert_eq!(
        (&message["subtype"], &message["text"], &message["username"]),
        (&json!("bot_message"), &json!(""), &json!("Alertmanager"))
    );
    assert!(message["user"].is_null());
    assert_eq!(message["attachments"][0]["title"], "[FIRING] Checkout 5xx");
    app.sandbox.person("alice").react("incidents", &ts, "fire");
    let reaction = socket.event("reaction_added").await;
    assert_eq!(reaction["item"]["ts"], json!(ts));
    assert_eq!(app.sandbox.messages("incidents").len(), 1);
}

#[tokio::test]
async fn another_process_holds_connections_and_swallows_envelopes() {
    let app = App::start(Config {
        timing: Timing {
            ack_timeout: Duration::from_millis(150),
            redelivery: vec![Duration::ZERO, Duration::ZERO],
            ..Timing::default()
        },
        ..Config::default()
    })
    .await;
    app.sandbox.sockets().set_foreign(1);
    let mut socket = app.connect().await;
    assert_eq!(socket.next().await.expect("a hello")["num_connections"], 2);
    app.sandbox.sockets().wait_for(1).await;
    assert_eq!((app.sandbox.sockets().count(), app.sandbox.sockets().foreign()), (1, 1));

    let app_side = tokio::spawn(async move {
        while let Some(frame) = socket.next().await {
            socket.ack(&frame, Value::Null).await;
        }
    });
    let alice = app.sandbox.person("alice");
    let mut acked = 0;
    for _ in 0..4 {
        acked += usize::from(alice.shortcut("open_incident_modal").await.is_acked());
    }
    assert_eq!(acked, 2, "every other press goes to the other process");
    app.sandbox.sockets().set_foreign(0);
    assert!(alice.shortcut("open_incident_modal").await.is_acked());
    app_side.abort();
}

#[tokio::test]
async fn lists_come_in_as_small_pages_as_slack_likes() {
    let app = App::in_incidents().await;
    app.sandbox.set_page_limit(Some(2));
    let incidents = app.sandbox.channel("incidents").expect("the digest").id;
    let mut members: Vec<String> = Vec::new();
    let mut cursor = String::new();
    let mut pages = 0;
    loop {
        let query = format!(
            "channel={incidents}&limit=200&cursor={}",
            cursor.replace('=', "%3D").replace('+', "%2B")
        );
        let page = app.get("conversations.members", &query).await;
        assert_eq!(page["ok"], true, "{page}");
        let some: Vec<String> = serde_json::from_value(page["members"].clone()).expect("ids");
        members.extend(some);
        pages += 1;
        page["response_metadata"]["next_cursor"]
            .as_str()
            .expect("a cursor")
            .clone_into(&mut cursor);
        if cursor.is_empty() {
            break;
        }
    }
    assert_eq!((pages, members.len()), (4, 7));
}
