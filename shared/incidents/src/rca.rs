//! The channel in which the causes are looked into: it is there, or cannot be used any more.

use crate::touched::touched;
use chrono::{DateTime, Utc};
use domain::timeline::Happening;
use domain::{Actor, ChannelLost, Incident, IncidentId, NamedChannel, RcaChannelLost, settings};
use jobs::{CheckRcaChannel, DrawDigest, DrawPanel, GreetRca, InviteToRca, SayNotices, TellRcaDocument};
use queue::NewJob;
use store::PgConnection;
use store::posted_messages::{self, Kind};

use crate::channel::ChannelState;
use crate::{CommandError, JobCommandError};

/// Keeps the RCA channel that Slack made for an incident, and has its people invited and greeted, in the transaction of
/// the job that made it.
pub async fn rca_channel_created(
    conn: &mut PgConnection,
    id: IncidentId,
    channel: &NamedChannel,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
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
    following.extend(invitations(&incident));
    // The document may have been ready before the channel.
    if let Some(document) = store::rca_documents::get(conn, id).await? {
        let tell = TellRcaDocument {
            incident: id,
            version: document.version,
            below: false,
        };
        following.push(tell.job());
    }
    queue::enqueue_at(conn, now, following).await?;
    Ok(())
}

/// Whoever leads the incident belongs into the channel.
fn invitations(incident: &Incident) -> impl Iterator<Item = NewJob> {
    let mut people: Vec<_> = [settings::INCIDENT_COMMANDER, settings::TECHNICAL_LEAD]
        .into_iter()
        .filter_map(|role| Some(incident.holder(role)?.user_id.clone()))
        .collect();
    people.dedup();
    let incident = incident.id;
    people
        .into_iter()
        .map(move |user| NewJob::new(&InviteToRca { incident, user }))
}

/// Has Slack asked what became of a channel, where it is the one about the causes of an incident: somebody did something to it.
pub async fn check_rca_channel(conn: &mut PgConnection, channel: &str, now: DateTime<Utc>) -> Result<(), CommandError> {
    let incident = store::incidents::of_either_channel(conn, channel).await?;
    let is_rca = |incident: &Incident| incident.rca_channel.as_ref().is_some_and(|rca| rca.id == channel);
    if let Some(incident) = incident.filter(is_rca) {
        queue::enqueue_at(conn, now, vec![CheckRcaChannel { incident: incident.id }.job()]).await?;
    }
    Ok(())
}

/// Keeps what Slack said of the channel about the causes of an incident, which was `asked` about as it was then, in the
/// transaction of the job that asked. That it cannot be used is told in the incident's channel, where everything that was
/// meant for it is said from now on.
pub async fn rca_channel_checked(
    conn: &mut PgConnection,
    asked: &Incident,
    state: &ChannelState,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    let id = asked.id;
    let Some(incident) = store::incidents::lock(conn, id).await? else {
        return Ok(());
    };
    let Some(rca) = &incident.rca_channel else {
        return Ok(());
    };
    if incident.rca_channel_lost != asked.rca_channel_lost {
        // Another answer was kept meanwhile, and this one may be of before.
        queue::enqueue_at(conn, now, vec![CheckRcaChannel { incident: id }.job()]).await?;
        return Ok(());
    }
    let lost = match state {
        ChannelState::Open { name, .. } => {
            store::incidents::rca_channel_renamed(conn, &rca.id, name).await?;
            None
        }
        ChannelState::Archived => Some(RcaChannelLost::Archived),
        ChannelState::Lost(lost) => Some(RcaChannelLost::Lost(*lost)),
    };
    if lost == incident.rca_channel_lost {
        return Ok(());
    }
    store::archiving::set_rca_channel_lost(conn, id, lost).await?;
    let happening = became(&rca.name, lost);
    store::timeline::append(conn, id, now, &Actor::System, &happening, true).await?;
    touched(conn, id, now, "RCA channel checked").await?;
    let mut following = vec![SayNotices { incident: id }.job(), DrawDigest { incident: id }.job()];
    if lost.is_none() {
        // Whoever came to lead meanwhile was not invited.
        following.extend(invitations(&incident));
        // Lost before its first message got there.
        if posted_messages::get(conn, Kind::RcaGreeting, id.0, "").await?.is_none() {
            following.push(NewJob::new(&GreetRca { incident: id }));
        }
    }
    queue::enqueue_at(conn, now, following).await?;
    Ok(())
}

/// What people read of the channel when it cannot be used, or can be again.
fn became(name: &str, lost: Option<RcaChannelLost>) -> Happening {
    let name = name.to_owned();
    let problem = |sentence| Happening::Problem {
        sentence,
        job: None,
        in_rca: false,
    };
    match lost {
        None => Happening::ChannelUnarchived { name },
        Some(RcaChannelLost::Archived) => Happening::ChannelArchived { name },
        Some(RcaChannelLost::Lost(ChannelLost::Deleted)) => problem(format!(
            "The post-incident channel #{name} was deleted. Its messages will be posted here."
        )),
        Some(RcaChannelLost::Lost(ChannelLost::Removed)) => problem(format!(
            "incident-bot was removed from the post-incident channel #{name}. Its messages will be posted here until \
             somebody invites it back."
        )),
    }
}
