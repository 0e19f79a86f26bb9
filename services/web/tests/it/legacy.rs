//! What incident-bot 0.8.2 kept of an incident and has no place elsewhere.

use chrono::DateTime;
use domain::Clock;
use domain::statuspage::Published;
use serde_json::json;
use store::console_users::Role;
use store::legacy::Record;
use tonic::Code;
use web::proto::{GetIncidentRequest, Incident, ListLegacyRecordsRequest, ListLegacyRecordsResponse};

use crate::console::{Caller, Console};
use crate::incidents::declare;

/// The id of its pin in the tables of 0.8.2.
fn pin_of(incident: &Incident) -> String {
    let id: uuid::Uuid = incident.id.parse().unwrap();
    (id.as_u64_pair().1 >> 1).to_string()
}

/// A file that cannot be shown, and the incident's own row with a column that ours has not.
async fn keep(console: &Console, incident: &Incident) {
    let mut conn = console.database.connect().await;
    let pin = json!({ "title": "app.log", "user": "Hana Adams", "content": "see &lt;this&gt;", "ts": "11/01/2026 01:26:33 CST" });
    let row = json!({ "incident_id": "inc-1", "tags": ["checkout"], "customer": "Example" });
    let key = pin_of(incident);
    let records = [
        Record {
            source: "incidents",
            key: &incident.id,
            record: &row,
            at: None,
            text: "",
            bytes: None,
            reason: "the incident as it was",
        },
        Record {
            source: "incident_logging",
            key: &key,
            record: &pin,
            at: DateTime::from_timestamp(1_768_094_793, 0),
            text: "see <this>",
            bytes: Some(b"not an image"),
            reason: "its file is no image that the console can show",
        },
    ];
    let id = incident.id.parse().unwrap();
    store::legacy::keep_records(&mut conn, Some(id), &records)
        .await
        .unwrap();
}

async fn list(
    console: &Console,
    caller: &Caller,
    incident: &Incident,
    open_private: bool,
) -> Result<ListLegacyRecordsResponse, Code> {
    let request = ListLegacyRecordsRequest {
        incident_id: incident.id.clone(),
        open_private,
    };
    let listed = console.incidents(caller).await.list_legacy_records(request).await;
    listed.map(tonic::Response::into_inner).map_err(|status| status.code())
}

#[tokio::test]
async fn legacy_records_are_listed_in_words() {
    let console = Console::start().await;
    let viewer = console.somebody(Role::Viewer, None).await;
    let ada = console.somebody(Role::Responder, None).await;
    let incident = declare(&console, &ada, "Checkout fails", false).await;
    let other = declare(&console, &ada, "Search is slow", false).await;
    keep(&console, &incident).await;

    let records = list(&console, &viewer, &incident, false).await.unwrap().records;
    assert_eq!(records.len(), 2);
    let (pin, row) = (&records[0], &records[1]);
    assert_eq!(
        (pin.title.as_str(), pin.who.as_str(), pin.text.as_str()),
        ("Pinned message", "Hana Adams", "see <this>")
    );
    assert_eq!(pin.at.unwrap().seconds, 1_768_094_793);
    assert_eq!(
        pin.reason,
        "Kept here because its file is no image that the console can show."
    );
    let fields = |place: usize| {
        let fields = records[place].fields.iter();
        fields
            .map(|field| (field.label.as_str(), field.value.as_str()))
            .collect::<Vec<_>>()
    };
    assert_eq!(fields(0), []);
    let file = pin.file.as_ref().unwrap();
    assert_eq!((file.name.as_str(), file.bytes), ("app.log", 12));
    let answer = console.get_as(&viewer, &file.path, &[]).await;
    assert_eq!(
        (answer.status().as_u16(), answer.body().as_slice()),
        (200, b"not an image".as_slice())
    );
    // Whatever it is, a browser saves it.
    let header = |name: &str| answer.headers()[name].to_str().unwrap();
    assert_eq!(header("content-type"), "application/octet-stream");
    assert_eq!(header("content-disposition"), "attachment");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("cache-control"), "private, no-cache");
    assert_eq!(console.get(&file.path).await.status(), 401);
    let elsewhere = [("sec-fetch-site", "cross-site")];
    assert_eq!(console.get_as(&viewer, &file.path, &elsewhere).await.status(), 403);
    for path in [
        file.path.replace(&incident.id, &other.id),
        file.path.replace(&pin_of(&incident), "1"),
        file.path.replace(&incident.id, "x"),
    ] {
        assert_eq!(console.get_as(&viewer, &path, &[]).await.status(), 404, "{path}");
    }
    assert_eq!(fields(1), [("Customer", "Example")]);
    assert_eq!(
        (row.title.as_str(), row.reason.as_str()),
        ("The incident when it was imported", "")
    );

    // Its own row says no more than the incident does.
    let row = json!({ "incident_id": "inc-2", "tags": ["search"] });
    let record = Record {
        source: "incidents",
        key: &other.id,
        record: &row,
        at: None,
        text: "",
        bytes: None,
        reason: "the incident as it was",
    };
    let mut conn = console.database.connect().await;
    let id = other.id.parse().unwrap();
    store::legacy::keep_records(&mut conn, Some(id), &[record])
        .await
        .unwrap();
    assert_eq!(list(&console, &viewer, &other, false).await.unwrap().records, []);
    let nobody = Caller::default();
    assert_eq!(
        list(&console, &nobody, &incident, false).await.unwrap_err(),
        Code::Unauthenticated
    );
}

#[tokio::test]
async fn legacy_records_of_a_private_incident_are_its_members() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    let bob = console.somebody(Role::Responder, Some("U2")).await;
    let admin = console.somebody(Role::Admin, Some("U3")).await;
    let secret = declare(&console, &ada, "Breach", true).await;
    keep(&console, &secret).await;

    assert_eq!(list(&console, &ada, &secret, false).await.unwrap().records.len(), 2);
    for (caller, open_private) in [(&bob, false), (&bob, true), (&admin, false)] {
        assert_eq!(
            list(&console, caller, &secret, open_private).await.unwrap_err(),
            Code::NotFound
        );
    }
    let audited = async || {
        let audited = console.audited().await.into_iter();
        audited.filter(|(_, action)| action == "open_private_incident").count()
    };
    assert_eq!(audited().await, 0);
    assert_eq!(list(&console, &admin, &secret, true).await.unwrap().records.len(), 2);
    assert_eq!(audited().await, 1);

    let file = async |caller: &Caller, open_private| {
        let path = format!(
            "/api/v1/incidents/{}/legacy/{}{open_private}",
            secret.id,
            pin_of(&secret)
        );
        console.get_as(caller, &path, &[]).await.status().as_u16()
    };
    let open = "?open_private=true";
    assert_eq!(file(&ada, "").await, 200);
    assert_eq!(
        [file(&bob, "").await, file(&bob, open).await, file(&admin, "").await],
        [404; 3]
    );
    assert_eq!(file(&admin, open).await, 200);
}

#[tokio::test]
async fn legacy_records_of_no_incident_are_an_admins() {
    let console = Console::start().await;
    let responder = console.somebody(Role::Responder, None).await;
    let admin = console.somebody(Role::Admin, None).await;
    let timeline =
        json!({ "incident_id": "inc-9", "data": [{ "log": "Back to normal", "ts": "never", "user": "Hana Adams" }] });
    let pin = json!({ "incident_id": "inc-9", "title": "app.log", "user": "Hana Adams", "content": "", "ts": "soon" });
    let kept = |source, key, record, bytes| Record {
        source,
        key,
        record,
        at: None,
        text: "",
        bytes,
        reason: "it belongs to no incident that is known",
    };
    let records = [
        kept("auditlog", "inc-9", &timeline, None),
        kept("incident_logging", "12", &pin, Some(b"a file".as_slice())),
    ];
    let mut conn = console.database.connect().await;
    store::legacy::keep_records(&mut conn, None, &records).await.unwrap();

    let list = async |caller: &Caller| {
        let request = ListLegacyRecordsRequest::default();
        let listed = console.incidents(caller).await.list_legacy_records(request).await;
        let listed = listed.map(|listed| listed.into_inner().records);
        listed.map_err(|status| status.code())
    };
    assert_eq!(list(&responder).await.unwrap_err(), Code::PermissionDenied);
    let records = list(&admin).await.unwrap();
    let titles: Vec<_> = records.iter().map(|record| record.title.as_str()).collect();
    assert_eq!(titles, ["Timeline of inc-9", "Pinned message in inc-9"]);
    assert_eq!(
        records[0].fields[0].value,
        "Hana Adams: Back to normal (its time was “never”)"
    );
    assert_eq!(
        records[0].reason,
        "Kept here because it belongs to no incident that is known."
    );
    let file = records[1].file.as_ref().unwrap();
    let answer = console.get_as(&admin, &file.path, &[]).await;
    assert_eq!(
        (answer.status().as_u16(), answer.body().as_slice()),
        (200, b"a file".as_slice())
    );
    assert_eq!(console.get_as(&responder, &file.path, &[]).await.status(), 404);
    assert_eq!(console.get(&file.path).await.status(), 401);
    // It is no incident's.
    let incident = declare(&console, &responder, "Checkout fails", false).await;
    let path = format!("/api/v1/incidents/{}/legacy/12", incident.id);
    assert_eq!(console.get_as(&admin, &path, &[]).await.status(), 404);
}

#[tokio::test]
async fn what_0_8_2_published_is_linked() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    let incident = declare(&console, &ada, "Checkout fails", false).await;
    let mut conn = console.database.connect().await;
    let published = Published {
        id: uuid::Uuid::now_v7(),
        incident: incident.id.parse().unwrap(),
        name: "Checkout fails".to_owned(),
        impact: "major".to_owned(),
        status: "resolved".to_owned(),
        statuspage_id: Some("sp1".to_owned()),
        url: None,
        changed_at: None,
        ended_at: Some(console.clock.now()),
        removed: false,
    };
    store::legacy::add_published(&mut conn, &published).await.unwrap();
    let get = async || {
        let request = GetIncidentRequest {
            id: incident.id.clone(),
            ..GetIncidentRequest::default()
        };
        let got = console.incidents(&ada).await.get_incident(request).await.unwrap();
        got.into_inner().statuspage.unwrap()
    };
    // As long as nobody knows the page's address, there is no link.
    assert_eq!(get().await.url, "");
    store::statuspage::set_page(&mut conn, "page1", Some("https://status.example.com/"))
        .await
        .unwrap();
    let shown = get().await;
    assert_eq!(shown.url, "https://status.example.com/incidents/sp1");
    assert_eq!((shown.status.as_str(), shown.over), ("Resolved", true));
}
