//! The RCA document as a file.

use axum::body::Body;
use axum::http::{Request, Response};
use store::console_users::Role;
use web::proto::DeclareIncidentRequest;

use crate::console::{Caller, Console, send};

async fn get(console: &Console, caller: &Caller, path: &str) -> Response<Vec<u8>> {
    let mut request = Request::get(format!("http://{}{path}", console.addr));
    if let Some(cookie) = &caller.cookie {
        request = request.header("cookie", cookie);
    }
    send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn whoever_may_see_the_incident_may_have_it() {
    let console = Console::start().await;
    let responder = console.somebody(Role::Responder, None).await;
    let stranger = console.somebody(Role::Viewer, None).await;
    let mut declared = Vec::new();
    for private in [false, true] {
        let request = DeclareIncidentRequest {
            description: "Payments <fail>".to_owned(),
            severity: String::new(),
            private,
            request_id: format!("private {private}"),
        };
        let answer = console.incidents(&responder).await.declare_incident(request).await;
        declared.push(answer.unwrap().into_inner().incident.unwrap().id);
    }
    let path = |id: &str, kind: &str| format!("/api/v1/incidents/{id}/rca.{kind}");
    let (open, private) = (&declared[0], &declared[1]);
    let file = get(&console, &stranger, &path(open, "md")).await;
    assert_eq!(file.status(), 200);
    let disposition = file.headers()["content-disposition"].to_str().unwrap();
    assert!(
        disposition.starts_with("attachment;") && disposition.ends_with("-rca.md\""),
        "{disposition}"
    );
    assert!(file.body().starts_with(b"# Payments \\<fail\\>"));
    let page = get(&console, &responder, &path(private, "html")).await;
    assert!(page.status() == 200 && page.body().starts_with(b"<!DOCTYPE html>"));
    let admin = console.somebody(Role::Admin, None).await;
    let opened = format!("{}?open_private=true", path(private, "md"));
    for (caller, path, status) in [
        (&admin, path(private, "md"), 404),
        (&admin, opened.clone(), 200),
        (&stranger, opened, 404),
        (&stranger, path(private, "md"), 404),
        (&Caller::default(), path(open, "md"), 401),
        (&responder, path("nothing", "md"), 404),
    ] {
        assert_eq!(get(&console, caller, &path).await.status(), status, "{path}");
    }
    let audited = console.audited().await;
    let opened = audited.iter().filter(|(_, action)| action == "open_private_incident");
    assert_eq!(opened.count(), 1, "written down, as on the page");
}
