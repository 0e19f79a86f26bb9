//! The channel in which the causes are looked into is there.

use crate::touched::touched;
use chrono::{DateTime, Utc};
use domain::timeline::Happening;
use domain::{Actor, IncidentId, NamedChannel, settings};
use jobs::NewJob;
use jobs::payloads::slack::{DrawDigest, DrawPanel, GreetRca, InviteToRca, SayNotices, TellRcaDocument};
use store::PgConnection;

/// Keeps the RCA channel that Slack made for an incident, and has its people invited and greeted, in the transaction of
/// the job that made it.
pub async fn rca_channel_created(
    conn: &mut PgConnection,
    id: IncidentId,
    channel: &NamedChannel,
    now: DateTime<Utc>,
) -> Result<(), crate::JobCommandError> {
    let Some(incident) = store::incidents::lock(conn, id).await? else {
        return Ok(());
    };
    if incident.rca_channel.is_some() {
        return Ok(());
    }
    store::incidents::set_rca_channel(conn, id, channel).await?;
    let created = Happening::RcaChannelCreated {
        name: channel.name.clone(),
    };
    store::timeline::append(conn, id, now, &Actor::System, &created, true).await?;
    touched(conn, id, now, "RCA channel created").await?;

    let mut following = vec![
        NewJob::new(&GreetRca { incident: id }),
        SayNotices { incident: id }.job(),
        DrawPanel { incident: id }.job(),
        DrawDigest { incident: id }.job(),
    ];
    let mut people: Vec<_> = [settings::INCIDENT_COMMANDER, settings::TECHNICAL_LEAD]
        .into_iter()
        .filter_map(|role| Some(incident.holder(role)?.user_id.clone()))
        .collect();
    people.dedup();
    following.extend(
        people
            .into_iter()
            .map(|user| NewJob::new(&InviteToRca { incident: id, user })),
    );
    // The document may have been ready before the channel.
    if let Some(document) = store::rca_documents::get(conn, id).await? {
        let tell = TellRcaDocument {
            incident: id,
            version: document.version,
            below: false,
        };
        following.push(tell.job());
    }
    jobs::enqueue_at(conn, now, following).await?;
    Ok(())
}
