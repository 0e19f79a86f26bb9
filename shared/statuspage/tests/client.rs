//! Calling a server that answers as Statuspage does, and as it does not.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where it stands")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use chrono::DateTime;
use http_client::Error;
use serde_json::{Value, json};
use statuspage::{Change, Client, Config, Creation};

type Asked = Arc<Mutex<Vec<(String, HeaderMap, Value)>>>;

/// A client of a server that answers every call so, and what it is asked.
async fn client(answer: impl Fn(&str) -> Response + Clone + Send + Sync + 'static) -> (Client, Asked) {
    let asked = Asked::default();
    let kept = asked.clone();
    let serve = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
        let call = format!("{method} {uri}");
        let response = answer(&call);
        let body = serde_json::from_slice(&body).unwrap_or_default();
        kept.lock().unwrap().push((call, headers, body));
        async move { response }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(serve)).await });
    let config = Config {
        api_url: format!("http://{address}/v1"),
        api_key: "very-secret".into(),
        page_id: "p1".to_owned(),
        page_url: None,
        every: Duration::from_mins(1),
        timeout: Duration::from_secs(2),
        pace: Duration::ZERO,
    };
    (Client::new(config, None).unwrap(), asked)
}

fn incident(id: &str, key: &str) -> Value {
    json!({
        "id": id, "name": "Payments fail", "status": "identified", "impact": "major", "impact_override": null,
        "shortlink": "https://stspg.io/1", "created_at": "2026-11-23T14:02:00.123Z",
        "updated_at": "2026-11-23T14:20:00.000Z", "scheduled_for": null, "scheduled_until": null,
        "metadata": { "incident_bot": { "key": key }, "jira": { "issue_id": "1" } },
        "components": [{ "id": "c1", "name": "Cards", "status": "partial_outage", "group": false, "position": 1 }],
        "incident_updates": [
            { "id": "u2", "status": "identified", "body": "Found.", "created_at": "2026-11-23T14:20:00.000Z" },
            { "id": "u1", "status": "investigating", "body": null, "created_at": "2026-11-23T14:02:00.123Z" },
        ],
        "postmortem_body": null,
    })
}

async fn create(client: &Client) -> Result<domain::statuspage::Seen, Error> {
    let components = BTreeMap::from([("c1".to_owned(), "partial_outage".to_owned())]);
    let creation = Creation {
        key: "k1",
        name: "Payments fail",
        impact: "major",
        first: Change {
            status: "investigating",
            body: "We are looking into it.",
            components: &components,
            touched: &["c1".to_owned()],
            notify: false,
        },
    };
    client.create(&creation).await
}

#[tokio::test]
async fn what_is_sent_and_what_comes() {
    let (client, asked) = client(|_| (StatusCode::CREATED, Json(incident("i1", "k1"))).into_response()).await;
    let seen = create(&client).await.unwrap();
    assert_eq!((seen.id.as_str(), seen.key.as_deref()), ("i1", Some("k1")));
    let said: Vec<_> = seen.updates.iter().map(|update| update.id.as_str()).collect();
    assert_eq!(said, ["u1", "u2"], "in order of time");
    assert_eq!(seen.components, [("c1".to_owned(), "partial_outage".to_owned())]);
    let (call, headers, body) = asked.lock().unwrap().remove(0);
    assert_eq!(call, "POST /v1/pages/p1/incidents");
    assert_eq!(headers[header::AUTHORIZATION], "OAuth very-secret");
    assert_eq!(
        body,
        json!({ "incident": {
            "name": "Payments fail", "status": "investigating", "impact_override": "major",
            "body": "We are looking into it.", "components": { "c1": "partial_outage" }, "component_ids": ["c1"],
            "deliver_notifications": false, "metadata": { "incident_bot": { "key": "k1" } },
        } })
    );
    // An id is one segment, whatever is in it.
    client.get("a/../b?c").await.unwrap();
    assert_eq!(asked.lock().unwrap()[0].0, "GET /v1/pages/p1/incidents/a%2F..%2Fb%3Fc");
}

#[tokio::test]
async fn it_is_found_by_its_key_on_any_page() {
    let (client, asked) = client(|call| {
        let page = |from: usize| {
            let all = (from..from + 100).map(|number| incident(&format!("i{number}"), &format!("k{number}")));
            Json(all.collect::<Vec<_>>()).into_response()
        };
        if call.contains("unresolved") {
            Json(json!([])).into_response()
        } else if call.contains("page=1") {
            page(0)
        } else {
            page(100)
        }
    })
    .await;
    let found = client.find("k150", DateTime::UNIX_EPOCH).await.unwrap();
    assert_eq!(found.unwrap().id, "i150");
    // What is older than the attempt cannot be it.
    asked.lock().unwrap().clear();
    let oldest = "2026-11-24T00:00:00Z".parse().unwrap();
    assert_eq!(client.find("k150", oldest).await.unwrap(), None);
    assert_eq!(asked.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn components_stand_in_their_groups() {
    let (client, _) = client(|call| {
        if call.contains("component-groups") {
            return Json(json!([{ "id": "g1", "name": "Payments", "position": "2", "components": ["c1"] }]))
                .into_response();
        }
        Json(json!([
            { "id": "g1", "name": "Payments", "status": "operational", "group": true, "position": 2 },
            { "id": "c1", "name": "Cards", "status": "operational", "group_id": "g1", "group": false, "position": 1 },
            { "id": "c2", "name": "API", "status": "", "group_id": null, "group": null, "position": null },
        ]))
        .into_response()
    })
    .await;
    let groups = client.groups().await.unwrap();
    let (components, more) = client.components(1, &groups).await.unwrap();
    assert!(!more);
    let groups: Vec<_> = components
        .iter()
        .map(|component| {
            (
                component.id.as_str(),
                component.group.as_deref(),
                component.group_position,
            )
        })
        .collect();
    assert_eq!(groups, [("c1", Some("Payments"), 2), ("c2", None, 0)]);
}

#[tokio::test]
async fn groups_are_read_once_for_all_pages_of_components() {
    let (client, asked) = client(|call| {
        if call.contains("component-groups") {
            return Json(json!([{ "id": "g1", "name": "Payments", "position": "2", "components": [] }]))
                .into_response();
        }
        let (page, count) = match call {
            call if call.contains("?page=1") => (1, 100),
            call if call.contains("?page=2") => (2, 100),
            _ => (3, 1),
        };
        let all = (0..count).map(|number| {
            json!({
                "id": format!("c{page}-{number}"), "name": "Cards", "status": "operational", "group_id": "g1",
                "group": false, "position": 1,
            })
        });
        Json(all.collect::<Vec<_>>()).into_response()
    })
    .await;
    let groups = client.groups().await.unwrap();
    let mut read = 0;
    for page in 1..=3 {
        let (components, more) = client.components(page, &groups).await.unwrap();
        assert!(components.iter().all(|one| one.group.as_deref() == Some("Payments")));
        assert_eq!(more, page < 3);
        read += components.len();
    }
    assert_eq!(read, 201);
    let asked = asked.lock().unwrap();
    let calls: Vec<_> = asked.iter().map(|(call, ..)| call.as_str()).collect();
    assert_eq!(
        calls,
        [
            "GET /v1/pages/p1/component-groups?page=1&per_page=100",
            "GET /v1/pages/p1/components?page=1&per_page=100",
            "GET /v1/pages/p1/components?page=2&per_page=100",
            "GET /v1/pages/p1/components?page=3&per_page=100",
        ]
    );
}

#[tokio::test]
async fn each_failure_has_its_meaning() {
    async fn fails(status: u16, body: &'static str) -> Error {
        let code = StatusCode::from_u16(status).unwrap();
        let (client, _) = client(move |_| (code, body).into_response()).await;
        create(&client).await.unwrap_err()
    }
    assert!(matches!(fails(420, "").await, Error::RateLimited(_)));
    assert!(matches!(fails(429, "").await, Error::RateLimited(_)));
    assert!(matches!(fails(500, "").await, Error::ServerError(_)));
    assert!(matches!(fails(503, "{}").await, Error::ServerError(_)));
    let wrong_key = fails(401, r#"{"error":"Could not authenticate"}"#).await;
    assert!(matches!(wrong_key, Error::Unauthorized(StatusCode::UNAUTHORIZED)));
    assert!(matches!(fails(403, "").await, Error::Unauthorized(_)));
    for (status, body, said) in [
        (
            422,
            r#"{"error":["Name can't be blank","Body is too long"]}"#,
            "Name can't be blank, Body is too long",
        ),
        (400, r#"{"message":"incident is missing"}"#, "incident is missing"),
        (
            403,
            r#"{"error":"Your plan does not allow it"}"#,
            "Your plan does not allow it",
        ),
    ] {
        assert_eq!(fails(status, body).await, Error::Refused(said.to_owned()));
    }
    assert!(matches!(fails(404, "").await, Error::Refused(reason) if reason.contains("STATUSPAGE_PAGE_ID")));
    // It may have been made all the same: somebody has to look.
    for (status, body) in [(201, "{\"id\": "), (200, "<!doctype html><h1>Down</h1>"), (200, "{}")] {
        let error = fails(status, body).await;
        assert!(!error.had_no_effect(), "{body}: {error:?}");
    }
    let (client, _) = client(|_| StatusCode::NOT_FOUND.into_response()).await;
    assert_eq!(client.get("i1").await.unwrap_err(), Error::NotFound, "it was removed");
}

/// Every call that writes, and what a lost answer means.
const WRITES: &[(&str, &str)] = &[
    (
        r#"http.post(self.url(&["incidents"]"#,
        "once: found by the key in its metadata",
    ),
    (
        r#"http.patch(self.url(&["incidents",id]"#,
        "once: found among the incident's updates by its status and words",
    ),
];

#[test]
fn every_call_that_writes_has_its_row() {
    let source: String = include_str!("../src/client.rs").split_whitespace().collect();
    let calls = ["http.post(", "http.put(", "http.patch(", "http.delete("];
    let found: usize = calls.iter().map(|call| source.matches(call).count()).sum();
    assert_eq!(found, WRITES.len(), "a call that writes and its row here go together");
    for (call, _) in WRITES {
        assert!(source.contains(call), "{call}");
    }
}
