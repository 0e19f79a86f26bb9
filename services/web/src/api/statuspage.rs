//! What customers read of an incident.

use domain::IncidentId;
use domain::statuspage::label;
use store::PgConnection;
use store::statuspage as page;

use super::convert::time;
use crate::proto;

/// What was published of an incident last.
pub(super) async fn of(conn: &mut PgConnection, id: IncidentId) -> Result<Option<proto::Statuspage>, store::Error> {
    let Some(published) = page::of_incident(conn, id).await? else {
        return Ok(None);
    };
    let updates = page::updates(conn, published.id).await?;
    let last = updates.into_iter().rev().find(|update| update.update_id.is_some());
    Ok(Some(proto::Statuspage {
        status: label(&published.status).to_owned(),
        impact: label(&published.impact).to_owned(),
        name: published.name,
        url: published.url.unwrap_or_default(),
        over: published.ended_at.is_some(),
        removed: published.removed,
        said_at: last.as_ref().map(|last| time(last.at)),
        message: last.map(|last| last.body).unwrap_or_default(),
    }))
}
