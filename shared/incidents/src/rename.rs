//! The title, and on request the channel's name.

use chrono::{DateTime, Utc};
use domain::description::MAX_TITLE;
use domain::timeline::Happening;
use domain::{Actor, Incident, IncidentId, channel_name};
use jobs::{DrawDigest, DrawPanel, RenameChannel, SayNotices, SetTopic};
use store::{PgConnection, PgPool};

use crate::change::{Begun, Change};
use crate::error::typed;
use crate::touched::touched;
use crate::{CommandError, JobCommandError, Request, archive};

/// Gives an incident another title, and its channel the name that follows from it where that is wanted too.
pub async fn rename(
    pool: &PgPool,
    request: &Request,
    id: IncidentId,
    title: &str,
    and_channel: bool,
) -> Result<(), CommandError> {
    // A title is one line.
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    let title = typed(&title, MAX_TITLE)?;
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    if title != change.incident.title {
        store::incidents::set_title(change.conn(), id, &title).await?;
        let changed = Happening::TitleChanged {
            from: change.incident.title.clone(),
            to: title.clone(),
        };
        change.note(&changed).await?;
        change.job(SetTopic { incident: id }.job());
    }
    if and_channel {
        want_channel_name(&mut change, &title).await?;
    }
    change.draw();
    change.commit().await
}

/// Chooses a name that no incident has, before Slack is asked for it.
async fn want_channel_name(change: &mut Change, title: &str) -> Result<(), CommandError> {
    let incident = &change.incident;
    if incident.channel_id.is_none() {
        return Err(CommandError::ChannelNotReady);
    }
    archive::can_be_used(incident)?;
    let id = incident.id;
    let base = channel_name::base(title, incident.declared_at, change.settings.time_zone);
    if channel_name::number_of(&incident.channel_name, &base).is_some() {
        store::incidents::want_channel_name(change.conn(), id, None).await?;
        return Ok(());
    }
    // A name that was wanted until now may be wanted again.
    store::incidents::want_channel_name(change.conn(), id, None).await?;
    let name = store::incidents::choose_channel_name(change.conn(), &base).await?;
    store::incidents::want_channel_name(change.conn(), id, Some(&name)).await?;
    let actor = change.request().actor.clone();
    change.job(RenameChannel { incident: id, actor }.job());
    Ok(())
}

/// Keeps the name that Slack gave the channel because `actor` wanted it, in the transaction of the job that asked for it.
pub async fn channel_renamed(
    conn: &mut PgConnection,
    id: IncidentId,
    name: &str,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    let Some(incident) = store::incidents::lock(conn, id).await? else {
        return Ok(());
    };
    store::incidents::channel_renamed(conn, id, name).await?;
    if incident.channel_name == name {
        return Ok(());
    }
    let renamed = Happening::ChannelRenamed { name: name.to_owned() };
    store::timeline::append(conn, id, now, actor, &renamed, true).await?;
    touched(conn, id, now, "channel renamed").await?;
    queue::enqueue_at(conn, now, vec![SayNotices { incident: id }.job()]).await?;
    Ok(())
}

/// Keeps the name that somebody gave a channel in Slack.
pub async fn channel_renamed_in_slack(
    pool: &PgPool,
    channel: &str,
    name: &str,
    now: DateTime<Utc>,
) -> Result<(), CommandError> {
    let mut tx = pool.begin().await?;
    store::incidents::rca_channel_renamed(&mut tx, channel, name).await?;
    if let Some(incident) = store::incidents::of_channel(&mut tx, channel).await?
        && let Some(incident) = store::incidents::lock(&mut tx, incident.id).await?
    {
        renamed_in_slack(&mut tx, &incident, name, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Keeps the name that the channel of an incident has in Slack, and has it shown. The caller holds the incident's row.
pub(crate) async fn renamed_in_slack(
    conn: &mut PgConnection,
    incident: &Incident,
    name: &str,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    let id = incident.id;
    // Slack tells of our own renaming too; its job notes it, with who wanted it.
    let wanted = store::incidents::wanted_channel_name(conn, id).await?;
    if wanted.as_deref() == Some(name) || incident.channel_name == name {
        return Ok(());
    }
    if !store::incidents::channel_renamed(conn, id, name).await? {
        return Ok(());
    }
    let renamed = Happening::ChannelRenamed { name: name.to_owned() };
    // Slack has told the channel itself.
    store::timeline::append(conn, id, now, &Actor::System, &renamed, false).await?;
    touched(conn, id, now, "channel renamed in Slack").await?;
    let mut following = vec![DrawPanel { incident: id }.job(), DrawDigest { incident: id }.job()];
    following.extend(crate::home::redraw(conn, &[id], now).await?);
    queue::enqueue_at(conn, now, following).await?;
    Ok(())
}
