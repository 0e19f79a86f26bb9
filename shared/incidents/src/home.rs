//! The homes of those who look at them follow what changes.

use chrono::{DateTime, Utc};
use domain::IncidentId;
use jobs::DrawHome;
use queue::NewJob;
use store::PgConnection;

/// The jobs that draw homes anew after a change of incidents. Mostly there are none.
pub(crate) async fn redraw(
    conn: &mut PgConnection,
    incidents: &[IncidentId],
    now: DateTime<Utc>,
) -> Result<Vec<NewJob>, store::Error> {
    let homes = store::app_home_views::schedule_rerender(conn, incidents, now)
        .await?
        .into_iter();
    Ok(homes.map(|(user, at)| DrawHome { user }.job().at(at)).collect())
}
