//! Settings, as admins change them.

use std::collections::HashMap;

use domain::Settings;
use domain::rca::DEFAULT_TEMPLATE;
use prost::Message;
use serde_json::{Value, json};
use store::console_users::Role;
use tonic::{Code, Status};
use web::proto::settings_service_client::SettingsServiceClient;
use web::proto::{
    GetProvidersRequest, GetRcaTemplateRequest, InvalidSettings, ListSettingsRequest, PreviewRcaTemplateRequest,
    Setting, SettingChange, SettingGroup, SettingType, StaleSettings, UpdateSettingsRequest, WatchedProvider,
};

use crate::console::{As, Caller, Console};
use crate::incidents::declare;

const TEMPLATE: &str = "<h2>{{title}}</h2>{{timeline}}<p>{{declared_by}}</p>";

async fn api(console: &Console, caller: &Caller) -> SettingsServiceClient<As> {
    SettingsServiceClient::new(caller.to(console.addr).await)
}

/// All settings, by their keys.
fn by_key(groups: Vec<SettingGroup>) -> HashMap<String, Setting> {
    let all = groups.into_iter().flat_map(|group| group.settings);
    all.map(|setting| (setting.field.as_ref().unwrap().key.clone(), setting))
        .collect()
}

async fn list(api: &mut SettingsServiceClient<As>) -> HashMap<String, Setting> {
    let listed = api.list_settings(ListSettingsRequest {}).await.unwrap();
    by_key(listed.into_inner().groups)
}

fn change(key: &str, value: Option<Value>, revision: i64) -> SettingChange {
    SettingChange {
        key: key.to_owned(),
        value: value.map(|value| value.to_string()),
        revision,
    }
}

fn update(changes: &[SettingChange]) -> UpdateSettingsRequest {
    UpdateSettingsRequest {
        changes: changes.to_vec(),
    }
}

/// Changes one setting, having read it.
async fn set(api: &mut SettingsServiceClient<As>, key: &str, value: Option<Value>) -> Result<Setting, Status> {
    let revision = list(api).await[key].revision;
    let updated = api.update_settings(update(&[change(key, value, revision)])).await?;
    Ok(by_key(updated.into_inner().groups)[key].clone())
}

fn detail<T: Message + Default>(refused: &Status) -> T {
    #[derive(Clone, PartialEq, prost::Message)]
    struct Detailed {
        #[prost(message, repeated, tag = "3")]
        details: Vec<prost_types::Any>,
    }
    let detailed = Detailed::decode(refused.details()).unwrap();
    T::decode(detailed.details[0].value.as_slice()).unwrap()
}

/// What is wrong: key, path, sentence.
fn invalid(refused: &Status) -> Vec<(String, String, String)> {
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
    let settings = detail::<InvalidSettings>(refused).settings;
    settings
        .into_iter()
        .map(|one| (one.key, one.path, one.message))
        .collect()
}

async fn settings(console: &Console) -> Settings {
    store::settings::load(&mut console.database.connect().await)
        .await
        .unwrap()
}

fn preview(template: &str, incident: &str) -> PreviewRcaTemplateRequest {
    PreviewRcaTemplateRequest {
        template: template.to_owned(),
        incident_id: incident.to_owned(),
    }
}

/// The template that documents are written by.
async fn kept(console: &Console) -> String {
    settings(console).await.rca_template
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

    let taken = set(&mut api, "rca_template", Some(json!(TEMPLATE))).await.unwrap();
    assert_eq!(
        (taken.value, taken.editor.as_str()),
        (json!(TEMPLATE).to_string(), "rca_template")
    );
    assert_eq!(kept(&console).await, TEMPLATE);
    let now = api
        .get_rca_template(GetRcaTemplateRequest {})
        .await
        .unwrap()
        .into_inner();
    assert_eq!(now.template, TEMPLATE);

    let taken = set(&mut api, "rca_template", None).await.unwrap();
    assert_eq!(taken.value, json!(DEFAULT_TEMPLATE).to_string());
    assert_eq!(kept(&console).await, DEFAULT_TEMPLATE);
    let now = api
        .get_rca_template(GetRcaTemplateRequest {})
        .await
        .unwrap()
        .into_inner();
    assert_eq!(now.template, DEFAULT_TEMPLATE);
    let audited: Vec<_> = console.audited().await.into_iter().collect();
    let who = admin.user.as_ref().unwrap().email.clone();
    let written = (who, "update_setting".to_owned());
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
    set(&mut api, "rca_template", Some(json!(TEMPLATE))).await.unwrap();
    let long = format!("<p>{}</p>", "x".repeat(domain::rca::MAX_TEMPLATE));
    for (wrong, said) in [
        ("<p>open", "template: the template is not well-formed"),
        ("<p>{{mood}}</p>", "template: unknown placeholder {{mood}}"),
        ("<p>{{title</p>", "template: a placeholder is not closed"),
        ("{{timeline}}{{timeline}}", "template: {{timeline}} is used twice"),
        ("<p>{{timeline}}</p>", "template: {{timeline}} can't be used in"),
        (long.as_str(), "template: the template is 100007 characters long"),
    ] {
        let refused = set(&mut api, "rca_template", Some(json!(wrong))).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{wrong:.40}");
        let at_the_setting = format!("rca_{said}");
        assert!(refused.message().starts_with(&at_the_setting), "{}", refused.message());
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
        let refused = api.list_settings(ListSettingsRequest {}).await.unwrap_err();
        assert_eq!(refused.code(), code);
        let template = change("rca_template", Some(json!(TEMPLATE)), 0);
        let refused = api.update_settings(update(&[template])).await.unwrap_err();
        assert_eq!(refused.code(), code);
        let refused = api.update_settings(update(&[])).await.unwrap_err();
        assert_eq!(refused.code(), code);
    }
    assert_eq!(kept(&console).await, DEFAULT_TEMPLATE);
    let audited = console.audited().await;
    let refused = audited.iter().filter(|(_, action)| action == "update_setting_refused");
    assert_eq!(refused.count(), 4, "{audited:?}");
}

async fn watch(api: &mut SettingsServiceClient<As>, providers: &[&str]) -> Result<Vec<WatchedProvider>, Status> {
    set(api, "providers", Some(json!(providers))).await?;
    let watched = api.get_providers(GetProvidersRequest {}).await?;
    Ok(watched.into_inner().providers)
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
    let waiting = queue::admin::unfinished(&mut conn).await.unwrap();
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

    let kept = watch(&mut api, &[" GitHub ", "https://status.example.com/"]).await;
    let both = [
        ("github", "GitHub", false),
        ("https://status.example.com", "status.example.com", false),
    ];
    assert_eq!(watched(&kept.unwrap()), both);
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
    let kept = watch(&mut api, &["github", "aws"]).await.unwrap();
    assert_eq!(watched(&kept), [("github", "GitHub", true), ("aws", "AWS", false)]);
    assert_eq!(looks(&console).await, 3);
    let kept = watch(&mut api, &[]).await.unwrap();
    assert!(kept.is_empty());
    let audited = console.audited().await;
    let updates = audited.iter().filter(|(_, action)| action == "update_setting");
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
    watch(&mut api_of_admin, &["aws"]).await.unwrap();
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
        (&many, "providers: at most 20 are possible."),
        (
            &["http://10.0.0.1"],
            "providers: “http://10.0.0.1” must be a public https address",
        ),
    ] {
        let refused = watch(&mut api_of_admin, wrong).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{wrong:?}");
        assert!(refused.message().starts_with(said), "{}", refused.message());
    }
    let mut api_of_ada = api(&console, &ada).await;
    let slack = change("providers", Some(json!(["slack"])), 0);
    let refused = api_of_ada.update_settings(update(&[slack])).await.unwrap_err();
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
        audited.iter().any(|(_, action)| action == "update_setting_refused"),
        "{audited:?}"
    );
}

#[tokio::test]
async fn every_setting_is_listed_with_its_schema() {
    let console = Console::start().await;
    let admin = console.somebody(Role::Admin, None).await;
    let mut api = api(&console, &admin).await;
    let groups = api
        .list_settings(ListSettingsRequest {})
        .await
        .unwrap()
        .into_inner()
        .groups;
    let count: usize = groups.iter().map(|group| group.settings.len()).sum();
    assert_eq!(count, domain::settings::SETTINGS.len());
    let all = by_key(groups);
    let values = Settings::default().values();
    for declared in domain::settings::SETTINGS {
        let setting = &all[declared.key];
        let value: Value = serde_json::from_str(&setting.value).unwrap();
        assert_eq!(value, values[declared.key]);
        assert_eq!(
            (&setting.default_value, setting.revision),
            (&setting.value, 0),
            "{}",
            declared.key
        );
        assert_ne!(setting.field.as_ref().unwrap().r#type(), SettingType::Unspecified);
    }
    let zone = all["time_zone"].field.as_ref().unwrap();
    assert!(zone.options.iter().any(|option| option.value == "Europe/Berlin"));
    let severities = all["severities"].field.as_ref().unwrap();
    assert_eq!(
        (severities.fields[0].key.as_str(), severities.fields[0].r#type()),
        ("key", SettingType::Key)
    );
}

#[tokio::test]
async fn settings_are_changed_together_and_the_change_is_known() {
    let console = Console::start().await;
    let admin = console.somebody(Role::Admin, None).await;
    let mut api = api(&console, &admin).await;
    let all = list(&mut api).await;
    let mut severities: Value = serde_json::from_str(&all["severities"].value).unwrap();
    severities.as_array_mut().unwrap().retain(|one| one["key"] != "sev4");
    let changes = [
        change("severities", Some(severities), 0),
        change("default_severity", Some(json!("sev3")), 0),
        change("meeting_link", Some(json!(" https://meet.example.com ")), 0),
        change("archive_after_days", Some(json!(30)), 0),
        change("page_notes", Some(json!(true)), 0),
    ];
    let updated = api.update_settings(update(&changes)).await.unwrap().into_inner();
    let now = settings(&console).await;
    assert_eq!((now.severities.len(), now.default_severity.as_str()), (3, "sev3"));
    assert_eq!(now.meeting_link.as_deref(), Some("https://meet.example.com"));
    let all = by_key(updated.groups);
    let link = &all["meeting_link"];
    assert_eq!(link.value, json!("https://meet.example.com").to_string());
    assert_eq!(
        (link.revision, &link.changed_by),
        (1, &admin.user.as_ref().unwrap().name)
    );
    assert!(link.changed_at.is_some());
    assert_eq!(all["page_notes"].revision, 0, "it was so before");
    let entries = store::audit_log::newest(&mut console.database.connect().await, 4)
        .await
        .unwrap();
    let entry = entries
        .iter()
        .find(|entry| entry.target == "archive_after_days")
        .unwrap();
    assert_eq!(
        (&entry.action, &entry.details["was"]),
        (&"update_setting".to_owned(), &Value::Null)
    );
    assert_eq!(entry.details["value"], 30);

    // What was made once is not filled again, also when it is back at its default.
    let reset = set(&mut api, "meeting_link", None).await.unwrap();
    assert_eq!((reset.value.as_str(), reset.revision), ("null", 2));
    let seed = [("meeting_link", json!("https://other.example.com"))];
    store::settings::fill(&mut console.database.connect().await, &seed)
        .await
        .unwrap();
    assert_eq!(settings(&console).await.meeting_link, None);
}

#[tokio::test]
async fn what_is_not_valid_is_said_at_its_field_and_nothing_changes() {
    let console = Console::start().await;
    let admin = console.somebody(Role::Admin, None).await;
    let mut api = api(&console, &admin).await;
    let roles = json!([
        { "key": "lead", "label": "Lead", "description": "", "duties": [], "needed_to_resolve": true },
        { "key": "lead", "label": " ", "description": "", "duties": [], "needed_to_resolve": false },
    ]);
    let changes = [
        change("update_every_minutes", Some(json!(0)), 0),
        change("roles", Some(roles), 0),
        change("guide_link", Some(json!("https://guide.example.com")), 0),
    ];
    let refused = api.update_settings(update(&changes)).await.unwrap_err();
    let said: Vec<_> = invalid(&refused)
        .into_iter()
        .map(|(key, path, _)| format!("{key} {path}"))
        .collect();
    assert_eq!(said, ["update_every_minutes ", "roles 1.key", "roles 1.label"]);
    assert_eq!(invalid(&refused)[0].2, "A number of minutes from 1 to 1440 is needed.");
    assert_eq!(settings(&console).await, Settings::default());

    let refused = set(&mut api, "default_severity", Some(json!("p0"))).await.unwrap_err();
    assert_eq!(
        refused.message(),
        "default_severity: “p0” is not one of the severities."
    );
    let refused = set(&mut api, "private_in_digest", Some(json!("perhaps")))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    for wrong in [
        change("mood", None, 0),
        SettingChange {
            value: Some("{".to_owned()),
            ..change("roles", None, 0)
        },
    ] {
        let refused = api.update_settings(update(&[wrong])).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
    }
    assert_eq!(settings(&console).await, Settings::default());
}

#[tokio::test]
async fn a_stale_change_is_refused_with_both_values() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Admin, None).await;
    let bob = console.somebody(Role::Admin, None).await;
    let (mut api_of_ada, mut api_of_bob) = (api(&console, &ada).await, api(&console, &bob).await);
    let topic = |topic: &str, revision| change("channel_topic", Some(json!(topic)), revision);
    api_of_ada
        .update_settings(update(&[topic("Be kind", 0)]))
        .await
        .unwrap();
    let changes = [topic("Be quick", 0), change("page_notes", Some(json!(false)), 0)];
    let refused = api_of_bob.update_settings(update(&changes)).await.unwrap_err();
    assert_eq!(refused.code(), Code::Aborted);
    assert_eq!(
        refused.message(),
        "Somebody else has changed Topic meanwhile. Nothing was saved."
    );
    let stale = detail::<StaleSettings>(&refused).settings.remove(0);
    assert_eq!(
        (stale.yours, stale.current),
        (json!("Be quick").to_string(), json!("Be kind").to_string())
    );
    assert_eq!(
        (stale.revision, &stale.changed_by),
        (1, &ada.user.as_ref().unwrap().name)
    );
    let now = settings(&console).await;
    assert_eq!(
        (now.channel_topic.as_str(), now.page_notes),
        ("Be kind", true),
        "all or none"
    );

    // A change whose answer was lost is confirmed, and one back to the default is a change, too.
    api_of_ada
        .update_settings(update(&[topic("Be kind", 0)]))
        .await
        .unwrap();
    set(&mut api_of_ada, "channel_topic", None).await.unwrap();
    let refused = api_of_bob
        .update_settings(update(&[topic("Be quick", 1)]))
        .await
        .unwrap_err();
    assert_eq!(detail::<StaleSettings>(&refused).settings[0].revision, 2);
    api_of_bob
        .update_settings(update(&[topic("Be quick", 2)]))
        .await
        .unwrap();
    assert_eq!(settings(&console).await.channel_topic, "Be quick");
}

#[tokio::test]
async fn keys_that_open_incidents_use_stay() {
    let console = Console::start().await;
    let admin = console.somebody(Role::Admin, Some("U1")).await;
    declare(&console, &admin, "Checkout fails", false).await;
    declare(&console, &admin, "Salaries leaked", true).await;
    let mut api = api(&console, &admin).await;
    let all = list(&mut api).await;
    let without = |setting: &str, key: &str| {
        let mut items: Vec<Value> = serde_json::from_str(&all[setting].value).unwrap();
        items.retain(|item| item["key"] != key);
        change(setting, Some(items.into()), 0)
    };
    let default = change("default_severity", Some(json!("sev3")), 0);
    let refused = api
        .update_settings(update(&[without("severities", "sev4"), default]))
        .await
        .unwrap_err();
    assert_eq!(
        invalid(&refused)[0].2,
        "“SEV4” can’t be removed: 2 open incidents use it."
    );
    let refused = api
        .update_settings(update(&[without("statuses", "investigating")]))
        .await
        .unwrap_err();
    assert_eq!(
        invalid(&refused)[0].2,
        "“Investigating” can’t be removed: 2 open incidents use it."
    );
    api.update_settings(update(&[without("severities", "sev2")]))
        .await
        .unwrap();
    assert_eq!(settings(&console).await.severities.len(), 3);
}
