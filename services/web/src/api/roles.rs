//! Roles: who does what, and the people who may be asked to.

use incidents::Replaces;
use serde_json::json;
use tonic::{Request, Response, Status};

use super::act::{Act, without_nul};
use super::status;
use crate::App;
use crate::proto::{
    AssignRoleRequest, AssignRoleResponse, FoundPerson, GiveUpRoleRequest, GiveUpRoleResponse, SearchPeopleRequest,
    SearchPeopleResponse,
};

/// Whoever is not among these types another letter.
const MOST_PEOPLE: i64 = 20;
/// More words have no name.
const MOST_WORDS: usize = 20;

pub(crate) async fn assign(
    app: &App,
    request: Request<AssignRoleRequest>,
) -> Result<Response<AssignRoleResponse>, Status> {
    let (act, request) = Act::begin(app, request, "assign_role").await?;
    let (role, person) = (without_nul(&request.role), without_nul(&request.slack_user_id));
    let replaces = match request.replaces.as_deref() {
        Some("") => Replaces::Nobody,
        Some(holder) => Replaces::Holder(holder),
        None => Replaces::Anybody,
    };
    let details = json!({ "given_role": role, "slack_user_id": person });
    let wish = act.wish(&request.incident_id, &request.request_id, details)?;
    act.check_people("slack_user_id", std::slice::from_ref(&person)).await?;
    if let Err(error) = incidents::assign(&app.pool, &wish.request, wish.incident, &role, &person, replaces).await {
        return Err(act.refusal(error, "role"));
    }
    let incident = act.answer(&wish).await?;
    Ok(Response::new(AssignRoleResponse {
        incident: Some(incident),
    }))
}

pub(crate) async fn give_up(
    app: &App,
    request: Request<GiveUpRoleRequest>,
) -> Result<Response<GiveUpRoleResponse>, Status> {
    let (act, request) = Act::begin(app, request, "give_up_role").await?;
    let role = without_nul(&request.role);
    let details = json!({ "given_up_role": role });
    let wish = act.wish(&request.incident_id, &request.request_id, details)?;
    if let Err(error) = incidents::give_up(
        &app.pool,
        &wish.request,
        wish.incident,
        &role,
        request.holder.as_deref(),
    )
    .await
    {
        return Err(act.refusal(error, "role"));
    }
    let incident = act.answer(&wish).await?;
    Ok(Response::new(GiveUpRoleResponse {
        incident: Some(incident),
    }))
}

/// Reads the copy of the people; Slack is not asked.
pub(crate) async fn search(
    app: &App,
    request: Request<SearchPeopleRequest>,
) -> Result<Response<SearchPeopleResponse>, Status> {
    let (_, request) = Act::begin(app, request, "search_people").await?;
    let words: Vec<String> = request
        .query
        .split_whitespace()
        .take(MOST_WORDS)
        .map(without_nul)
        .collect();
    let found = async {
        let mut conn = app.pool.acquire().await?;
        store::slack_users::search(&mut conn, &words, MOST_PEOPLE).await
    };
    let found = found.await.map_err(|error| status::database(&error))?;
    let people = found.into_iter().map(|person| FoundPerson {
        slack_user_id: person.id,
        name: person.name,
        email: person.email.unwrap_or_default(),
    });
    Ok(Response::new(SearchPeopleResponse {
        people: people.collect(),
    }))
}
