//! Settings that admins change: the template of the RCA document, and whose status is looked at.

use std::collections::BTreeMap;

use domain::IncidentId;
use domain::rca::{DEFAULT_TEMPLATE, PLACEHOLDERS, check_template, storage};
use serde_json::json;
use store::{audit_log, incident_list, settings};
use tonic::{Request, Response, Status};

use super::act::without_nul;
use super::{see, status, upstream};
use crate::App;
use crate::auth::{self, Caller, Peer};
use crate::proto::settings_service_server::SettingsService;
use crate::proto::{
    GetProvidersRequest, GetProvidersResponse, GetRcaTemplateRequest, GetRcaTemplateResponse,
    PreviewRcaTemplateRequest, PreviewRcaTemplateResponse, RcaPlaceholder, UpdateProvidersRequest,
    UpdateProvidersResponse, UpdateRcaTemplateRequest, UpdateRcaTemplateResponse,
};

/// The setting's key.
const RCA_TEMPLATE: &str = "rca_template";
/// How the audit log calls it.
const UPDATED: &str = "update_rca_template";

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

    async fn keep(&self, caller: &Caller, peer: &Peer, template: &str) -> Result<(), store::Error> {
        let is_default = template == DEFAULT_TEMPLATE;
        let mut entry = see::entry(&self.app, caller, peer, UPDATED, RCA_TEMPLATE.to_owned());
        entry.details["characters"] = json!(template.chars().count());
        entry.details["default"] = json!(is_default);
        let mut tx = self.app.pool.begin().await?;
        if is_default {
            // So that a newer release may come with a better one.
            settings::remove(&mut tx, RCA_TEMPLATE).await?;
        } else {
            settings::set(&mut tx, RCA_TEMPLATE, &template.into()).await?;
        }
        audit_log::append(&mut tx, &entry).await?;
        store::commit(tx).await
    }

    /// The caller, who is an admin; anybody else's try is written down.
    async fn admin_to_change<T>(
        &self,
        request: &Request<T>,
        action: &str,
        setting: &str,
    ) -> Result<(Caller, Peer), Status> {
        let (caller, peer) = (auth::caller(request)?.clone(), auth::peer(request));
        if let Err(refused) = admin(request) {
            let tried = format!("{action}_refused");
            let written = see::audit_refusal(&self.app, &caller, &peer, &tried, setting.to_owned()).await;
            written.map_err(|error| status::database(&error))?;
            return Err(refused);
        }
        Ok((caller, peer))
    }
}

/// The caller, who is an admin.
fn admin<T>(request: &Request<T>) -> Result<&Caller, Status> {
    auth::admin(request, "Only admins can see and change settings.")
}

fn check(template: &str) -> Result<(), Status> {
    check_template(template).map_err(|invalid| Status::invalid_argument(format!("template: {invalid}")))
}

#[tonic::async_trait]
impl SettingsService for SettingsApi {
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

    async fn update_rca_template(
        &self,
        request: Request<UpdateRcaTemplateRequest>,
    ) -> Result<Response<UpdateRcaTemplateResponse>, Status> {
        let (caller, peer) = self.admin_to_change(&request, UPDATED, RCA_TEMPLATE).await?;
        let given = without_nul(&request.into_inner().template);
        let template = if given.trim().is_empty() {
            DEFAULT_TEMPLATE.to_owned()
        } else {
            given
        };
        check(&template)?;
        let kept = self.keep(&caller, &peer, &template).await;
        kept.map_err(|error| status::database(&error))?;
        Ok(Response::new(UpdateRcaTemplateResponse { template }))
    }

    async fn get_providers(
        &self,
        request: Request<GetProvidersRequest>,
    ) -> Result<Response<GetProvidersResponse>, Status> {
        admin(&request)?;
        let found = upstream::providers(&self.app).await;
        found.map(Response::new).map_err(|error| status::database(&error))
    }

    async fn update_providers(
        &self,
        request: Request<UpdateProvidersRequest>,
    ) -> Result<Response<UpdateProvidersResponse>, Status> {
        let (caller, peer) = self
            .admin_to_change(&request, upstream::UPDATED, upstream::PROVIDERS)
            .await?;
        let providers = upstream::written(&self.app, &request.into_inner().providers)?;
        upstream::keep(&self.app, &caller, &peer, &providers).await?;
        let kept = upstream::providers(&self.app).await;
        let kept = kept.map_err(|error| status::database(&error))?;
        Ok(Response::new(UpdateProvidersResponse {
            providers: kept.providers,
        }))
    }
}
