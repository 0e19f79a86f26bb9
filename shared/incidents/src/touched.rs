//! What jobs change of an incident, in their own transactions: they have no frame like [`crate::change`].

use chrono::{DateTime, Utc};
use domain::IncidentId;
use store::PgConnection;

/// Counts a change of what is shown, and logs it: one line per changed incident, as for commands.
pub(crate) async fn touched(
    conn: &mut PgConnection,
    id: IncidentId,
    now: DateTime<Utc>,
    happened: &str,
) -> Result<(), store::Error> {
    store::incidents::touch(conn, id, now).await?;
    tracing::info!(incident = %id, happened, "incident changed");
    Ok(())
}
