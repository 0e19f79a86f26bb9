//! Acting and making trouble over HTTP, as the page does.

#![allow(clippy::expect_used, reason = "a helper of tests")]

mod support;

use futures_util::StreamExt;
use sandbox::Config;
use serde_json::{Value, json};
use support::{App, modal, text_input};

impl App {
    async fn act(&self, who: &str, act: Value) -> Value {
        let (status, done) = self.put("POST", &format!("people/{who}/act"), &act).await;
        assert_eq!(status, 200, "{done}");
        done
    }
}

#[tokio::test]
async fn a_person_acts_and_sees_what_came_of_it() {
    let app = App::in_incidents().await;
    let mut socket = app.connected().await;
    app.act(
        "alice",
        json!({ "act": "say", "channel": "incidents", "text": "hello @bob" }),
    )
    .await;
    let (_, seen) = app.put("GET", "people/bob/channels/incidents", &Value::Null).await;
    assert_eq!(seen["messages"][1]["text"], "hello <@U0000000BOB>");

    let app_side = tokio::spawn(async move {
        let shortcut = socket.envelope("interactive").await;
        socket.ack(&shortcut, Value::Null).await;
        let trigger = shortcut["payload"]["trigger_id"].clone();
        (socket, trigger)
    });
    let shortcut = json!({ "act": "shortcut", "callback_id": "open_incident_modal" });
    app.act("alice", shortcut).await;
    let (mut socket, trigger) = app_side.await.expect("the app");
    let view = modal(&json!([text_input("description", "Description")]));
    app.ok("views.open", json!({ "trigger_id": trigger, "view": view }))
        .await;
    let (_, seen) = app.put("GET", "people/alice", &Value::Null).await;
    let id = seen["views"][0]["id"].clone();
    let empty = app
        .act("alice", json!({ "act": "submit", "view": id, "values": {} }))
        .await;
    assert_eq!(empty["kind"], "errors");
    let app_side = tokio::spawn(async move {
        let submitted = socket.envelope("interactive").await;
        socket.ack(&submitted, Value::Null).await;
    });
    let values = json!({ "description/value": "Payments fail" });
    let done = app
        .act("alice", json!({ "act": "submit", "view": id, "values": values }))
        .await;
    assert_eq!(done["kind"], "closed");
    app_side.await.expect("the app");

    let wrong = json!({ "act": "say", "channel": "nowhere", "text": "x" });
    let (status, body) = app.put("POST", "people/alice/act", &wrong).await;
    assert_eq!(status, 400);
    assert_eq!(body["error"], "there is no channel \"nowhere\"");
    assert_eq!(app.put("GET", "people/nobody", &Value::Null).await.0, 400);
}

#[tokio::test]
async fn trouble_is_made_and_taken_back() {
    let app = App::in_incidents().await;
    let fault = json!({ "method": "auth.test", "harm": { "kind": "status", "value": 500 } });
    let (_, added) = app.put("POST", "faults", &fault).await;
    let status = async || {
        app.raw("xoxb-sandbox", "auth.test", &json!({}))
            .await
            .map(|got| got.status)
            .ok()
    };
    assert_eq!(status().await, Some(500));
    let (_, trouble) = app.put("GET", "trouble", &Value::Null).await;
    assert_eq!(trouble["faults"][0]["seen"], 1);
    app.put("DELETE", &format!("faults/{}", added["id"]), &Value::Null)
        .await;
    assert_eq!(status().await, Some(200));

    let limits = json!({ "enabled": true, "speed": 60.0, "message_burst": 1 });
    app.put("PUT", "trouble", &json!({ "latency_ms": 7, "rate_limits": limits }))
        .await;
    assert!(app.sandbox.rate_limits().enabled);
    assert_eq!(app.sandbox.faults().latency().0.as_millis(), 7);
    app.put("POST", "reset", &Value::Null).await;
    assert!(!app.sandbox.rate_limits().enabled);
    assert_eq!(app.sandbox.calls().len(), 0);
}

#[tokio::test]
async fn starting_over_gives_no_id_out_again_and_tells_the_app() {
    let app = App::in_incidents().await;
    let mut socket = app.connected().await;
    let ids = || -> Vec<String> { app.sandbox.channels().into_iter().map(|channel| channel.id).collect() };
    let before = ids();
    app.sandbox.person("alice").say("incidents", "hello");
    let (status, _) = app.put("POST", "start_over", &Value::Null).await;
    assert_eq!(status, 200);
    let after = ids();
    assert!(after.iter().all(|id| !before.contains(id)), "{before:?} {after:?}");
    assert!(app.sandbox.messages("incidents").is_empty());
    let mut told = (0, 0);
    while told != (before.len(), after.len()) {
        let envelope = socket.envelope("events_api").await;
        socket.ack(&envelope, Value::Null).await;
        match envelope["payload"]["event"]["type"].as_str() {
            Some("channel_deleted") => told.0 += 1,
            Some("channel_created") => told.1 += 1,
            _ => {}
        }
    }
}

#[tokio::test]
async fn starting_over_waits_for_whoever_empties_the_app() {
    let file = std::env::temp_dir().join(format!("sandbox-start-over-{}", std::process::id()));
    let app = App::start(Config {
        start_over_file: Some(file.clone()),
        ..Config::default()
    })
    .await;
    let before = app.sandbox.channel("incidents").expect("the digest").id;
    app.put("POST", "start_over", &Value::Null).await;
    assert!(file.exists());
    assert_eq!(app.look("people/alice").await["starting_over"], true);
    assert!(
        app.sandbox.channel(&before).is_some(),
        "nothing is lost before the app is empty"
    );
    app.put("POST", "reset", &Value::Null).await;
    assert_eq!(app.look("people/alice").await["starting_over"], false);
    assert!(app.sandbox.channel(&before).is_none());
    std::fs::remove_file(file).expect("to remove the file");
}

#[tokio::test]
async fn a_page_hears_of_changes_over_a_websocket() {
    let app = App::in_incidents().await;
    let url = format!("{}/sandbox/live", app.sandbox.url().replacen("http", "ws", 1));
    let (mut live, _) = tokio_tungstenite::connect_async(url).await.expect("a socket");
    live.next().await.expect("a count").expect("a frame");
    app.sandbox.person("alice").say("incidents", "hello");
    live.next().await.expect("a count").expect("a frame");
}

#[tokio::test]
async fn the_page_is_served_or_says_how_to_build_it() {
    let app = App::in_incidents().await;
    let got = app
        .send(http::Request::get(app.sandbox.url()), "")
        .await
        .expect("an answer");
    assert_eq!(got.status, 200);
    assert!(
        got.headers["content-type"]
            .to_str()
            .expect("text")
            .starts_with("text/html")
    );
    let missing = app
        .send(http::Request::get(format!("{}/no.js", app.sandbox.url())), "")
        .await
        .expect("an answer");
    assert_eq!(missing.status, 404);
}

#[tokio::test]
async fn a_page_of_confluence_is_edited_and_removed_as_people_do() {
    let app = App::in_incidents().await;
    let id = app.sandbox.add_confluence_page("Breach");
    let path = format!("confluence/pages/{id}");
    let edited = app.put("PUT", &path, &json!({ "body": "<p>Ours</p>" })).await;
    assert_eq!(edited.0, 200);
    app.put("PUT", "confluence/writing", &json!({ "may_write": false }))
        .await;
    let (_, shown) = app.put("GET", "confluence", &Value::Null).await;
    let page = &shown["pages"][0];
    assert_eq!(
        (&page["body"], &page["version"], &page["space"]),
        (&json!("<p>Ours</p>"), &json!(2), &json!("OPS"))
    );
    assert_eq!(shown["may_write"], json!(false));
    assert_eq!(app.put("DELETE", &path, &Value::Null).await.0, 200);
    let (_, shown) = app.put("GET", "confluence", &Value::Null).await;
    assert_eq!(shown["pages"], json!([]));
    assert_ne!(app.put("DELETE", &path, &Value::Null).await.0, 200);
}

#[tokio::test]
async fn a_page_of_confluence_reads_as_people_see_it() {
    let app = App::in_incidents().await;
    let id = app.sandbox.add_confluence_page("Breach");
    let body = "<p><ac:structured-macro ac:name=\"anchor\"><ac:parameter ac:name=\"\">01a2</ac:parameter>\
                </ac:structured-macro></p><p>By <ac:link><ri:user ri:account-id=\"712020:U0000000BOB\" /></ac:link>&nbsp;&amp; co</p>\
                <ac:structured-macro ac:name=\"info\"><ac:rich-text-body><p onclick=\"x\">Note</p></ac:rich-text-body>\
                </ac:structured-macro><script>bad()</script><a href=\"javascript:x\">a</a>\
                <ac:image ac:alt=\"graph\"><ri:attachment ri:filename=\"g.png\" /></ac:image>";
    app.sandbox.edit_confluence_page(&id, |page| body.clone_into(page));
    let url = format!("{}/confluence/wiki/spaces/OPS/pages/{id}", app.sandbox.url());
    let page = app.send(http::Request::get(url), "").await.expect("an answer").text;
    let shown = page.split_once("</h1>").expect("a title").1;
    assert_eq!(
        shown,
        format!(
            "<p><a id=\"01a2\"></a></p><p>By <span class=\"mention\">@Bob</span>\u{a0}&amp; co</p>\
             <div class=\"panel\"><p>Note</p></div><a>a</a>\
             <img src=\"/confluence/wiki/download/{id}?name=g.png\" alt=\"graph\">"
        )
    );
}
