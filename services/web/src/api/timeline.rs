//! The timeline: what people write down themselves.

use chrono::NaiveDate;
use domain::text::clean;
use incidents::{CommandError, Note};
use serde_json::json;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::act::{Act, Wish};
use super::status;
use crate::App;
use crate::proto::{
    AddTimelineEntryRequest, AddTimelineEntryResponse, ChangeTimelineEntryRequest, ChangeTimelineEntryResponse,
    DeleteTimelineEntryRequest, DeleteTimelineEntryResponse, RetryProblemRequest, RetryProblemResponse,
};

pub(crate) async fn add(
    app: &App,
    request: Request<AddTimelineEntryRequest>,
) -> Result<Response<AddTimelineEntryResponse>, Status> {
    let (act, request) = Act::begin(app, request, "add_timeline_entry").await?;
    // What was written stands in the timeline.
    let wish = act.wish(&request.incident_id, &request.request_id, json!({}))?;
    let typed = Typed {
        date: &request.date,
        time: &request.time,
        text: &request.text,
    };
    let note = typed.note(app, &wish, None).await?;
    if let Err(error) = incidents::add_note(&app.pool, &wish.request, wish.incident, &note).await {
        return Err(refusal(&act, error));
    }
    let incident = act.answer(&wish).await?;
    Ok(Response::new(AddTimelineEntryResponse {
        incident: Some(incident),
    }))
}

pub(crate) async fn change(
    app: &App,
    request: Request<ChangeTimelineEntryRequest>,
) -> Result<Response<ChangeTimelineEntryResponse>, Status> {
    let (act, request) = Act::begin(app, request, "change_timeline_entry").await?;
    let entry = entry(&request.entry_id)?;
    let details = json!({ "entry": entry });
    let wish = act.wish(&request.incident_id, &request.request_id, details)?;
    let typed = Typed {
        date: &request.date,
        time: &request.time,
        text: &request.text,
    };
    let note = typed.note(app, &wish, Some(entry)).await?;
    if let Err(error) = incidents::change_note(&app.pool, &wish.request, wish.incident, entry, &note).await {
        return Err(refusal(&act, error));
    }
    let incident = act.answer(&wish).await?;
    Ok(Response::new(ChangeTimelineEntryResponse {
        incident: Some(incident),
    }))
}

pub(crate) async fn delete(
    app: &App,
    request: Request<DeleteTimelineEntryRequest>,
) -> Result<Response<DeleteTimelineEntryResponse>, Status> {
    let (act, request) = Act::begin(app, request, "delete_timeline_entry").await?;
    let entry = entry(&request.entry_id)?;
    let details = json!({ "entry": entry });
    let wish = act.wish(&request.incident_id, &request.request_id, details)?;
    if let Err(error) = incidents::delete_note(&app.pool, &wish.request, wish.incident, entry).await {
        return Err(act.refusal(error, "text"));
    }
    let incident = act.answer(&wish).await?;
    Ok(Response::new(DeleteTimelineEntryResponse {
        incident: Some(incident),
    }))
}

/// Has what an entry says could not be done tried again.
pub(crate) async fn retry(
    app: &App,
    request: Request<RetryProblemRequest>,
) -> Result<Response<RetryProblemResponse>, Status> {
    let (act, request) = Act::begin(app, request, "retry_problem").await?;
    let entry = entry(&request.entry_id)?;
    let details = json!({ "entry": entry });
    let wish = act.wish(&request.incident_id, &request.request_id, details)?;
    if let Err(error) = incidents::retry_problem(&app.pool, &wish.request, wish.incident, entry).await {
        return Err(act.refusal(error, "entry_id"));
    }
    let incident = act.answer(&wish).await?;
    Ok(Response::new(RetryProblemResponse {
        incident: Some(incident),
    }))
}

fn entry(id: &str) -> Result<Uuid, Status> {
    let none = |_| Status::failed_precondition(CommandError::NoEntry.to_string());
    id.parse().map_err(none)
}

/// What stands in the form.
struct Typed<'a> {
    date: &'a str,
    time: &'a str,
    text: &'a str,
}

impl Typed<'_> {
    async fn note(&self, app: &App, wish: &Wish, entry: Option<Uuid>) -> Result<Note, Status> {
        let now = wish.request.now;
        let at = async {
            let mut conn = app.pool.acquire().await?;
            incidents::moment_of_note(&mut conn, wish.incident, entry, (self.date, self.time), now).await
        };
        let at = at.await.map_err(|error| match error {
            CommandError::Store(error) => status::database(&error),
            _ => status::internal(),
        })?;
        let Some(at) = at else {
            return Err(Status::invalid_argument(if self.date.parse::<NaiveDate>().is_ok() {
                "time: Choose a time."
            } else {
                "date: Choose a date."
            }));
        };
        Ok(Note {
            at,
            text: clean(self.text),
        })
    }
}

/// What is wrong is said at its field.
fn refusal(act: &Act<'_>, error: CommandError) -> Status {
    let field = match error {
        CommandError::NotYet { today: true } => "time",
        CommandError::NotYet { today: false } | CommandError::LongBefore(_) => "date",
        _ => return act.refusal(error, "text"),
    };
    Status::invalid_argument(format!("{field}: {error}"))
}
