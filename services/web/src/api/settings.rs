//! Settings that admins change: the template of the RCA document.

use std::collections::BTreeMap;

use domain::rca::{DEFAULT_TEMPLATE, PLACEHOLDERS, check_template, storage};
use serde_json::json;
use store::audit_log::{self, Entry};
use store::console_users::Role;
use store::incident_list;
use tonic::{Request, Response, Status};

use super::act::without_nul;
use super::status;
use crate::App;
use crate::auth::{self, Caller};
use crate::proto::settings_service_server::SettingsService;
use crate::proto::{
    GetRcaTemplateRequest, GetRcaTemplateResponse, PreviewRcaTemplateRequest, PreviewRcaTemplateResponse,
    RcaPlaceholder, UpdateRcaTemplateRequest, UpdateRcaTemplateResponse,
};

/// `incident_bot.v1.SettingsService`.
pub(crate) struct SettingsApi {
    app: App,
}

impl SettingsApi {
    pub(crate) fn new(app: App) -> Self {
        Self { app }
    }

    async fn preview(
        &self,
        caller: &Caller,
        template: &str,
        id: domain::IncidentId,
    ) -> Result<Option<String>, store::Error> {
        let mut conn = self.app.pool.acquire().await?;
        let Some(incident) = incident_list::get(&mut conn, &caller.viewer(), id).await? else {
            return Ok(None);
        };
        let settings = self.app.pool.settings(&mut conn).await?;
        let console = self.app.config.web_url.as_ref().map(|url| format!("{url}/incidents/{id}"));
        let document = incidents::rca_document(&mut conn, &incident, &settings, console, &BTreeMap::new()).await?;
        Ok(Some(storage(&document, template)))
    }
}

/// The caller, who is an admin.
fn admin<T>(request: &Request<T>) -> Result<Caller, Status> {
    let caller = auth::caller(request)?;
    if caller.may(Role::Admin) {
        Ok(caller.clone())
    } else {
        Err(Status::permission_denied("Only admins may see and change settings."))
    }
}

fn checked(template: &str) -> Result<(), Status> {
    check_template(template).map_err(|invalid| Status::invalid_argument(format!("template: {invalid}")))
}

#[tonic::async_trait]
impl SettingsService for SettingsApi {
    async fn get_rca_template(
        &self,
        request: Request<GetRcaTemplateRequest>,
    ) -> Result<Response<GetRcaTemplateResponse>, Status> {
        admin(&request)?;
        let settings = async { self.app.pool.settings(&mut *self.app.pool.acquire().await?).await };
        let settings = settings.await.map_err(|error| status::database(&error))?;
        let placeholders = PLACEHOLDERS.iter().map(|(name, meaning)| RcaPlaceholder {
            name: (*name).to_owned(),
            meaning: (*meaning).to_owned(),
        });
        Ok(Response::new(GetRcaTemplateResponse {
            template: settings.rca_template.clone(),
            placeholders: placeholders.collect(),
        }))
    }

    async fn preview_rca_template(
        &self,
        request: Request<PreviewRcaTemplateRequest>,
    ) -> Result<Response<PreviewRcaTemplateResponse>, Status> {
        let caller = admin(&request)?;
        let request = request.into_inner();
        checked(&request.template)?;
        let id = request.incident_id.parse().map_err(|_| status::no_incident())?;
        let body = self.preview(&caller, &request.template, id).await;
        let body = body.map_err(|error| status::database(&error))?.ok_or_else(status::no_incident)?;
        Ok(Response::new(PreviewRcaTemplateResponse { body }))
    }

    async fn update_rca_template(
        &self,
        request: Request<UpdateRcaTemplateRequest>,
    ) -> Result<Response<UpdateRcaTemplateResponse>, Status> {
        let caller = admin(&request)?;
        let peer = auth::peer(&request);
        let given = without_nul(&request.into_inner().template);
        let template = if given.trim().is_empty() { DEFAULT_TEMPLATE.to_owned() } else { given };
        checked(&template)?;
        let entry = Entry {
            at: self.app.clock.now(),
            user_id: Some(caller.user().id),
            who: caller.user().email.clone(),
            action: "update_rca_template".to_owned(),
            target: "rca_template".to_owned(),
            details: json!({ "role": caller.user().role.to_string(), "characters": template.chars().count() }),
            address: peer.address.to_string(),
        };
        let kept = async {
            let mut tx = self.app.pool.begin().await?;
            store::settings::set(&mut tx, "rca_template", &template.clone().into()).await?;
            audit_log::append(&mut tx, &entry).await?;
            store::commit(tx).await
        };
        kept.await.map_err(|error| status::database(&error))?;
        Ok(Response::new(UpdateRcaTemplateResponse { template }))
    }
}
