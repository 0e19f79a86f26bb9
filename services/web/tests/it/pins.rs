//! Pinned messages and their images.

use domain::{Actor, Clock, IncidentId};
use store::console_users::Role;
use store::pins::{self, Image, Pin};
use tonic::Code;
use web::proto::{GetIncidentRequest, Incident, ListPinsRequest, ListPinsResponse};

use crate::console::{Caller, Console};
use crate::incidents::declare;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nnot really";
const TS: &str = "1764000000.123456";

/// Somebody pinned a message with an image, and one that says something.
async fn pin(console: &Console, incident: &Incident, media_type: &str) {
    let mut conn = console.database.connect().await;
    let incident: IncidentId = incident.id.parse().unwrap();
    let now = console.clock.now();
    for (ts, text) in [(TS, ""), ("1764000001.000000", "It is the new deploy")] {
        let pin = Pin {
            incident,
            channel_id: "C1".to_owned(),
            ts: ts.to_owned(),
            thread_ts: None,
            author: "U1".to_owned(),
            author_name: "alice".to_owned(),
            text: text.to_owned(),
            pinned_by: Actor::Slack {
                user_id: "U2".to_owned(),
                name: "bob".to_owned(),
            },
            pinned_at: now,
            edited_at: None,
        };
        assert!(pins::insert(&mut conn, &pin).await.unwrap());
    }
    let image = Image {
        file_id: "F1",
        name: "graph.png",
        media_type,
        bytes: PNG,
    };
    pins::keep_image(&mut conn, incident, ("C1", TS), &image, now)
        .await
        .unwrap();
}

async fn list(
    console: &Console,
    caller: &Caller,
    incident: &Incident,
    open_private: bool,
) -> Result<ListPinsResponse, Code> {
    let request = ListPinsRequest {
        incident_id: incident.id.clone(),
        open_private,
    };
    let listed = console.incidents(caller).await.list_pins(request).await;
    listed.map(tonic::Response::into_inner).map_err(|status| status.code())
}

#[tokio::test]
async fn pins_are_listed_and_their_images_answered() {
    let console = Console::start().await;
    let viewer = console.somebody(Role::Viewer, None).await;
    let ada = console.somebody(Role::Responder, None).await;
    let incident = declare(&console, &ada, "Checkout fails", false).await;
    pin(&console, &incident, "image/png").await;

    let pins = list(&console, &viewer, &incident, false).await.unwrap().pins;
    assert_eq!(pins.len(), 2);
    assert_eq!(
        (
            pins[1].text.as_str(),
            pins[1].author.as_str(),
            pins[1].pinned_by.as_str()
        ),
        ("It is the new deploy", "alice", "bob")
    );
    assert_eq!(pins[0].written_at.unwrap().seconds, 1_764_000_000);
    let image = &pins[0].images[0];
    assert_eq!(
        (image.name.as_str(), image.bytes),
        ("graph.png", i64::try_from(PNG.len()).unwrap())
    );

    let answer = console
        .get_as(&viewer, &image.path, &[("sec-fetch-site", "same-origin")])
        .await;
    assert_eq!((answer.status().as_u16(), answer.body().as_slice()), (200, PNG));
    let header = |name: &str| answer.headers()[name].to_str().unwrap();
    assert_eq!(header("content-type"), "image/png");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("cache-control"), "private, no-cache");
    assert_eq!(header("vary"), "cookie");
    assert!(header("content-security-policy").starts_with("default-src 'none'"));
    let again = console
        .get_as(&viewer, &image.path, &[("if-none-match", header("etag"))])
        .await;
    assert_eq!((again.status().as_u16(), again.body().len()), (304, 0));

    // Without a session, from another site, or of what is not there.
    assert_eq!(console.get(&image.path).await.status(), 401);
    let elsewhere = console
        .get_as(&viewer, &image.path, &[("sec-fetch-site", "cross-site")])
        .await;
    assert_eq!(elsewhere.status(), 403);
    for path in [
        image.path.replace("F1", "F2"),
        image.path.replace(&incident.id, &uuid::Uuid::now_v7().to_string()),
        image.path.replace(&incident.id, "x"),
    ] {
        let missing = console.get_as(&viewer, &path, &[]).await;
        assert_eq!(missing.status(), 404, "{path}");
        assert_eq!(missing.headers()["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn what_is_no_image_is_not_answered() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    let incident = declare(&console, &ada, "Checkout fails", false).await;
    pin(&console, &incident, "text/html").await;
    let pins = list(&console, &ada, &incident, false).await.unwrap().pins;
    let answer = console.get_as(&ada, &pins[0].images[0].path, &[]).await;
    assert_eq!(answer.status(), 404);
}

#[tokio::test]
async fn pins_of_a_private_incident_are_its_members() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    let bob = console.somebody(Role::Responder, Some("U2")).await;
    let admin = console.somebody(Role::Admin, Some("U3")).await;
    let secret = declare(&console, &ada, "Breach", true).await;
    pin(&console, &secret, "image/png").await;
    let path = list(&console, &ada, &secret, false).await.unwrap().pins[0].images[0]
        .path
        .clone();
    assert_eq!(console.get_as(&ada, &path, &[]).await.status(), 200);

    assert_eq!(list(&console, &bob, &secret, true).await.unwrap_err(), Code::NotFound);
    assert_eq!(
        list(&console, &admin, &secret, false).await.unwrap_err(),
        Code::NotFound
    );
    for caller in [&bob, &admin] {
        assert_eq!(console.get_as(caller, &path, &[]).await.status(), 404);
    }
    assert_eq!(
        console
            .get_as(&bob, &format!("{path}?open_private=true"), &[])
            .await
            .status(),
        404
    );

    // An admin opens it: the incident, its pins, its images. That is written down once.
    let open = GetIncidentRequest {
        id: secret.id.clone(),
        open_private: true,
    };
    for _ in 0..2 {
        let opened = console
            .incidents(&admin)
            .await
            .get_incident(open.clone())
            .await
            .unwrap();
        assert!(opened.into_inner().opened);
    }
    let opened = list(&console, &admin, &secret, true).await.unwrap().pins[0].images[0]
        .path
        .clone();
    assert_eq!(console.get_as(&admin, &opened, &[]).await.status(), 200);
    let openings = async || {
        let audited = console.audited().await.into_iter();
        audited.filter(|(_, action)| action == "open_private_incident").count()
    };
    assert_eq!(openings().await, 1);
    console.clock.advance(chrono::TimeDelta::minutes(16));
    assert_eq!(console.get_as(&admin, &opened, &[]).await.status(), 200);
    assert_eq!(openings().await, 2);
}
