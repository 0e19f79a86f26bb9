//! Effects that happen once, however often their job runs: messages, and whatever else would hurt twice.
//!
//! The key is written before the call and what came of it after. A run that finds a key without a result looks at the vendor
//! for what carries the key, once the lost call can no longer have its effect.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use slack::Message;
use store::effects::{self, Attempt};

use crate::Worker;
use crate::failure::Failure;

/// Clocks of Slack and of the database differ by less than this.
pub(crate) const CLOCK_MARGIN: TimeDelta = TimeDelta::seconds(60);

/// Where a message goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) channel: &'a str,
    pub(crate) thread_ts: Option<&'a str>,
}

impl<'a> Place<'a> {
    /// A channel, not a thread of it.
    pub(crate) fn channel(channel: &'a str) -> Self {
        Self {
            channel,
            thread_ts: None,
        }
    }
}

/// An effect on a vendor that would hurt twice.
#[async_trait]
pub(crate) trait Effect: Send + Sync {
    /// What comes of it, as it is kept with its key.
    type Made: Serialize + DeserializeOwned + Send + Sync;

    /// Looks for what an attempt made whose answer was lost; none was made before `oldest`.
    async fn find(&self, oldest: DateTime<Utc>) -> Result<Option<Self::Made>, Failure>;

    /// Has it.
    async fn make(&self) -> Result<Self::Made, Failure>;
}

/// A message that is posted: it carries its key in its metadata.
struct Post<'a> {
    slack: &'a slack::Client,
    key: &'a str,
    place: Place<'a>,
    message: &'a Message,
}

/// Where a message stands in its channel.
#[derive(Serialize, Deserialize)]
struct Stands {
    ts: String,
}

#[async_trait]
impl Effect for Post<'_> {
    type Made = Stands;

    async fn find(&self, oldest: DateTime<Utc>) -> Result<Option<Stands>, Failure> {
        let Place { channel, thread_ts } = self.place;
        let found = self.slack.find_message(channel, thread_ts, self.key, oldest).await?;
        Ok(found.map(|ts| Stands { ts }))
    }

    async fn make(&self) -> Result<Stands, Failure> {
        let Place { channel, thread_ts } = self.place;
        let ts = self
            .slack
            .post_message(channel, thread_ts, self.message, self.key)
            .await?;
        Ok(Stands { ts })
    }
}

impl Worker {
    /// Posts a message unless it has been posted with this key, and gives its `ts`.
    pub(crate) async fn post_once(&self, key: &str, place: Place<'_>, message: &Message) -> Result<String, Failure> {
        Ok(self.post_or_find(key, place, message).await?.0)
    }

    /// Like [`Self::post_once`], for a message that shows what changes: one that was posted before, by a run that did not get
    /// to its end, is drawn anew, because it shows what was then.
    pub(crate) async fn post_once_as_it_is_now(
        &self,
        key: &str,
        channel: &str,
        message: &Message,
    ) -> Result<String, Failure> {
        let (ts, found) = self.post_or_find(key, Place::channel(channel), message).await?;
        if found {
            self.slack.update_message(channel, &ts, message, key).await?;
        }
        Ok(ts)
    }

    /// The message's `ts`, and whether it had been posted before.
    async fn post_or_find(&self, key: &str, place: Place<'_>, message: &Message) -> Result<(String, bool), Failure> {
        let post = Post {
            slack: &self.slack,
            key,
            place,
            message,
        };
        let (posted, found) = self.once_or_found(key, self.slack.timeout(), &post).await?;
        Ok((posted.ts, found))
    }

    /// Has an effect on a vendor unless it was had with this key, and gives what came of it. `timeout` is that of the
    /// vendor's calls.
    pub(crate) async fn once<E: Effect>(&self, key: &str, timeout: Duration, effect: &E) -> Result<E::Made, Failure> {
        Ok(self.once_or_found(key, timeout, effect).await?.0)
    }

    /// What came of the effect, and whether an earlier run had it.
    async fn once_or_found<E: Effect>(
        &self,
        key: &str,
        timeout: Duration,
        effect: &E,
    ) -> Result<(E::Made, bool), Failure> {
        match self.begin(key).await? {
            Attempt::Done(result) => {
                if let Ok(made) = serde_json::from_value(result) {
                    return Ok((made, true));
                }
            }
            Attempt::Unknown {
                first_started_at,
                since_last,
            } => {
                self.settled_after(timeout, since_last)?;
                if let Some(made) = effect.find(first_started_at - CLOCK_MARGIN).await? {
                    self.finish(key, &made).await?;
                    return Ok((made, true));
                }
                self.begin_again(key).await?;
            }
            Attempt::Fresh => {}
        }
        let made = self.attempted(key, effect.make().await).await?;
        self.finish(key, &made).await?;
        Ok((made, false))
    }

    /// Tells somebody in a channel something that only they see, at most once for a key: it cannot be found again, so it is
    /// never repeated after a send.
    pub(crate) async fn whisper_once(
        &self,
        key: &str,
        channel: &str,
        user: &str,
        thread_ts: Option<&str>,
        text: &str,
    ) -> Result<(), Failure> {
        if self.begin(key).await? != Attempt::Fresh {
            return Ok(());
        }
        let sent = self.slack.whisper(channel, user, thread_ts, text).await;
        match self.attempted(key, sent).await {
            // Who has left meanwhile needs no answer, and one that may have come is not repeated.
            Err(Failure::Slack(slack::Error::RateLimited { method, after })) => {
                Err(slack::Error::RateLimited { method, after }.into())
            }
            Err(Failure::Slack(error)) => {
                tracing::warn!(%error, "somebody could not be answered");
                Ok(())
            }
            answer => answer,
        }
    }

    /// Asks what is known of an effect, and notes that an attempt begins where nothing is.
    pub(crate) async fn begin(&self, key: &str) -> Result<Attempt, Failure> {
        let mut conn = self.pool.acquire().await?;
        Ok(effects::start(&mut conn, key).await?)
    }

    /// Notes that one more attempt begins, after a look found nothing.
    pub(crate) async fn begin_again(&self, key: &str) -> Result<(), Failure> {
        let mut conn = self.pool.acquire().await?;
        Ok(effects::start_again(&mut conn, key).await?)
    }

    /// Notes that the vendor refused, where it did.
    pub(crate) async fn attempted<T, E: Into<Failure>>(&self, key: &str, answer: Result<T, E>) -> Result<T, Failure> {
        let answer = answer.map_err(Into::into);
        if let Err(error) = &answer
            && error.had_no_effect()
        {
            let mut conn = self.pool.acquire().await?;
            effects::refused(&mut conn, key).await?;
        }
        answer
    }

    /// A call that was lost may still have its effect for a moment; looking earlier would miss it.
    pub(crate) fn settled(&self, since_last: TimeDelta) -> Result<(), Failure> {
        self.settled_after(self.slack.timeout(), since_last)
    }

    /// The same for a vendor whose calls may take `timeout`.
    fn settled_after(&self, timeout: Duration, since_last: TimeDelta) -> Result<(), Failure> {
        let until = timeout + self.config.settle;
        let passed = since_last.to_std().unwrap_or(Duration::ZERO);
        match until.checked_sub(passed) {
            Some(delay) if !delay.is_zero() => Err(Failure::Wait {
                delay,
                reason: "a call whose answer was lost may still have its effect",
            }),
            _ => Ok(()),
        }
    }

    async fn finish<T: Serialize>(&self, key: &str, result: &T) -> Result<(), Failure> {
        let result = serde_json::to_value(result).map_err(|error| store::Error::Encode(error.into()))?;
        let mut conn = self.pool.acquire().await?;
        Ok(effects::finish(&mut conn, key, &result).await?)
    }
}
