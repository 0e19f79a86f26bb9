//! Declaring an incident from a message, by an emoji on it.

use domain::IncidentId;
use store::PgConnection;

use crate::declare::{declare_within, log};
use crate::{Declaration, DeclareError, Request};

/// The message that an incident is declared from.
#[derive(Clone, Copy, Debug)]
pub struct FromMessage<'a> {
    /// Its channel's id.
    pub channel: &'a str,
    /// Names it there.
    pub ts: &'a str,
    /// Slack's id of who wrote it; they are invited, unless it was an app.
    pub author: &'a str,
}

/// Declares an incident from a message, in the transaction that completes the job that read it, and gives it. Where one was
/// declared from it before, nothing is and this gives `None`.
pub async fn declare_from_message(
    conn: &mut PgConnection,
    request: &Request,
    FromMessage { channel, ts, author }: FromMessage<'_>,
    declaration: Declaration,
) -> Result<Option<IncidentId>, DeclareError> {
    if store::declared_from::incident(conn, channel, ts).await?.is_some() {
        return Ok(None);
    }
    let incident = declare_within(conn, request.clone(), declaration).await?;
    let id = incident.id;
    // Two jobs of one message run one after the other; should they ever not, the second is rolled back and run again.
    if !store::declared_from::take(conn, channel, ts, id).await? {
        return Err(DeclareError::OtherRequest);
    }
    log(&incident);
    for person in store::slack_users::people(conn, &[author.to_owned()]).await? {
        store::members::add(conn, id, &person).await?;
    }
    Ok(Some(id))
}
