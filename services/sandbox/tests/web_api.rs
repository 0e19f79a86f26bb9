//! The Web API, as an app meets it.

mod support;

use sandbox::{Config, Outcome};
use serde_json::{Value, json};
use support::App;

#[tokio::test]
async fn a_channel_lives_from_its_creation_to_its_archiving() {
    let app = App::in_incidents().await;
    let made = app.ok("conversations.create", json!({ "name": "inc-1" })).await;
    let id = made["channel"]["id"].clone();
    assert_eq!(made["channel"]["is_member"], true);
    assert_eq!(
        app.refused("conversations.create", json!({ "name": "inc-1" })).await,
        "name_taken"
    );
    app.ok("conversations.invite", json!({ "channel": id, "users": "U00000ALICE" }))
        .await;
    assert_eq!(
        app.refused("conversations.invite", json!({ "channel": id, "users": "U00000ALICE" }))
            .await,
        "already_in_channel"
    );
    assert_eq!(
        app.refused(
            "conversations.invite",
            json!({ "channel": id, "users": "U0INCIDENTBOT" })
        )
        .await,
        "cant_invite_self"
    );
    app.ok("conversations.setTopic", json!({ "channel": id, "topic": "SEV2" }))
        .await;
    assert_eq!(
        app.refused(
            "conversations.setTopic",
            json!({ "channel": id, "topic": "x".repeat(251) })
        )
        .await,
        "too_long"
    );
    app.ok("conversations.rename", json!({ "channel": id, "name": "inc-2" }))
        .await;
    assert_eq!(
        app.refused("conversations.rename", json!({ "channel": id, "name": "random" }))
            .await,
        "name_taken"
    );

    let channel = app.sandbox.channel("inc-2").expect("the channel");
    assert_eq!(channel.topic, "SEV2");
    assert_eq!(channel.previous_names, ["inc-1"]);
    assert!(channel.members.contains("U00000ALICE"));

    app.ok("conversations.archive", json!({ "channel": id })).await;
    for (method, args) in [
        ("chat.postMessage", json!({ "channel": id, "text": "late" })),
        ("conversations.setTopic", json!({ "channel": id, "topic": "late" })),
        ("conversations.invite", json!({ "channel": id, "users": "U0000000BOB" })),
    ] {
        assert_eq!(app.refused(method, args).await, "is_archived", "{method}");
    }
    assert_eq!(
        app.refused("conversations.archive", json!({ "channel": id })).await,
        "already_archived"
    );
    assert_eq!(
        app.refused("conversations.unarchive", json!({ "channel": id })).await,
        "not_in_channel"
    );
}

#[tokio::test]
async fn names_that_slack_refuses_are_refused() {
    let app = App::in_incidents().await;
    for (name, error) in [
        ("", "invalid_name_required"),
        ("Inc-1", "invalid_name_specials"),
        ("inc 1", "invalid_name_specials"),
        ("inc.1", "invalid_name_specials"),
        ("---", "invalid_name_punctuation"),
    ] {
        assert_eq!(
            app.refused("conversations.create", json!({ "name": name })).await,
            error,
            "{name:?}"
        );
    }
    let long = "x".repeat(81);
    assert_eq!(
        app.refused("conversations.create", json!({ "name": long })).await,
        "invalid_name_maxlength"
    );
}

#[tokio::test]
async fn messages_are_posted_found_by_their_metadata_changed_and_pinned() {
    let app = App::in_incidents().await;
    let channel = app.sandbox.channel("incidents").expect("the digest").id;
    let metadata = json!({ "event_type": "effect", "event_payload": { "key": "k1" } });
    let posted = app
        .ok(
            "chat.postMessage",
            json!({ "channel": channel, "text": "Down", "metadata": metadata }),
        )
        .await;
    let ts = posted["ts"].clone();
    app.ok(
        "chat.postMessage",
        json!({ "channel": channel, "text": "reply", "thread_ts": ts }),
    )
    .await;

    let history = app
        .ok(
            "conversations.history",
            json!({ "channel": channel, "include_all_metadata": true }),
        )
        .await;
    let messages = history["messages"].as_array().expect("messages");
    assert_eq!(messages[0]["ts"], ts, "newest first, replies left out");
    assert_eq!(messages[0]["metadata"], metadata);
    assert_eq!(messages[0]["reply_count"], 1);
    let without = app
        .ok("conversations.history", json!({ "channel": channel, "limit": 1 }))
        .await;
    assert_eq!(without["messages"][0]["metadata"], json!({ "event_type": "effect" }));
    assert_eq!(without["has_more"], true);
    let cursor = without["response_metadata"]["next_cursor"].as_str().expect("a cursor");
    let rest = app
        .ok("conversations.history", json!({ "channel": channel, "cursor": cursor }))
        .await;
    assert_eq!(rest["has_more"], false);
    assert_eq!(
        app.refused("conversations.history", json!({ "channel": channel, "cursor": "x" }))
            .await,
        "invalid_cursor"
    );
    let after = json!({ "channel": channel, "oldest": ts });
    let after = app.ok("conversations.history", after).await;
    assert_eq!(after["messages"], json!([]), "the oldest itself is not among them");
    let ts_text = ts.as_str().expect("a ts");
    let replies = app
        .get("conversations.replies", &format!("channel={channel}&ts={ts_text}"))
        .await;
    assert_eq!(replies["messages"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn a_message_is_changed_pinned_reacted_to_and_deleted() {
    let app = App::in_incidents().await;
    let channel = app.sandbox.channel("incidents").expect("the digest").id;
    let posted = app
        .ok("chat.postMessage", json!({ "channel": channel, "text": "Down" }))
        .await;
    let ts = posted["ts"].clone();
    app.ok(
        "chat.update",
        json!({ "channel": channel, "ts": ts, "text": "Up again" }),
    )
    .await;
    app.ok("pins.add", json!({ "channel": channel, "timestamp": ts })).await;
    assert_eq!(
        app.refused("pins.add", json!({ "channel": channel, "timestamp": ts }))
            .await,
        "already_pinned"
    );
    assert_eq!(app.sandbox.pins("incidents")[0].text, "Up again");
    app.ok(
        "reactions.add",
        json!({ "channel": channel, "timestamp": ts, "name": "eyes" }),
    )
    .await;
    assert_eq!(
        app.refused(
            "reactions.add",
            json!({ "channel": channel, "timestamp": ts, "name": "eyes" })
        )
        .await,
        "already_reacted"
    );
    app.ok("chat.delete", json!({ "channel": channel, "ts": ts })).await;
    assert_eq!(
        app.refused("chat.update", json!({ "channel": channel, "ts": ts, "text": "x" }))
            .await,
        "message_not_found"
    );
}

#[tokio::test]
async fn what_slack_refuses_in_a_message_is_refused() {
    let app = App::in_incidents().await;
    let post = async |mut args: Value| {
        args["channel"] = json!("incidents");
        app.refused("chat.postMessage", args).await
    };
    assert_eq!(post(json!({})).await, "no_text");
    assert_eq!(post(json!({ "text": "x".repeat(40_001) })).await, "msg_too_long");
    assert_eq!(post(json!({ "blocks": "[{" })).await, "invalid_blocks_format");
    assert_eq!(
        post(json!({ "blocks": [{ "type": "nonsense" }] })).await,
        "invalid_blocks"
    );
    assert_eq!(
        post(json!({ "text": "x", "metadata": { "event_payload": {} } })).await,
        "invalid_metadata_format"
    );
    assert_eq!(
        app.refused("chat.postMessage", json!({ "channel": "random", "text": "x" }))
            .await,
        "not_in_channel"
    );
    assert_eq!(
        app.refused("chat.postMessage", json!({ "channel": "C404", "text": "x" }))
            .await,
        "channel_not_found"
    );
    assert_eq!(
        app.refused("chat.postMessage", json!({ "text": "x" })).await,
        "invalid_arguments"
    );
    let random = app.sandbox.channel("random").expect("random").id;
    app.ok("conversations.join", json!({ "channel": random })).await;
    app.ok("chat.postMessage", json!({ "channel": random, "text": "hello" }))
        .await;
    app.sandbox.person("bob").leave("incidents");
    let digest = app.sandbox.channel("incidents").expect("the digest").id;
    assert_eq!(
        app.refused(
            "chat.postEphemeral",
            json!({ "channel": digest, "user": "U0000000BOB", "text": "psst" })
        )
        .await,
        "user_not_in_channel"
    );
}

#[tokio::test]
async fn tokens_scopes_and_ways_of_sending_are_minded() {
    let app = App::in_incidents().await;
    let error = async |token: &str, method: &str| {
        let got = app.raw(token, method, &json!({})).await.expect("an answer");
        let answer: Value = serde_json::from_str(&got.text).expect("JSON");
        answer["error"].as_str().unwrap_or("none").to_owned()
    };
    assert_eq!(error("", "auth.test").await, "not_authed");
    assert_eq!(error("xoxb-other", "auth.test").await, "invalid_auth");
    assert_eq!(error("xapp-sandbox", "auth.test").await, "not_allowed_token_type");
    assert_eq!(
        error("xoxb-sandbox", "apps.connections.open").await,
        "not_allowed_token_type"
    );
    assert_eq!(error("xoxb-sandbox", "no.such.method").await, "unknown_method");

    // A form-only method does not see a JSON body.
    assert_eq!(
        app.refused("users.info", json!({ "user": "U00000ALICE" })).await,
        "invalid_arguments"
    );
    let alice = app.get("users.info", "user=U00000ALICE").await;
    assert_eq!(alice["user"]["profile"]["email"], "alice@example.com");
    let form = http::Request::post(format!("{}/chat.postMessage", app.sandbox.slack_api_url()))
        .header("content-type", "application/x-www-form-urlencoded");
    let body = "token=xoxb-sandbox&channel=incidents&text=hi&blocks=%5B%7B%22type%22%3A%22divider%22%7D%5D";
    let got = app.send(form, body).await.expect("an answer");
    assert!(got.text.contains("\"ok\":true"), "{}", got.text);
    assert!(
        got.headers["x-oauth-scopes"]
            .to_str()
            .expect("text")
            .contains("chat:write")
    );

    app.sandbox.reinstall(|app| {
        app.scopes.remove("pins:write");
    });
    let channel = app.sandbox.channel("incidents").expect("the digest");
    let ts = channel.messages.last().expect("a message").ts.clone();
    let answer = app
        .call("pins.add", json!({ "channel": channel.id, "timestamp": ts }))
        .await;
    assert_eq!(answer["error"], "missing_scope");
    assert_eq!(answer["needed"], "pins:write");
    let recorded = app.sandbox.calls();
    let last = recorded.last().expect("a call");
    assert_eq!(last.method, "pins.add");
    assert_eq!(last.outcome, Outcome::Error("missing_scope".to_owned()));
    assert!(recorded.iter().all(|call| call.args.get("token").is_none()));
}

#[tokio::test]
async fn long_lists_come_in_pages() {
    let app = App::start(Config::default()).await;
    app.sandbox.add_people("p", 250);
    let mut cursor = String::new();
    let mut seen = 0;
    let mut pages = 0;
    loop {
        let query = format!("limit=100&cursor={}", cursor.replace('=', "%3D"));
        let page = app.get("users.list", &query).await;
        seen += page["members"].as_array().expect("members").len();
        pages += 1;
        page["response_metadata"]["next_cursor"]
            .as_str()
            .expect("a cursor")
            .clone_into(&mut cursor);
        if cursor.is_empty() {
            break;
        }
    }
    assert_eq!((seen, pages), (257, 3), "250, six people and the bot");
    assert_eq!(
        app.get("conversations.list", "limit=1001").await["error"],
        "invalid_limit"
    );
}

#[tokio::test]
async fn private_channels_are_unknown_to_who_is_not_in_them() {
    let app = App::in_incidents().await;
    let made = app
        .ok("conversations.create", json!({ "name": "secret", "is_private": true }))
        .await;
    let id = made["channel"]["id"].as_str().expect("an id");
    assert_eq!(made["channel"]["is_private"], true);
    let listed = app.get("conversations.list", "types=public_channel").await;
    assert!(!listed.to_string().contains("\"secret\""));
    let mine = app.get("users.conversations", "types=private_channel").await;
    assert_eq!(mine["channels"][0]["id"], id);

    let hidden = sandbox::NewChannel {
        private: true,
        ..sandbox::NewChannel::public("hidden")
    };
    let hidden = app.sandbox.add_channel(&hidden);
    assert_eq!(
        app.get("conversations.info", &format!("channel={hidden}")).await["error"],
        "channel_not_found"
    );
}

#[tokio::test]
async fn direct_messages_bookmarks_groups_and_files_work() {
    let app = App::in_incidents().await;
    let opened = app.ok("conversations.open", json!({ "users": "U00000ALICE" })).await;
    let channel = opened["channel"]["id"].clone();
    app.ok("chat.postMessage", json!({ "channel": channel, "text": "for you" }))
        .await;
    app.ok("chat.postMessage", json!({ "channel": "U00000ALICE", "text": "again" }))
        .await;
    let told: Vec<String> = app
        .sandbox
        .direct_messages("alice")
        .into_iter()
        .map(|message| message.text)
        .collect();
    assert_eq!(told, ["for you", "again"]);

    let digest = app.sandbox.channel("incidents").expect("the digest").id;
    let bookmark = app
        .ok(
            "bookmarks.add",
            json!({ "channel_id": digest, "title": "Meeting", "type": "link", "link": "https://example.com" }),
        )
        .await;
    app.ok(
        "bookmarks.edit",
        json!({ "channel_id": digest, "bookmark_id": bookmark["bookmark"]["id"], "title": "Call" }),
    )
    .await;
    let listed = app.ok("bookmarks.list", json!({ "channel_id": digest })).await;
    assert_eq!(listed["bookmarks"][0]["title"], "Call");

    let group = app.sandbox.add_user_group("oncall", &["alice", "bob"]);
    let users = app.get("usergroups.users.list", &format!("usergroup={group}")).await;
    assert_eq!(users["users"], json!(["U00000ALICE", "U0000000BOB"]));

    let target = app
        .get("files.getUploadURLExternal", "filename=export.txt&length=5")
        .await;
    let url = target["upload_url"].as_str().expect("an address");
    let sent = app.send(http::Request::post(url), "hello").await.expect("an answer");
    assert_eq!(sent.status, 200);
    app.ok(
        "files.completeUploadExternal",
        json!({ "files": [{ "id": target["file_id"] }], "channel_id": digest }),
    )
    .await;
    let last = app.sandbox.messages("incidents").pop().expect("a message");
    assert_eq!(last.files, [target["file_id"].as_str().expect("an id")]);
}
