//! Settings, as admins change them.

use domain::rca::DEFAULT_TEMPLATE;
use store::console_users::Role;
use tonic::Code;
use web::proto::settings_service_client::SettingsServiceClient;
use web::proto::{
    GetProvidersRequest, GetRcaTemplateRequest, PreviewRcaTemplateRequest, UpdateProvidersRequest,
    UpdateRcaTemplateRequest, WatchedProvider,
};

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
        ("<p>{{mood}}</p>", "template: unknown placeholder {{mood}}"),
        ("<p>{{title</p>", "template: a placeholder is not closed"),
        ("{{timeline}}{{timeline}}", "template: {{timeline}} is used twice"),
        ("<p>{{timeline}}</p>", "template: {{timeline}} can't be used in"),
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

fn watch(providers: &[&str]) -> UpdateProvidersRequest {
    UpdateProvidersRequest {
        providers: providers.iter().map(|provider| (*provider).to_owned()).collect(),
    }
}

/// Each provider as the setting holds it, what people call it, and whether it cannot be read.
fn watched(providers: &[WatchedProvider]) -> Vec<(&str, &str, bool)> {
    providers
        .iter()
        .map(|watched| {
            let feed = watched.feed.as_ref().unwrap();
            let is_broken = feed.failing_since.is_some();
            (watched.provider.as_str(), feed.name.as_str(), is_broken)
        })
        .collect()
}

/// How many looks at providers wait to be made.
async fn looks(console: &Console) -> usize {
    let mut conn = console.database.connect().await;
    let waiting = jobs::admin::unfinished(&mut conn).await.unwrap();
    waiting
        .iter()
        .filter(|job| job.kind == "status_polling.poll_provider")
        .count()
}

#[tokio::test]
async fn providers_are_watched_from_when_they_are_added() {
    let console = Console::start().await;
    let admin = console.somebody(Role::Admin, None).await;
    let mut api = api(&console, &admin).await;
    let none = api.get_providers(GetProvidersRequest {}).await.unwrap().into_inner();
    assert!(none.providers.is_empty() && none.known.contains(&"github".to_owned()));

    let kept = api
        .update_providers(watch(&[" GitHub ", "https://status.example.com/"]))
        .await;
    let both = [
        ("github", "GitHub", false),
        ("https://status.example.com", "status.example.com", false),
    ];
    assert_eq!(watched(&kept.unwrap().into_inner().providers), both);
    assert_eq!(looks(&console).await, 2);

    let mut conn = console.database.connect().await;
    let now = chrono::Utc::now();
    store::upstream::lock(&mut conn, "github").await.unwrap();
    store::upstream::failed(&mut conn, "github", "it answered with a page", None, now)
        .await
        .unwrap();
    let warning = "INCIDENT_EXTERNAL_PROVIDERS_LIST: “gitlab” is not a provider";
    store::upstream::set_warnings(&mut conn, &[warning.to_owned()])
        .await
        .unwrap();
    let now = api.get_providers(GetProvidersRequest {}).await.unwrap().into_inner();
    assert_eq!(watched(&now.providers)[0], ("github", "GitHub", true));
    assert_eq!(now.warnings, [warning]);

    // Those that stay are not looked at for it.
    let kept = api
        .update_providers(watch(&["github", "aws"]))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        watched(&kept.providers),
        [("github", "GitHub", true), ("aws", "AWS", false)]
    );
    assert_eq!(looks(&console).await, 3);
    let kept = api.update_providers(watch(&[])).await.unwrap().into_inner();
    assert!(kept.providers.is_empty());
    let audited = console.audited().await;
    let updates = audited.iter().filter(|(_, action)| action == "update_providers");
    assert_eq!(updates.count(), 3, "{audited:?}");
}

#[tokio::test]
async fn what_is_no_provider_is_said_and_nothing_changes() {
    let console = Console::start().await;
    let admin = console.somebody(Role::Admin, None).await;
    let ada = console.somebody(Role::Responder, None).await;
    let many: Vec<_> = (0..21).map(|n| format!("https://{n}.example.com")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    let mut api_of_admin = api(&console, &admin).await;
    api_of_admin.update_providers(watch(&["aws"])).await.unwrap();
    for (wrong, said) in [
        (
            &["gitlab"][..],
            "providers: “gitlab” is not a provider: use one of auth0, aws",
        ),
        (&["github", "GitHub"], "providers: “github” is listed twice."),
        (
            &["https://a b.example"],
            "providers: “https://a b.example” is not a provider",
        ),
        (&many, "providers: at most 20."),
    ] {
        let refused = api_of_admin.update_providers(watch(wrong)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{wrong:?}");
        assert!(refused.message().starts_with(said), "{}", refused.message());
    }
    let mut api_of_ada = api(&console, &ada).await;
    let refused = api_of_ada.update_providers(watch(&["slack"])).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let refused = api_of_ada.get_providers(GetProvidersRequest {}).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let now = api_of_admin
        .get_providers(GetProvidersRequest {})
        .await
        .unwrap()
        .into_inner();
    assert_eq!(watched(&now.providers), [("aws", "AWS", false)]);
    let audited = console.audited().await;
    assert!(
        audited.iter().any(|(_, action)| action == "update_providers_refused"),
        "{audited:?}"
    );
}
