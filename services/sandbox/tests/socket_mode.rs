//! Socket Mode and what people do, as an app meets it.

mod support;

use std::time::Duration;

use sandbox::{Config, Submission, Timing};
use serde_json::{Value, json};
use support::{App, modal, text_input};

fn hasty() -> Timing {
    Timing {
        ack_timeout: Duration::from_millis(150),
        redelivery: vec![Duration::ZERO, Duration::from_millis(50)],
        disconnect_warning: Duration::from_millis(50),
        trigger_life: Duration::from_millis(100),
        ..Timing::default()
    }
}

#[tokio::test]
async fn a_shortcut_opens_a_modal_that_is_refused_corrected_and_accepted() {
    let app = App::in_incidents().await;
    let mut socket = app.connected().await;
    let alice = app.sandbox.person("alice");
    let opening = tokio::spawn({
        let alice = alice.clone();
        async move { alice.open("open_incident_modal").await }
    });
    let envelope = socket.envelope("interactive").await;
    assert_eq!(envelope["payload"]["callback_id"], "open_incident_modal");
    socket.ack(&envelope, Value::Null).await;
    let trigger = envelope["payload"]["trigger_id"].clone();
    let view = modal(&json!([text_input("description", "Description")]));
    app.ok("views.open", json!({ "trigger_id": trigger, "view": view }))
        .await;
    assert_eq!(
        app.refused("views.open", json!({ "trigger_id": trigger, "view": view }))
            .await,
        "exchanged_trigger_id"
    );
    let view = opening.await.expect("a view");
    assert_eq!(view.title(), "New incident");

    let empty: [(&str, &str); 0] = [];
    let refused = alice.submit(&view, empty).await;
    assert!(matches!(refused, Submission::Errors(errors) if errors.contains_key("description")));

    let answers = [
        json!({ "response_action": "errors", "errors": { "description": "Say more" } }),
        Value::Null,
    ];
    let app_side = tokio::spawn(async move {
        let mut typed = Vec::new();
        for answer in answers {
            let envelope = socket.envelope("interactive").await;
            assert_eq!(envelope["payload"]["type"], "view_submission");
            let values = &envelope["payload"]["view"]["state"]["values"];
            typed.push(values["description"]["value"]["value"].clone());
            socket.ack(&envelope, answer).await;
        }
        typed
    });
    let refused = alice.submit(&view, [("Description", "x")]).await;
    assert!(matches!(refused, Submission::Errors(errors) if errors["description"] == "Say more"));
    assert_eq!(alice.views()[0].errors["description"], "Say more");
    let accepted = alice.submit(&view, [("Description", "Payments fail")]).await;
    assert!(matches!(accepted, Submission::Closed), "{accepted:?}");
    assert!(alice.views().is_empty());
    assert_eq!(app_side.await.expect("the app"), ["x", "Payments fail"]);
}

#[tokio::test]
async fn who_is_not_answered_in_time_is_told() {
    let app = App::start(Config {
        timing: hasty(),
        ..Config::default()
    })
    .await;
    let mut socket = app.connected().await;
    let bob = app.sandbox.person("bob");
    let answer = bob.slash("/incident", "new <b> & co", "general").await;
    assert!(!answer.is_acked());
    let envelope = socket.envelope("slash_commands").await;
    assert_eq!(envelope["payload"]["text"], "new &lt;b&gt; &amp; co");
    assert_eq!(
        app.sandbox.ephemerals("bob")[0].text,
        "/incident failed because the app did not respond"
    );
    let late = json!({ "trigger_id": answer.trigger_id, "view": modal(&json!([])) });
    assert_eq!(app.refused("views.open", late).await, "expired_trigger_id");
    assert_eq!(
        app.sandbox.sockets().envelopes().len(),
        1,
        "what a person did is not sent again"
    );
}

#[tokio::test]
async fn what_a_connection_owed_when_it_ended_is_known() {
    let app = App::in_incidents().await;
    let mut socket = app.connected().await;
    let alice = app.sandbox.person("alice");
    let pressing = tokio::spawn(async move { alice.shortcut("open_incident_modal").await });
    socket.envelope("interactive").await;
    drop(socket);
    let answer = pressing.await.expect("alice");
    assert!(!answer.is_acked());
    let envelopes = app.sandbox.sockets().envelopes();
    let owed: Vec<_> = envelopes.iter().filter(|one| one.kind == "interactive").collect();
    assert_eq!(owed.len(), 1);
    assert_eq!(owed[0].acked_after, None);
    assert!(owed[0].ended_after.is_some());
}

#[tokio::test]
async fn an_event_is_sent_again_until_it_is_acknowledged() {
    let app = App::start(
        Config {
            timing: hasty(),
            ..Config::default()
        }
        .with_bot_in("incidents"),
    )
    .await;
    app.sandbox.reinstall(|app| {
        app.events.retain(|event| event == "app_mention");
    });
    let mut socket = app.connected().await;
    app.sandbox.person("alice").mention("incidents", "new Payments fail");
    let first = socket.envelope("events_api").await;
    assert_eq!(first["retry_attempt"], 0);
    assert_eq!(first["payload"]["event"]["text"], "<@U0INCIDENTBOT> new Payments fail");
    let second = socket.envelope("events_api").await;
    assert_eq!(second["retry_attempt"], 1);
    assert_eq!(second["payload"]["event_id"], first["payload"]["event_id"]);
    assert_ne!(second["envelope_id"], first["envelope_id"]);
    socket.ack(&second, Value::Null).await;

    app.sandbox.sockets().set_duplicates(true);
    app.sandbox.person("alice").mention("incidents", "again");
    let once = socket.envelope("events_api").await;
    let twice = socket.envelope("events_api").await;
    assert_eq!(once["envelope_id"], twice["envelope_id"]);
    socket.ack(&once, Value::Null).await;
    let sockets = app.sandbox.sockets();
    app.sandbox
        .wait_until(|_| (sockets.ack_times().len() == 2).then_some(()))
        .await;
}

#[tokio::test]
async fn connections_take_turns_are_refreshed_and_are_at_most_ten() {
    let app = App::start(
        Config {
            timing: hasty(),
            ..Config::default()
        }
        .with_bot_in("incidents"),
    )
    .await;
    let mut sockets = Vec::new();
    for _ in 0..10 {
        sockets.push(app.connected().await);
    }
    let mut eleventh = app.connect().await;
    let frame = eleventh.next().await.expect("a frame");
    assert_eq!(frame["reason"], "too_many_websockets");
    assert_eq!(eleventh.next().await, None);

    sockets.truncate(2);
    app.sandbox
        .wait_until(|_| (app.sandbox.sockets().count() == 2).then_some(()))
        .await;
    let alice = app.sandbox.person("alice");
    alice.say("incidents", "one");
    alice.say("incidents", "two");
    for socket in &mut sockets {
        let envelope = socket.envelope("events_api").await;
        socket.ack(&envelope, Value::Null).await;
    }

    app.sandbox.sockets().refresh();
    for socket in &mut sockets {
        let mut frame = socket.next().await.expect("a frame");
        while frame["type"] != "disconnect" {
            frame = socket.next().await.expect("a frame");
        }
        assert_eq!(frame["reason"], "warning");
        assert_eq!(socket.next().await.expect("a frame")["reason"], "refresh_requested");
        assert_eq!(socket.next().await, None);
    }
}

#[tokio::test]
async fn buttons_selects_homes_and_response_urls_work() {
    let app = App::in_incidents().await;
    let mut socket = app.connected().await;
    let channel = app.sandbox.channel("incidents").expect("the digest").id;
    let posted = app
        .ok(
            "chat.postMessage",
            json!({ "channel": channel, "text": "panel", "blocks": [
                { "type": "actions", "block_id": "who", "elements": [
                    { "type": "button", "action_id": "claim", "value": "i1",
                      "text": { "type": "plain_text", "text": "Claim" } },
                    { "type": "users_select", "action_id": "assign" },
                ]},
            ]}),
        )
        .await;
    let ts = posted["ts"].as_str().expect("a ts").to_owned();
    let alice = app.sandbox.person("alice");
    let acting = tokio::spawn({
        let (alice, channel) = (alice.clone(), channel.clone());
        async move {
            let clicked = alice.click(&channel, &ts, "Claim").await;
            let chosen = alice.select(&channel, &ts, "assign", "bob").await;
            (clicked, chosen)
        }
    });
    let click = socket.envelope("interactive").await;
    socket.ack(&click, Value::Null).await;
    assert_eq!(click["payload"]["actions"][0]["value"], "i1");
    assert_eq!(click["payload"]["container"]["channel_id"], channel);
    let choice = socket.envelope("interactive").await;
    socket.ack(&choice, Value::Null).await;
    assert_eq!(choice["payload"]["actions"][0]["selected_user"], "U0000000BOB");
    let (clicked, chosen) = acting.await.expect("alice");
    assert!(clicked.is_acked() && chosen.is_acked());

    let url = click["payload"]["response_url"].as_str().expect("an address");
    for attempt in 0..6 {
        let answer = json!({ "text": "only you see this", "response_type": "ephemeral" });
        let got = app
            .send(http::Request::post(url), answer.to_string())
            .await
            .expect("an answer");
        assert_eq!(got.status, if attempt < 5 { 200 } else { 404 }, "{}", got.text);
    }
    assert_eq!(app.sandbox.ephemerals("alice").len(), 5);

    alice.open_home();
    let opened = socket.event("app_home_opened").await;
    assert_eq!(opened["user"], alice.id());
    let home = json!({ "type": "home", "blocks": [
        { "type": "actions", "elements": [
            { "type": "button", "action_id": "start", "text": { "type": "plain_text", "text": "Start" } },
        ]},
    ]});
    let published = app
        .ok("views.publish", json!({ "user_id": alice.id(), "view": home }))
        .await;
    assert_eq!(
        app.refused(
            "views.publish",
            json!({ "user_id": alice.id(), "view": home, "hash": "old" })
        )
        .await,
        "hash_conflict"
    );
    let hash = published["view"]["hash"].clone();
    app.ok(
        "views.publish",
        json!({ "user_id": alice.id(), "view": home, "hash": hash }),
    )
    .await;
    let clicking = tokio::spawn({
        let alice = alice.clone();
        async move { alice.click_home("start").await }
    });
    let click = socket.envelope("interactive").await;
    socket.ack(&click, Value::Null).await;
    assert_eq!(click["payload"]["view"]["type"], "home");
    assert!(clicking.await.expect("alice").is_acked());
}

#[tokio::test]
async fn an_external_select_asks_the_app() {
    let app = App::in_incidents().await;
    let mut socket = app.connected().await;
    let alice = app.sandbox.person("alice");
    let opening = tokio::spawn({
        let alice = alice.clone();
        async move { alice.shortcut("open_incident_bot_pager").await }
    });
    let envelope = socket.envelope("interactive").await;
    socket.ack(&envelope, Value::Null).await;
    opening.await.expect("alice");
    let view = modal(&json!([{
        "type": "input", "block_id": "incident",
        "label": { "type": "plain_text", "text": "Incident" },
        "element": { "type": "external_select", "action_id": "which", "min_query_length": 0 },
    }]));
    let trigger = envelope["payload"]["trigger_id"].clone();
    app.ok("views.open", json!({ "trigger_id": trigger, "view": view }))
        .await;
    let view = alice.wait_for_view().await;
    let app_side = tokio::spawn(async move {
        let asked = socket.envelope("interactive").await;
        assert_eq!(asked["payload"]["type"], "block_suggestion");
        let option = json!({ "text": { "type": "plain_text", "text": "Payments" }, "value": "i7" });
        socket.ack(&asked, json!({ "options": [option] })).await;
        let submitted = socket.envelope("interactive").await;
        socket.ack(&submitted, Value::Null).await;
        submitted["payload"]["view"]["state"]["values"]["incident"]["which"]["selected_option"]["value"].clone()
    });
    let submitted = alice.submit(&view, [("Incident", "Payments")]).await;
    assert!(matches!(submitted, Submission::Closed));
    assert_eq!(app_side.await.expect("the app"), "i7");
}
