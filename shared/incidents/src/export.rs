//! The chat: everything that was written in the channel, put into a file.

use chrono::{DateTime, Utc};
use domain::timeline::Happening;
use domain::{Actor, IncidentId};
use jobs::ReadChat;
use queue::NewJob;
use store::{PgConnection, PgPool};
use uuid::Uuid;

use crate::change::{Begun, Change};
use crate::touched::touched;
use crate::{CommandError, JobCommandError, Request, archive};

/// Has the chat of an incident's channel exported: the file comes into the channel when everything was read.
pub async fn export_chat(pool: &PgPool, request: &Request, id: IncidentId) -> Result<(), CommandError> {
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    let Some(channel) = change.incident.channel_id.clone() else {
        return Err(CommandError::ChannelNotReady);
    };
    archive::can_be_used(&change.incident)?;
    let (actor, now) = (change.request().actor.clone(), change.request().now);
    let export = Uuid::now_v7();
    if !store::chat_exports::begin(change.conn(), export, id, &channel, &actor, now).await? {
        return Err(CommandError::ExportUnderWay);
    }
    change.job(NewJob::new(&ReadChat { incident: id, export }));
    change.commit().await
}

/// Notes that the chat was exported, in the transaction of the job that uploaded the file.
pub async fn chat_exported(
    conn: &mut PgConnection,
    id: IncidentId,
    export: Uuid,
    actor: &Actor,
    messages: usize,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    if store::incidents::lock(conn, id).await?.is_none() {
        return Ok(());
    }
    store::chat_exports::end(conn, export, now).await?;
    let exported = Happening::ChatExported {
        messages: u32::try_from(messages).unwrap_or(u32::MAX),
    };
    // The file says it itself.
    store::timeline::append(conn, id, now, actor, &exported, false).await?;
    touched(conn, id, now, "chat exported").await?;
    Ok(())
}
