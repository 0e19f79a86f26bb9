//! The control panel is to be drawn anew although nothing changed.

use chrono::{DateTime, Utc};
use domain::IncidentId;
use jobs::DrawPanel;
use store::PgPool;

use crate::CommandError;

/// Has the panel drawn anew: a choice that was refused or is yet to be confirmed stands in its selects until then.
pub async fn redraw_panel(pool: &PgPool, id: IncidentId, now: DateTime<Utc>) -> Result<(), CommandError> {
    let mut tx = pool.begin().await?;
    store::incidents::lock(&mut tx, id).await?;
    store::incidents::touch(&mut tx, id, now).await?;
    queue::enqueue_at(&mut tx, now, vec![DrawPanel { incident: id }.job()]).await?;
    store::commit(tx).await?;
    Ok(())
}
