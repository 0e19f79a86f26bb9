//! Channels that are made once, however often their job runs.
//!
//! A name is chosen before the call and finds the channel again when Slack's answer was lost: one of our own, made since
//! the first attempt, that belongs to no incident. A name that somebody else took in Slack is left to them.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use slack::Channel;
use store::effects::Attempt;

use crate::Worker;
use crate::effects::CLOCK_MARGIN;
use crate::failure::Failure;

/// How many names are tried in one run.
const NAMES_A_RUN: usize = 20;

/// The names that a channel may get.
#[async_trait]
pub(crate) trait Names: Send + Sync {
    /// The name to try first.
    fn first(&self) -> String;
    /// Whether a channel of this name may be the one that was made.
    fn is_one(&self, name: &str) -> bool;
    /// The name to try after one that is taken.
    async fn after(&self, taken: &str) -> Result<String, Failure>;
}

/// What came of making a channel: the result of its effect.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Made {
    pub(crate) channel: String,
    pub(crate) name: String,
}

impl From<Channel> for Made {
    fn from(channel: Channel) -> Self {
        Self {
            channel: channel.id,
            name: channel.name,
        }
    }
}

impl Worker {
    /// Makes a channel unless it has been made with this key. The caller finishes the effect with what this gives, in the
    /// transaction that keeps the channel.
    pub(crate) async fn make_channel(&self, key: &str, private: bool, names: &dyn Names) -> Result<Made, Failure> {
        match self.begin(key).await? {
            Attempt::Done(result) => {
                if let Ok(made) = serde_json::from_value(result) {
                    return Ok(made);
                }
            }
            Attempt::Unknown {
                first_started_at,
                since_last,
            } => {
                self.settled(since_last)?;
                if let Some(channel) = self.find_channel(names, first_started_at - CLOCK_MARGIN).await? {
                    return Ok(channel.into());
                }
                self.begin_again(key).await?;
            }
            Attempt::Fresh => {}
        }
        let mut name = names.first();
        for _ in 0..NAMES_A_RUN {
            match self.slack.create_channel(&name, private).await {
                Err(slack::Error::Refused { code, .. }) if code == "name_taken" => name = names.after(&name).await?,
                answer => return Ok(self.attempted(key, answer).await?.into()),
            }
        }
        let answer: slack::Result<Channel> = Err(slack::Error::Transient {
            method: "conversations.create",
            reason: format!("{NAMES_A_RUN} names in a row were taken"),
        });
        Ok(self.attempted(key, answer).await?.into())
    }

    /// Our own channel of such a name, made since `oldest`, that no incident has.
    async fn find_channel(&self, names: &dyn Names, oldest: DateTime<Utc>) -> Result<Option<Channel>, Failure> {
        let bot = self.slack.identity().await?.user_id;
        let mut cursor = None;
        loop {
            let (channels, next) = self.slack.own_channels(cursor).await?;
            let ours = channels.into_iter().filter(|channel| {
                names.is_one(&channel.name) && channel.creator == bot && channel.created >= oldest.timestamp()
            });
            for channel in ours {
                let mut conn = self.pool.acquire().await?;
                if !store::incidents::is_channel_of_incident(&mut conn, &channel.id).await? {
                    return Ok(Some(channel));
                }
            }
            cursor = next;
            if cursor.is_none() {
                return Ok(None);
            }
        }
    }
}
