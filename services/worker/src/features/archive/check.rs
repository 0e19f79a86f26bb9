//! Finds out what became of the channel of an incident, or of the one about its causes, and comes back into it where that is
//! possible.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{ChannelLost, Incident};
use incidents::{ChannelState, ask_to_reassign, channel_checked, check_channels, members_listed, rca_channel_checked};
use queue::{JobContext, NewJob};

use crate::Worker;
use crate::effects::CLOCK_MARGIN;
use crate::failure::Failure;
use crate::perform::{HOUR, Handler, OnDiscard, Perform, Periodic};

/// The most pages of members that are read of one channel.
const MAX_PAGES: usize = 50;

/// How often channels of open incidents are checked: what nobody told us of, or while we were down.
const OPEN: Duration = Duration::from_mins(5);

impl Worker {
    /// Has the channel of an incident checked when Slack says that it cannot be used. The job is tried again meanwhile: it
    /// finds the channel mended, or knows that nothing can be done there.
    pub(crate) async fn in_channel<T>(&self, incident: &Incident, answer: Result<T, Failure>) -> Result<T, Failure> {
        let check = jobs::CheckChannel { incident: incident.id };
        self.checking(incident, answer, check.job()).await
    }

    /// The same for the channel about its causes: the job finds it mended, or goes elsewhere.
    pub(crate) async fn in_rca_channel<T>(
        &self,
        incident: &Incident,
        answer: Result<T, Failure>,
    ) -> Result<T, Failure> {
        let check = jobs::CheckRcaChannel { incident: incident.id };
        self.checking(incident, answer, check.job()).await
    }

    async fn checking<T>(&self, incident: &Incident, answer: Result<T, Failure>, check: NewJob) -> Result<T, Failure> {
        let failure = match answer {
            Ok(made) => return Ok(made),
            Err(failure) => failure,
        };
        if !self.doubt(&failure, check).await? {
            return Err(failure);
        }
        tracing::info!(incident = %incident.id, %failure, "the channel of an incident is checked");
        Err(Failure::not_yet(
            "the channel cannot be used: it was archived or deleted, or the bot was removed from it",
        ))
    }

    /// Has the channel of an incident checked where the failure says that it cannot be used; gives whether it does.
    pub(crate) async fn doubt_channel(&self, incident: &Incident, failure: &Failure) -> Result<bool, Failure> {
        let check = jobs::CheckChannel { incident: incident.id };
        self.doubt(failure, check.job()).await
    }

    /// The same for the channel about its causes.
    pub(crate) async fn doubt_rca_channel(&self, incident: &Incident, failure: &Failure) -> Result<bool, Failure> {
        let check = jobs::CheckRcaChannel { incident: incident.id };
        self.doubt(failure, check.job()).await
    }

    async fn doubt(&self, failure: &Failure, check: NewJob) -> Result<bool, Failure> {
        let is_unusable = matches!(failure, Failure::Slack(error) if error.is_channel_unusable());
        if is_unusable {
            let mut conn = self.pool.acquire().await?;
            queue::enqueue(&mut conn, vec![check]).await?;
        }
        Ok(is_unusable)
    }

    /// What Slack says of a channel now. A public one that the bot is not in is joined where it `joins`.
    async fn channel_state(&self, channel: &str, private: bool, joins: bool) -> Result<ChannelState, Failure> {
        let unseen = if private {
            // Slack does not tell a private channel that was deleted from one that the bot is not in.
            ChannelState::Lost(ChannelLost::Removed)
        } else {
            ChannelState::Lost(ChannelLost::Deleted)
        };
        let found = match self.slack.channel(channel).await {
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
        if found.is_private || !joins {
            return Ok(ChannelState::Lost(ChannelLost::Removed));
        }
        match self.slack.join_channel(channel).await {
            Ok(_) => Ok(open(true)),
            Err(error) if error.code() == Some("is_archived") => Ok(ChannelState::Archived),
            Err(slack::Error::NotFound { .. }) => Ok(unseen),
            Err(slack::Error::Refused { .. }) => Ok(ChannelState::Lost(ChannelLost::Removed)),
            Err(error) => Err(error.into()),
        }
    }
}

#[async_trait]
impl Perform for jobs::CheckChannels {
    const ON_DISCARD: OnDiscard = OnDiscard::LOOK;

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let mut tx = worker.pool.begin().await?;
        check_channels(&mut tx, self.resolved, self.turn, context.now()).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::CheckChannels>());
inventory::submit!(Periodic {
    name: "check channels",
    every: |_| Some(OPEN),
    job: |tick, every| jobs::CheckChannels::of_open(turn(tick, every)),
});
inventory::submit!(Periodic {
    name: "check channels of resolved incidents",
    every: |_| Some(HOUR),
    job: |tick, every| jobs::CheckChannels::of_resolved(turn(tick, every)),
});

/// Which of the ticks this is: they are whole numbers of `every` after 1970.
fn turn(tick: DateTime<Utc>, every: Duration) -> u64 {
    tick.timestamp().unsigned_abs() / every.as_secs().max(1)
}

#[async_trait]
impl Perform for jobs::CheckChannel {
    const ON_DISCARD: OnDiscard = OnDiscard::LOOK;

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some(incident) = worker.incident(self.incident).await? else {
            return Ok(());
        };
        let Some(channel) = &incident.channel_id else {
            return Ok(());
        };
        // Clocks differ, and an event of the same moment is better known.
        let listed_at = context.now() - CLOCK_MARGIN;
        // A public one of an open incident.
        let joins = !incident.is_resolved();
        let state = worker.channel_state(channel, incident.private, joins).await?;
        let members = match &state {
            ChannelState::Open { .. } if incident.private => Some(members(worker, channel).await?),
            _ => None,
        };
        let (id, now) = (incident.id, context.now());
        let mut tx = worker.pool.begin().await?;
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
}

inventory::submit!(Handler::of::<jobs::CheckChannel>());

#[async_trait]
impl Perform for jobs::CheckRcaChannel {
    const ON_DISCARD: OnDiscard = OnDiscard::Silent("what is to be said in the channel next has it checked again");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some(incident) = worker.incident(self.incident).await? else {
            return Ok(());
        };
        let Some(channel) = &incident.rca_channel else {
            return Ok(());
        };
        let state = worker.channel_state(&channel.id, incident.private, true).await?;
        let mut tx = worker.pool.begin().await?;
        rca_channel_checked(&mut tx, &incident, &state, context.now()).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::CheckRcaChannel>());

/// Everybody in the channel but the bot.
async fn members(worker: &Worker, channel: &str) -> Result<Vec<String>, Failure> {
    let bot = worker.slack.identity().await?.user_id;
    let (mut members, mut cursor) = (Vec::new(), None);
    for _ in 0..MAX_PAGES {
        let (page, next) = worker.slack.members(channel, cursor).await?;
        members.extend(page.into_iter().filter(|member| *member != bot));
        cursor = next;
        if cursor.is_none() {
            return Ok(members);
        }
    }
    // Whoever is on a page that was not read would be taken for gone.
    Err(Failure::Never("The channel has too many members to read.".to_owned()))
}
