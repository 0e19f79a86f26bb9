//! Something could not be done for an incident.

use chrono::{DateTime, Utc};
use domain::timeline::Happening;
use domain::{Actor, IncidentId};
use jobs::NewJob;
use jobs::payloads::slack::{NOTICES, TellProblem};
use store::PgConnection;
use uuid::Uuid;

/// Notes a problem in the timeline, which the console shows, and has people told in Slack, in the caller's transaction.
///
/// `sentence` says what did not work, why, and what to do.
pub async fn note_problem(
    conn: &mut PgConnection,
    incident: IncidentId,
    sentence: &str,
    now: DateTime<Utc>,
) -> Result<(), crate::JobCommandError> {
    if store::incidents::lock(conn, incident).await?.is_none() {
        return Ok(());
    }
    let happening = Happening::Problem {
        sentence: sentence.to_owned(),
    };
    store::timeline::append(conn, incident, now, &Actor::System, &happening, false).await?;
    store::incidents::touch(conn, incident, now).await?;
    let tell = TellProblem {
        incident,
        problem: Uuid::now_v7(),
        sentence: sentence.to_owned(),
    };
    jobs::enqueue_at(
        conn,
        now,
        vec![NewJob::new(&tell).lane(format!("{incident}/{NOTICES}"))],
    )
    .await?;
    Ok(())
}
