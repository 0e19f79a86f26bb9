//! Settings that admins change.

use std::collections::BTreeMap;

use domain::rca::{DEFAULT_TEMPLATE, PLACEHOLDERS, check_template, storage};
use domain::settings::{ChangedBy, InvalidSetting, Setting};
use domain::{IncidentId, upstream as providers};
use incidents::{ChangedSetting, StaleSetting, UpdateSettingsError, update_settings};
use prost::Message;
use serde_json::{Value, json};
use store::console_users::Role;
use store::{audit_log, incident_list, settings};
use tonic::{Code, Request, Response, Status};

use super::act::{with_detail, without_nul};
use super::{convert, see, setting_schema, status, upstream};
use crate::App;
use crate::auth::{self, Caller, Peer};
use crate::proto;
use crate::proto::settings_service_server::SettingsService;
use crate::proto::{
    GetProvidersRequest, GetProvidersResponse, GetRcaTemplateRequest, GetRcaTemplateResponse, ListSettingsRequest,
    ListSettingsResponse, PreviewRcaTemplateRequest, PreviewRcaTemplateResponse, RcaPlaceholder, SettingChange,
    UpdateSettingsRequest, UpdateSettingsResponse,
};

const REFUSAL: &str = "Only admins can see and change settings.";
/// How the audit log calls a change of a setting.
const UPDATED: &str = "update_setting";
/// The most characters of a value in the audit log; of a longer one it keeps how long it is.
const MAX_AUDITED: usize = 4_000;

/// `incident_bot.v1.SettingsService`.
pub(crate) struct SettingsApi {
    app: App,
}

impl SettingsApi {
    pub(crate) fn new(app: App) -> Self {
        Self { app }
    }

    async fn template(&self) -> Result<String, store::Error> {
        // Read anew: whoever has just changed it sees that.
        let mut conn = self.app.pool.acquire().await?;
        Ok(settings::load(&mut conn).await?.rca_template)
    }

    /// What a template makes of an incident that the caller may see.
    async fn preview(&self, caller: &Caller, template: &str, id: IncidentId) -> Result<Option<String>, store::Error> {
        let mut conn = self.app.pool.acquire().await?;
        let Some(incident) = incident_list::get(&mut conn, &caller.viewer(), id).await? else {
            return Ok(None);
        };
        let settings = self.app.pool.settings(&mut conn).await?;
        let web_url = self.app.config.web_url.as_ref();
        let console = web_url.map(|url| format!("{url}/incidents/{id}"));
        let document = incidents::rca_document(&mut conn, &incident, &settings, console, &BTreeMap::new()).await?;
        Ok(Some(storage(&document, template)))
    }

    async fn groups(&self) -> Result<Vec<proto::SettingGroup>, store::Error> {
        // Read anew: whoever has just changed one sees that.
        let mut conn = self.app.pool.acquire().await?;
        let settings = settings::load(&mut conn).await?;
        let revisions = settings::revisions(&mut conn).await?;
        Ok(setting_schema::groups(&settings, &revisions))
    }

    /// Changes settings in one transaction with their entries in the audit log.
    async fn change(
        &self,
        caller: &Caller,
        peer: &Peer,
        changes: Vec<incidents::SettingChange>,
    ) -> Result<(), UpdateSettingsError> {
        let mut tx = self.app.pool.begin().await?;
        let name = &caller.user().name;
        for changed in update_settings(&mut tx, changes, name, self.app.clock.now()).await? {
            let ChangedSetting { key, was, value } = changed;
            let mut entry = see::entry(&self.app, caller, peer, UPDATED, key.to_owned());
            entry.details["was"] = audited(was);
            entry.details["value"] = audited(value);
            audit_log::append(&mut tx, &entry).await?;
        }
        store::commit(tx).await?;
        Ok(())
    }

    /// Pages in this network are refused: the worker calls them.
    fn check_public(&self, change: &incidents::SettingChange) -> Result<(), Status> {
        let (setting, Some(value)) = (change.setting, &change.value) else {
            return Ok(());
        };
        if setting.key != "providers" || self.app.config.allow_private_providers {
            return Ok(());
        }
        let named = setting.clean(value.clone());
        let named = named.as_array().into_iter().flatten().filter_map(Value::as_str);
        let wrong = named
            .filter(|named| providers::check(named).is_ok())
            .try_for_each(providers::check_public);
        wrong.map_err(|reason| {
            invalid(&[InvalidSetting {
                setting: setting.key,
                path: String::new(),
                reason,
            }])
        })
    }
}

/// What is asked for, in our terms.
fn wanted(change: SettingChange) -> Result<incidents::SettingChange, Status> {
    let SettingChange { key, value, revision } = change;
    let setting =
        Setting::find(&key).ok_or_else(|| Status::invalid_argument(format!("changes: There is no setting {key}.")))?;
    let value = value.map(|value| serde_json::from_str(&value)).transpose();
    let value = value.map_err(|_| Status::invalid_argument(format!("{key}: The value is not JSON.")))?;
    Ok(incidents::SettingChange {
        setting,
        value,
        revision,
    })
}

fn audited(value: Value) -> Value {
    match value.to_string().chars().count() {
        long if long > MAX_AUDITED => json!({ "characters": long }),
        _ => value,
    }
}

fn refusal(error: UpdateSettingsError) -> Status {
    match error {
        UpdateSettingsError::Invalid(wrong) => invalid(&wrong),
        UpdateSettingsError::Stale(settings) => stale(settings),
        UpdateSettingsError::Store(error) => status::database(&error),
        UpdateSettingsError::Jobs(error) => {
            tracing::error!(%error, "new providers could not be polled");
            status::internal()
        }
    }
}

fn invalid(wrong: &[InvalidSetting]) -> Status {
    let first = wrong.first().map(ToString::to_string).unwrap_or_default();
    let shown = wrong.iter().map(|wrong| proto::InvalidSetting {
        key: wrong.setting.to_owned(),
        path: wrong.path.clone(),
        message: sentence(&wrong.reason),
    });
    let detail = proto::InvalidSettings {
        settings: shown.collect(),
    };
    with_detail(
        Code::InvalidArgument,
        format!("{}.", first.trim_end_matches('.')),
        "incident_bot.v1.InvalidSettings",
        detail.encode_to_vec(),
    )
}

fn sentence(reason: &str) -> String {
    let mut letters = reason.trim_end_matches('.').chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).chain(['.']).collect()
}

fn stale(settings: Vec<StaleSetting>) -> Status {
    let labels: Vec<_> = settings
        .iter()
        .filter_map(|stale| Some(Setting::find(stale.key)?.label))
        .collect();
    let sentence = format!(
        "Somebody else has changed {} meanwhile. Nothing was saved.",
        labels.join(", ")
    );
    let shown = settings.into_iter().map(|stale| proto::StaleSetting {
        key: stale.key.to_owned(),
        yours: stale.yours.to_string(),
        current: stale.current.to_string(),
        revision: stale.revision.number,
        changed_at: stale.revision.changed_at.map(convert::time),
        changed_by: stale.revision.changed_by.unwrap_or_default(),
    });
    let detail = proto::StaleSettings {
        settings: shown.collect(),
    };
    with_detail(
        Code::Aborted,
        sentence,
        "incident_bot.v1.StaleSettings",
        detail.encode_to_vec(),
    )
}

/// The role that changing a setting needs.
fn role_for(change: &SettingChange) -> Role {
    match Setting::find(&change.key).map(|setting| setting.changed_by) {
        Some(ChangedBy::Admins) | None => Role::Admin,
    }
}

/// The caller, who is an admin.
fn admin<T>(request: &Request<T>) -> Result<&Caller, Status> {
    auth::admin(request, REFUSAL)
}

fn check(template: &str) -> Result<(), Status> {
    check_template(template).map_err(|invalid| Status::invalid_argument(format!("template: {invalid}")))
}

#[tonic::async_trait]
impl SettingsService for SettingsApi {
    async fn list_settings(
        &self,
        request: Request<ListSettingsRequest>,
    ) -> Result<Response<ListSettingsResponse>, Status> {
        admin(&request)?;
        let groups = self.groups().await.map_err(|error| status::database(&error))?;
        Ok(Response::new(ListSettingsResponse { groups }))
    }

    async fn update_settings(
        &self,
        request: Request<UpdateSettingsRequest>,
    ) -> Result<Response<UpdateSettingsResponse>, Status> {
        let (caller, peer) = (auth::caller(&request)?.clone(), auth::peer(&request));
        let changes = request.into_inner().changes;
        let needed = changes.iter().map(role_for).max().unwrap_or(Role::Admin);
        if !caller.may(needed) {
            let known = changes.iter().find_map(|change| Setting::find(&change.key));
            let target = known.map_or("", |setting| setting.key).to_owned();
            let tried = format!("{UPDATED}_refused");
            let written = see::audit_refusal(&self.app, &caller, &peer, &tried, target).await;
            written.map_err(|error| status::database(&error))?;
            return Err(Status::permission_denied(REFUSAL));
        }
        let changes: Vec<_> = changes.into_iter().map(wanted).collect::<Result<_, _>>()?;
        changes.iter().try_for_each(|change| self.check_public(change))?;
        self.change(&caller, &peer, changes).await.map_err(refusal)?;
        let groups = self.groups().await.map_err(|error| status::database(&error))?;
        Ok(Response::new(UpdateSettingsResponse { groups }))
    }

    async fn get_rca_template(
        &self,
        request: Request<GetRcaTemplateRequest>,
    ) -> Result<Response<GetRcaTemplateResponse>, Status> {
        admin(&request)?;
        let template = self.template().await.map_err(|error| status::database(&error))?;
        let placeholders = PLACEHOLDERS.iter().map(|(name, meaning)| RcaPlaceholder {
            name: (*name).to_owned(),
            meaning: (*meaning).to_owned(),
        });
        Ok(Response::new(GetRcaTemplateResponse {
            template,
            default_template: DEFAULT_TEMPLATE.to_owned(),
            placeholders: placeholders.collect(),
        }))
    }

    async fn preview_rca_template(
        &self,
        request: Request<PreviewRcaTemplateRequest>,
    ) -> Result<Response<PreviewRcaTemplateResponse>, Status> {
        let caller = admin(&request)?.clone();
        let PreviewRcaTemplateRequest { template, incident_id } = request.into_inner();
        let template = without_nul(&template);
        check(&template)?;
        let id = incident_id.parse().map_err(|_| status::no_incident())?;
        let body = self.preview(&caller, &template, id).await;
        let body = body.map_err(|error| status::database(&error))?;
        let body = body.ok_or_else(status::no_incident)?;
        Ok(Response::new(PreviewRcaTemplateResponse { body }))
    }

    async fn get_providers(
        &self,
        request: Request<GetProvidersRequest>,
    ) -> Result<Response<GetProvidersResponse>, Status> {
        admin(&request)?;
        let found = upstream::providers(&self.app).await;
        found.map(Response::new).map_err(|error| status::database(&error))
    }
}
