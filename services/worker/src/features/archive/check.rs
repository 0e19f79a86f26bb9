//! Finds out what became of the channel of an incident, and comes back into it where that is possible.

use async_trait::async_trait;
use domain::{ChannelLost, Incident};
use incidents::{ChannelState, ask_to_reassign, channel_checked, check_channels, members_listed};
use jobs::payloads::slack as job;
use jobs::{Handler, JobContext, Outcome};

use crate::Worker;
use crate::effects::CLOCK_MARGIN;
use crate::failure::{Failure, outcome};

/// The most pages of members that are read of one channel.
const MAX_PAGES: usize = 50;

/// Asks Slack what became of the channel of an incident.
pub(crate) struct CheckChannel(pub(crate) Worker);

/// Has the channels of open incidents checked.
pub(crate) struct CheckChannels(pub(crate) Worker);

impl Worker {
    /// Has the channel of an incident checked when Slack says that it cannot be used. The job is tried again meanwhile: it
    /// finds the channel mended, or knows that nothing can be done there.
    pub(crate) async fn in_channel<T>(&self, incident: &Incident, answer: Result<T, Failure>) -> Result<T, Failure> {
        let failure = match answer {
            Ok(made) => return Ok(made),
            Err(failure) => failure,
        };
        if !self.doubt_channel(incident, &failure).await? {
            return Err(failure);
        }
        tracing::info!(incident = %incident.id, %failure, "the channel of an incident is checked");
        Err(Failure::not_yet(
            "the channel cannot be used: it was archived or deleted, or the bot was removed from it",
        ))
    }

    /// Has the channel of an incident checked where the failure says that it cannot be used; gives whether it does.
    pub(crate) async fn doubt_channel(&self, incident: &Incident, failure: &Failure) -> Result<bool, Failure> {
        let is_unusable = matches!(failure, Failure::Slack(error) if error.is_channel_unusable());
        if is_unusable {
            let mut conn = self.pool.acquire().await?;
            jobs::enqueue(&mut conn, vec![job::CheckChannel { incident: incident.id }.job()]).await?;
        }
        Ok(is_unusable)
    }
}

#[async_trait]
impl Handler<job::CheckChannels> for CheckChannels {
    async fn run(&self, job: job::CheckChannels, context: &JobContext) -> Outcome {
        let checked = async {
            let mut tx = self.0.pool.begin().await?;
            check_channels(&mut tx, job.resolved, job.turn, context.now()).await?;
            context.complete(&mut tx).await?;
            tx.commit().await?;
            Ok(())
        };
        outcome(checked.await)
    }
}

#[async_trait]
impl Handler<job::CheckChannel> for CheckChannel {
    async fn run(&self, job: job::CheckChannel, context: &JobContext) -> Outcome {
        outcome(self.check(job, context).await)
    }
}

impl CheckChannel {
    async fn check(&self, job: job::CheckChannel, context: &JobContext) -> Result<(), Failure> {
        let Some(incident) = self.0.incident(job.incident).await? else {
            return Ok(());
        };
        let Some(channel) = &incident.channel_id else {
            return Ok(());
        };
        // Clocks differ, and an event of the same moment is better known.
        let listed_at = context.now() - CLOCK_MARGIN;
        let state = self.state(&incident, channel).await?;
        let members = match &state {
            ChannelState::Open { .. } if incident.private => Some(self.members(channel).await?),
            _ => None,
        };
        let (id, now) = (incident.id, context.now());
        let mut tx = self.0.pool.begin().await?;
        // Before anybody is invited: whoever was removed by hand is not.
        if let Some(members) = members {
            members_listed(&mut tx, id, channel, &members, listed_at, now).await?;
        }
        channel_checked(&mut tx, &incident, &state, now).await?;
        ask_to_reassign(&mut tx, id, now).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What Slack says of the channel now. A public one of an open incident is joined where the bot is not in it.
    async fn state(&self, incident: &Incident, channel: &str) -> Result<ChannelState, Failure> {
        let unseen = if incident.private {
            // Slack does not tell a private channel that was deleted from one that the bot is not in.
            ChannelState::Lost(ChannelLost::Removed)
        } else {
            ChannelState::Lost(ChannelLost::Deleted)
        };
        let found = match self.0.slack.channel(channel).await {
            Err(slack::Error::NotFound { .. }) => return Ok(unseen),
            found => found?,
        };
        if found.is_archived {
            return Ok(ChannelState::Archived);
        }
        let open = |rejoined| ChannelState::Open {
            name: found.name.clone(),
            rejoined,
        };
        if found.is_member {
            return Ok(open(false));
        }
        if found.is_private || incident.is_resolved() {
            return Ok(ChannelState::Lost(ChannelLost::Removed));
        }
        match self.0.slack.join_channel(channel).await {
            Ok(_) => Ok(open(true)),
            Err(error) if error.code() == Some("is_archived") => Ok(ChannelState::Archived),
            Err(slack::Error::NotFound { .. }) => Ok(unseen),
            Err(slack::Error::Refused { .. }) => Ok(ChannelState::Lost(ChannelLost::Removed)),
            Err(error) => Err(error.into()),
        }
    }

    /// Everybody in the channel but the bot.
    async fn members(&self, channel: &str) -> Result<Vec<String>, Failure> {
        let bot = self.0.slack.identity().await?.user_id;
        let (mut members, mut cursor) = (Vec::new(), None);
        for _ in 0..MAX_PAGES {
            let (page, next) = self.0.slack.members(channel, cursor).await?;
            members.extend(page.into_iter().filter(|member| *member != bot));
            cursor = next;
            if cursor.is_none() {
                return Ok(members);
            }
        }
        // Whoever is on a page that was not read would be taken for gone.
        Err(Failure::Never(
            "The channel has more members than can be read.".to_owned(),
        ))
    }
}
