//! Severity: how bad it is.

use serde_json::json;
use tonic::{Request, Response, Status};

use super::act::{Act, without_nul};
use crate::App;
use crate::proto::{SetSeverityRequest, SetSeverityResponse};

pub(crate) async fn set(
    app: &App,
    request: Request<SetSeverityRequest>,
) -> Result<Response<SetSeverityResponse>, Status> {
    let (act, request) = Act::begin(app, request, "set_severity").await?;
    let severity = without_nul(&request.severity);
    let details = json!({ "severity": severity });
    let wish = act.wish(&request.incident_id, &request.request_id, details)?;
    if let Err(error) = incidents::set_severity(&app.pool, &wish.request, wish.incident, &severity).await {
        return Err(act.refusal(error, "severity"));
    }
    let incident = act.answer(&wish).await?;
    Ok(Response::new(SetSeverityResponse {
        incident: Some(incident),
    }))
}
