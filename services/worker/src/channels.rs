//! Channels that are made once, however often their job runs.
//!
//! A name is chosen and kept before the call. It finds the channel again when Slack's answer was lost: one of our own, made
//! since the first attempt, that belongs to no incident. A name that somebody else took in Slack is left to them.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use slack::Channel;

use crate::Worker;
use crate::effects::{CLOCK_MARGIN, Effect, Making};
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

/// A channel that is made once.
struct NewChannel<'a> {
    worker: &'a Worker,
    private: bool,
    names: &'a dyn Names,
}

#[async_trait]
impl Effect for NewChannel<'_> {
    type Made = Made;

    /// Our own channel of such a name, made since `oldest`, that no incident has.
    async fn find(&self, oldest: DateTime<Utc>) -> Result<Option<Made>, Failure> {
        let bot = self.worker.slack.identity().await?.user_id;
        let mut cursor = None;
        loop {
            let (channels, next) = self.worker.slack.own_channels(cursor).await?;
            let ours = channels.into_iter().filter(|channel| {
                self.names.is_one(&channel.name) && channel.creator == bot && channel.created >= oldest.timestamp()
            });
            for channel in ours {
                let mut conn = self.worker.pool.acquire().await?;
                if !store::incidents::is_channel_of_incident(&mut conn, &channel.id).await? {
                    return Ok(Some(channel.into()));
                }
            }
            cursor = next;
            if cursor.is_none() {
                return Ok(None);
            }
        }
    }

    async fn make(&self, attempt: &Making) -> Result<Made, Failure> {
        let mut name = self.names.first();
        for _ in 0..NAMES_A_RUN {
            match self.worker.slack.create_channel(&name, self.private).await {
                Err(slack::Error::Refused { code, .. }) if code == "name_taken" => {
                    if let Some(ours) = self.taken_by_us(attempt).await? {
                        return Ok(ours);
                    }
                    name = self.names.after(&name).await?;
                }
                answer => return Ok(answer?.into()),
            }
        }
        Err(Failure::Wait {
            delay: self.worker.config.settle,
            reason: "too many channel names in a row are taken",
        })
    }
}

impl NewChannel<'_> {
    /// Whether a name is taken because an earlier attempt took it, whose channel Slack did not show yet.
    async fn taken_by_us(&self, attempt: &Making) -> Result<Option<Made>, Failure> {
        let Making::Again(unknown) = attempt else {
            return Ok(None);
        };
        if let Some(ours) = self.find(unknown.first_started_at - CLOCK_MARGIN).await? {
            return Ok(Some(ours));
        }
        let since_first = unknown.since_first.to_std().unwrap_or_default();
        if since_first < self.worker.slack.timeout() + self.worker.config.settle {
            return Err(Failure::Wait {
                delay: self.worker.config.settle,
                reason: "the name is taken, perhaps by our own channel, which Slack doesn't list yet",
            });
        }
        Ok(None)
    }
}

impl Worker {
    /// Makes a channel unless it has been made with this key. The caller keeps what this gives ([`store::effects::finish`])
    /// in the transaction that keeps the channel.
    pub(crate) async fn make_channel(&self, key: &str, private: bool, names: &dyn Names) -> Result<Made, Failure> {
        let new = NewChannel {
            worker: self,
            private,
            names,
        };
        Ok(self.once_unkept(key, self.slack.timeout(), &new).await?.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_read() {
        crate::effects::assert_reads::<NewChannel<'_>>(&[(1, r#"{"channel":"C1","name":"inc-1"}"#)]);
    }
}
