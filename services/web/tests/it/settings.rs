//! The template of the RCA document, as admins change it.

use domain::rca::DEFAULT_TEMPLATE;
use store::console_users::Role;
use tonic::Code;
use web::proto::settings_service_client::SettingsServiceClient;
use web::proto::{GetRcaTemplateRequest, PreviewRcaTemplateRequest, UpdateRcaTemplateRequest};

use crate::console::{As, Caller, Console};
use crate::incidents::declare;

const TEMPLATE: &str = "<h2>{{title}}</h2>{{timeline}}<p>{{declared_by}}</p>";

async fn api(console: &Console, caller: &Caller) -> SettingsServiceClient<As> {
    SettingsServiceClient::new(caller.to(console.addr).await)
}

fn update(template: &str) -> UpdateRcaTemplateRequest {
    UpdateRcaTemplateRequest {
        template: template.to_owned(),
    }
}

fn preview(template: &str, incident: &str) -> PreviewRcaTemplateRequest {
    PreviewRcaTemplateRequest {
        template: template.to_owned(),
        incident_id: incident.to_owned(),
    }
}

/// The template that documents are written by.
async fn kept(console: &Console) -> String {
    let mut conn = console.database.connect().await;
    store::settings::load(&mut conn).await.unwrap().rca_template
}

#[tokio::test]
async fn a_template_is_taken_and_given_back() {
    let console = Console::start().await;
    let admin = console.somebody(Role::Admin, None).await;
    let mut api = api(&console, &admin).await;
    let first = api
        .get_rca_template(GetRcaTemplateRequest {})
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first.template, DEFAULT_TEMPLATE);
    assert_eq!(first.default_template, DEFAULT_TEMPLATE);
    assert!(
        first
            .placeholders
            .iter()
            .any(|one| one.name == "timeline" && !one.meaning.is_empty())
    );

    let taken = api.update_rca_template(update(TEMPLATE)).await.unwrap().into_inner();
    assert_eq!(taken.template, TEMPLATE);
    assert_eq!(kept(&console).await, TEMPLATE);
    let now = api
        .get_rca_template(GetRcaTemplateRequest {})
        .await
        .unwrap()
        .into_inner();
    assert_eq!(now.template, TEMPLATE);

    let taken = api.update_rca_template(update(" \n")).await.unwrap().into_inner();
    assert_eq!(taken.template, DEFAULT_TEMPLATE);
    assert_eq!(kept(&console).await, DEFAULT_TEMPLATE);
    let now = api
        .get_rca_template(GetRcaTemplateRequest {})
        .await
        .unwrap()
        .into_inner();
    assert_eq!(now.template, DEFAULT_TEMPLATE);
    // No row stands in the way of a better one.
    let seed = [("rca_template", TEMPLATE.into())];
    let mut conn = console.database.connect().await;
    store::settings::fill(&mut conn, &seed).await.unwrap();
    assert_eq!(kept(&console).await, TEMPLATE);

    let audited: Vec<_> = console.audited().await.into_iter().collect();
    let who = admin.user.as_ref().unwrap().email.clone();
    let written = (who, "update_rca_template".to_owned());
    assert_eq!(
        audited.iter().filter(|entry| **entry == written).count(),
        2,
        "{audited:?}"
    );
}

#[tokio::test]
async fn what_is_wrong_is_said_and_nothing_changes() {
    let console = Console::start().await;
    let admin = console.somebody(Role::Admin, None).await;
    let incident = declare(&console, &admin, "Checkout fails", false).await;
    let mut api = api(&console, &admin).await;
    api.update_rca_template(update(TEMPLATE)).await.unwrap();
    let long = format!("<p>{}</p>", "x".repeat(domain::rca::MAX_TEMPLATE));
    for (wrong, said) in [
        ("<p>open", "template: the template is not well-formed"),
        ("<p>{{mood}}</p>", "template: there is no placeholder {{mood}}"),
        ("<p>{{title</p>", "template: a placeholder is not closed"),
        ("{{timeline}}{{timeline}}", "template: {{timeline}} is there twice"),
        ("<p>{{timeline}}</p>", "template: {{timeline}} cannot stand in"),
        (long.as_str(), "template: the template is 100007 characters long"),
    ] {
        let refused = api.update_rca_template(update(wrong)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{wrong:.40}");
        assert!(refused.message().starts_with(said), "{}", refused.message());
        let refused = api
            .preview_rca_template(preview(wrong, &incident.id))
            .await
            .unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{wrong:.40}");
        assert!(refused.message().starts_with(said), "{}", refused.message());
    }
    let empty = api.preview_rca_template(preview(" ", &incident.id)).await.unwrap_err();
    assert_eq!(empty.message(), "template: the template is empty");
    assert_eq!(kept(&console).await, TEMPLATE);
}

#[tokio::test]
async fn a_preview_is_of_a_real_incident_that_one_may_see() {
    let console = Console::start().await;
    let admin = console.somebody(Role::Admin, None).await;
    let ada = console.somebody(Role::Responder, None).await;
    let open = declare(&console, &ada, "Checkout <fails>", false).await;
    let secret = declare(&console, &ada, "Breach", true).await;
    let own = declare(&console, &admin, "Salaries leaked", true).await;
    let mut api = api(&console, &admin).await;
    let body = api.preview_rca_template(preview(TEMPLATE, &open.id)).await;
    let body = body.unwrap().into_inner().body;
    assert!(body.contains("<h2>Checkout &lt;fails&gt;</h2>"), "{body}");
    assert!(body.contains("declared the incident"), "{body}");
    let body = api.preview_rca_template(preview(TEMPLATE, &own.id)).await;
    assert!(body.unwrap().into_inner().body.contains("Salaries leaked"));
    for id in [secret.id.as_str(), "018f0000-0000-7000-8000-00000000dead", "nothing"] {
        let refused = api.preview_rca_template(preview(TEMPLATE, id)).await.unwrap_err();
        assert_eq!(
            (refused.code(), refused.message()),
            (Code::NotFound, "There is no such incident.")
        );
    }
    assert_eq!(kept(&console).await, DEFAULT_TEMPLATE, "a preview changes nothing");
}

#[tokio::test]
async fn only_admins_see_and_change_it() {
    let console = Console::start().await;
    let admin = console.somebody(Role::Admin, None).await;
    let incident = declare(&console, &admin, "Checkout fails", false).await;
    for (caller, code) in [
        (console.somebody(Role::Responder, None).await, Code::PermissionDenied),
        (console.somebody(Role::Viewer, None).await, Code::PermissionDenied),
        (Caller::default(), Code::Unauthenticated),
    ] {
        let mut api = api(&console, &caller).await;
        let refused = api.get_rca_template(GetRcaTemplateRequest {}).await.unwrap_err();
        assert_eq!(refused.code(), code);
        let refused = api
            .preview_rca_template(preview(TEMPLATE, &incident.id))
            .await
            .unwrap_err();
        assert_eq!(refused.code(), code);
        let refused = api.update_rca_template(update(TEMPLATE)).await.unwrap_err();
        assert_eq!(refused.code(), code);
    }
    assert_eq!(kept(&console).await, DEFAULT_TEMPLATE);
    let audited = console.audited().await;
    let refused = audited
        .iter()
        .filter(|(_, action)| action == "update_rca_template_refused");
    assert_eq!(refused.count(), 2, "{audited:?}");
}
