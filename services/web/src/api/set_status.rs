//! Status: where it stands. Resolving and reopening are changes of status too.

use serde_json::json;
use tonic::{Request, Response, Status};

use super::act::{Act, without_nul};
use crate::App;
use crate::proto::{SetStatusRequest, SetStatusResponse};

/// More roles than any company has.
const MOST_ROLES: usize = 100;

pub(crate) async fn set(app: &App, request: Request<SetStatusRequest>) -> Result<Response<SetStatusResponse>, Status> {
    let (act, request) = Act::begin(app, request, "set_status").await?;
    if request.roles.len() > MOST_ROLES {
        return Err(Status::invalid_argument(format!(
            "roles: at most {MOST_ROLES} can be given at once."
        )));
    }
    let status = without_nul(&request.status);
    let given: Vec<_> = request
        .roles
        .iter()
        .map(|given| (without_nul(&given.role), without_nul(&given.slack_user_id)))
        .collect();
    let roles: Vec<_> = given
        .iter()
        .map(|(role, person)| json!({ "role": role, "slack_user_id": person }))
        .collect();
    let details = json!({ "status": status, "given_roles": roles, "resolve_pages": request.resolve_pages });
    let wish = act.wish(&request.incident_id, &request.request_id, details)?;
    let people: Vec<_> = given.iter().map(|(_, person)| person.clone()).collect();
    act.check_people("roles", &people).await?;
    let set = async {
        if request.resolve_pages {
            incidents::resolve_with_pages(&app.pool, &wish.request, wish.incident, &status, &given).await
        } else {
            incidents::set_status(&app.pool, &wish.request, wish.incident, &status, &given).await
        }
    };
    if let Err(error) = Box::pin(set).await {
        return Err(act.refusal(error, "status"));
    }
    let incident = act.answer(&wish).await?;
    Ok(Response::new(SetStatusResponse {
        incident: Some(incident),
    }))
}
