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
    let url = match (&published.url, &published.statuspage_id) {
        (None, Some(id)) => link(conn, id).await?,
        (url, _) => url.clone(),
    };
    let updates = page::updates(conn, published.id).await?;
    let last = updates.into_iter().rev().find(|update| update.update_id.is_some());
    Ok(Some(proto::Statuspage {
        status: label(&published.status).to_owned(),
        impact: label(&published.impact).to_owned(),
        name: published.name,
        url: url.unwrap_or_default(),
        over: published.ended_at.is_some(),
        removed: published.removed,
        said_at: last.as_ref().map(|last| time(last.at)),
        message: last.map(|last| last.body).unwrap_or_default(),
    }))
}

/// The address of something that was not read since incident-bot 0.8.2 published it, where that of the page is known.
async fn link(conn: &mut PgConnection, statuspage_id: &str) -> Result<Option<String>, store::Error> {
    let page = page::page(conn).await?.and_then(|page| page.url);
    Ok(page.map(|page| format!("{}/incidents/{statuspage_id}", page.trim_end_matches('/'))))
}
