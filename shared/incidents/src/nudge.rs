//! The nudge: nobody has taken a role, and the declarer is told.

use chrono::{DateTime, Utc};
use domain::{Asking, IncidentId, Posted, Question};
use store::PgConnection;

use crate::JobCommandError;
use crate::reminders::question_posted;

/// The nudge to post, in the transaction of its job; it may have been posted before. `None` when somebody has a role, or
/// nobody needs one any more.
pub async fn due_nudge(
    conn: &mut PgConnection,
    id: IncidentId,
    now: DateTime<Utc>,
) -> Result<Option<Question>, JobCommandError> {
    let Some(incident) = store::incidents::lock(conn, id).await? else {
        return Ok(None);
    };
    let settings = store::settings::load(conn).await?;
    let unwanted = settings.nudge_after_minutes == 0 || settings.roles.is_empty();
    if unwanted || !incident.roles.is_empty() || incident.is_resolved() || incident.open_channel().is_none() {
        return Ok(None);
    }
    // One whose posting did not get to its end.
    if let Some(unposted) = store::prompts::unposted(conn, id, Asking::Role).await? {
        return Ok(Some(unposted));
    }
    Ok(Some(store::prompts::ask(conn, id, Asking::Role, now).await?))
}

/// Keeps where a question stands, in the transaction of the job that posted it.
pub async fn asked(
    conn: &mut PgConnection,
    question: &Question,
    posted: &Posted,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    store::incidents::lock(conn, question.incident).await?;
    question_posted(conn, question, posted, now).await
}
