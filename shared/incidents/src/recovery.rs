//! Finding the channel of an incident again: it was archived, deleted or renamed by hand, or the bot was removed from it.

use chrono::{DateTime, Utc};
use domain::timeline::Happening;
use domain::{Actor, Asking, ChannelLost, Incident, IncidentId, Settled};
use jobs::{CheckChannel, DrawDigest, DrawQuestion, NotifyMoved};
use queue::NewJob;
use store::{PgConnection, PgPool};

use crate::channel::ChannelState;
use crate::touched::touched;
use crate::{CommandError, JobCommandError, archive, channel, holders, rca, rename};

/// About so many channels are checked in one turn: Slack is asked twice about each.
const AT_ONCE: usize = 100;

/// Has Slack asked what became of the channel of an incident, where it is the channel of one, or the one about its causes:
/// somebody did something to it.
pub async fn check_channel(conn: &mut PgConnection, channel: &str, now: DateTime<Utc>) -> Result<(), CommandError> {
    if let Some(incident) = store::incidents::of_channel(conn, channel).await? {
        queue::enqueue_at(conn, now, vec![CheckChannel { incident: incident.id }.job()]).await?;
        return Ok(());
    }
    rca::check_rca_channel(conn, channel, now).await
}

/// The same when the bot came into a channel: there is nothing to ask about one that could be used all the time.
pub async fn bot_came_back(conn: &mut PgConnection, channel: &str, now: DateTime<Utc>) -> Result<(), CommandError> {
    let Some(incident) = store::incidents::of_either_channel(conn, channel).await? else {
        return left_channel_opened(conn, channel, now).await;
    };
    let was_lost = if incident.channel_id.as_deref() == Some(channel) {
        incident.open_channel().is_none()
    } else {
        incident.rca_channel_lost.is_some()
    };
    if was_lost {
        check_channel(conn, channel, now).await?;
    }
    Ok(())
}

/// The same for the channels of open incidents, in the transaction of the job that comes again and again: what nobody heard
/// of is found that way. Or for those of incidents that are `resolved`: private ones, and those that the bot was removed from.
/// Of many it takes those whose `turn` it is.
pub async fn check_channels(
    conn: &mut PgConnection,
    resolved: bool,
    turn: u64,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    let all = if resolved {
        store::incidents::resolved_to_check(conn).await?
    } else {
        store::incidents::open_with_channel(conn).await?
    };
    let parts = parts(all.len());
    let checked = all.into_iter().filter(|incident| is_turn_of(incident, turn, parts));
    let checks = checked.map(|incident| CheckChannel { incident }.job());
    queue::enqueue_at(conn, now, checks.collect()).await?;
    Ok(())
}

/// Into how many parts the channels are divided, one of which is checked per turn. A power of two: when channels are added, a
/// part only splits in two, so no incident waits longer than one full round.
fn parts(channels: usize) -> u64 {
    let parts = channels.div_ceil(AT_ONCE).next_power_of_two();
    u64::try_from(parts).unwrap_or(u64::MAX)
}

/// Whether the channel of an incident is checked in this turn. An id ends in random bits.
fn is_turn_of(incident: &IncidentId, turn: u64, parts: u64) -> bool {
    let (_, random) = incident.0.as_u64_pair();
    random % parts == turn % parts
}

/// A channel can be used again. Where an incident left it, it says where that one goes on.
pub async fn left_channel_opened(
    conn: &mut PgConnection,
    channel: &str,
    now: DateTime<Utc>,
) -> Result<(), CommandError> {
    let Some((incident, _)) = store::posted_messages::former_panel(conn, channel).await? else {
        return Ok(());
    };
    let channel = channel.to_owned();
    queue::enqueue_at(conn, now, vec![NotifyMoved { incident, channel }.job()]).await?;
    Ok(())
}

/// Keeps what Slack said of the channel of an incident, which was `asked` about as it was then, in the transaction of the job
/// that asked. Where it can be used again, all that was missed follows; where it cannot, people are asked what to do.
pub async fn channel_checked(
    conn: &mut PgConnection,
    asked: &Incident,
    state: &ChannelState,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    let Some(incident) = store::incidents::lock(conn, asked.id).await? else {
        return Ok(());
    };
    // It has another channel by now.
    if incident.channel_id != asked.channel_id {
        return Ok(());
    }
    let known = |incident: &Incident| {
        (
            incident.channel_name.clone(),
            incident.archived_at,
            incident.channel_lost,
        )
    };
    if known(&incident) != known(asked) {
        // Something was heard of it meanwhile, and the answer may be of before.
        queue::enqueue_at(conn, now, vec![CheckChannel { incident: asked.id }.job()]).await?;
        return Ok(());
    }
    match state {
        ChannelState::Open { name, rejoined } => {
            if *rejoined || incident.open_channel().is_none() {
                usable_again(conn, &incident, now).await?;
            }
            rename::renamed_in_slack(conn, &incident, name, now).await
        }
        ChannelState::Archived => archive::found_archived(conn, &incident, now).await,
        ChannelState::Lost(lost) => keep_lost(conn, &incident, *lost, now).await,
    }
}

/// The bot went back into the channel of an incident, in the transaction of the job that brought it there.
pub async fn channel_rejoined(
    conn: &mut PgConnection,
    id: IncidentId,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    store::incidents::lock(conn, id).await?;
    let following = channel::usable_again(conn, id, now).await?;
    queue::enqueue_at(conn, now, following).await?;
    Ok(())
}

/// The channel can be used again, or the bot is back in it.
async fn usable_again(conn: &mut PgConnection, incident: &Incident, now: DateTime<Utc>) -> Result<(), JobCommandError> {
    let id = incident.id;
    if incident.archived_at.is_some() {
        store::archiving::set_archived(conn, id, None).await?;
        let opened = Happening::ChannelUnarchived {
            name: incident.channel_name.clone(),
        };
        store::timeline::append(conn, id, now, &Actor::System, &opened, true).await?;
    }
    store::archiving::set_lost(conn, id, None).await?;
    touched(conn, id, now, "channel found").await?;
    let mut following = channel::usable_again(conn, id, now).await?;
    if let Some(question) = store::prompts::close(conn, id, Asking::Unarchive, &Settled::Unarchived).await? {
        following.push(DrawQuestion { question }.job(id));
    }
    following.extend(crate::home::redraw(conn, &[id], now).await?);
    queue::enqueue_at(conn, now, following).await?;
    Ok(())
}

/// The channel cannot be used: said once, where people are.
async fn keep_lost(
    conn: &mut PgConnection,
    incident: &Incident,
    lost: ChannelLost,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    let id = incident.id;
    if incident.channel_lost == Some(lost) {
        // It was opened again, and the bot could not come back by itself.
        if !incident.is_resolved() && store::prompts::open_of(conn, id, Asking::Unarchive).await?.is_none() {
            let asking = archive::ask_for_channel(conn, id, now, None).await?;
            queue::enqueue_at(conn, now, asking).await?;
        }
        return Ok(());
    }
    store::archiving::set_lost(conn, id, Some(lost)).await?;
    let name = &incident.channel_name;
    let what = match lost {
        ChannelLost::Removed => Happening::Problem {
            sentence: format!("incident-bot was removed from the channel #{name}, so nothing was posted there."),
            job: None,
            in_rca: false,
        },
        ChannelLost::Deleted => Happening::Problem {
            sentence: format!("The channel #{name} was deleted."),
            job: None,
            in_rca: false,
        },
    };
    store::timeline::append(conn, id, now, &Actor::System, &what, true).await?;
    touched(conn, id, now, "channel lost").await?;
    let mut following: Vec<NewJob> = vec![DrawDigest { incident: id }.job()];
    if !incident.is_resolved() {
        following.extend(archive::ask_for_channel(conn, id, now, None).await?);
    }
    following.extend(crate::home::redraw(conn, &[id], now).await?);
    queue::enqueue_at(conn, now, following).await?;
    Ok(())
}

/// Keeps who is in the channel of a private incident, as Slack listed them at `listed_at`.
pub async fn members_listed(
    conn: &mut PgConnection,
    id: IncidentId,
    channel: &str,
    people: &[String],
    listed_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    let Some(incident) = store::incidents::lock(conn, id).await? else {
        return Ok(());
    };
    if !incident.private || incident.channel_id.as_deref() != Some(channel) {
        return Ok(());
    }
    if store::members::listed(conn, id, people, listed_at).await? {
        // Whoever watches learns that they may see it now, or not any more.
        touched(conn, id, now, "members listed").await?;
        let homes = crate::home::redraw(conn, &[id], now).await?;
        queue::enqueue_at(conn, now, homes).await?;
    }
    Ok(())
}

/// Somebody's account was closed, or they are a guest now: what follows for the open incidents in which they hold a role.
pub async fn account_closed(pool: &PgPool, slack_user: &str, now: DateTime<Utc>) -> Result<(), CommandError> {
    let mut tx = pool.begin().await?;
    for incident in store::incidents::open_with_holder(&mut tx, slack_user).await? {
        holders::ask_to_reassign(&mut tx, incident, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn incident(number: u64) -> IncidentId {
        IncidentId(Uuid::from_u64_pair(7, number))
    }

    #[test]
    fn a_hundred_are_checked_in_every_turn_and_more_in_parts() {
        assert_eq!(parts(0), 1);
        assert_eq!(parts(100), 1);
        assert!((0..100).all(|number| is_turn_of(&incident(number), 5, parts(100))));
        let in_turn = |turn| {
            (0..1000)
                .filter(|number| is_turn_of(&incident(*number), turn, parts(1000)))
                .count()
        };
        let checked: Vec<_> = (0..16).map(in_turn).collect();
        assert_eq!(checked.iter().sum::<usize>(), 1000, "each once");
        assert!(checked.iter().all(|count| *count <= AT_ONCE), "{checked:?}");
    }

    #[test]
    fn everybodys_turn_comes_however_many_come_and_go_beside_them() {
        let mut last = [0; 50];
        for turn in 1..2000_u64 {
            // Up to some thousands, and down again.
            let channels = usize::try_from(50 + turn.min(2000 - turn) * 4).unwrap();
            let parts = parts(channels);
            for (number, last) in (0..).zip(&mut last) {
                if is_turn_of(&incident(number), turn, parts) {
                    *last = turn;
                }
                // While they become fewer, a part may wait for as long as it did before.
                assert!(turn - *last <= 2 * parts, "{number} in turn {turn}");
            }
        }
    }
}
