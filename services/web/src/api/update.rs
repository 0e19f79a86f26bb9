//! Updates: telling everybody where an incident stands.

use domain::text::clean;
use incidents::{CommandError, MAX_RESOURCES, Update};
use serde_json::json;
use tonic::{Request, Response, Status};

use super::act::Act;
use crate::App;
use crate::proto::{SendUpdateRequest, SendUpdateResponse};

pub(crate) async fn send(
    app: &App,
    request: Request<SendUpdateRequest>,
) -> Result<Response<SendUpdateResponse>, Status> {
    let (act, request) = Act::begin(app, request, "send_update").await?;
    // What was said stands in the timeline.
    let wish = act.wish(&request.incident_id, &request.request_id, json!({}))?;
    let update = Update {
        resources: clean(&request.resources),
        message: clean(&request.message),
    };
    if let Err(error) = incidents::send_update(&app.pool, &wish.request, wish.incident, &update).await {
        let field = match error {
            CommandError::TextTooLong {
                most: MAX_RESOURCES, ..
            } => "resources",
            _ => "message",
        };
        return Err(act.refusal(error, field));
    }
    let incident = act.answer(&wish).await?;
    Ok(Response::new(SendUpdateResponse {
        incident: Some(incident),
    }))
}
