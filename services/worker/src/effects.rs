//! Messages that are posted once, however often their job runs.
//!
//! The key is written before the call and the message's `ts` after it. A run that finds a key without a `ts` looks in the
//! channel for the message that carries the key, once the lost call can no longer have its effect.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::json;
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
        match self.begin(key).await? {
            Attempt::Done(result) => {
                if let Some(ts) = result["ts"].as_str() {
                    return Ok((ts.to_owned(), true));
                }
            }
            Attempt::Unknown {
                first_started_at,
                since_last,
            } => {
                self.settled(since_last)?;
                let oldest = first_started_at - CLOCK_MARGIN;
                if let Some(ts) = self
                    .slack
                    .find_message(place.channel, place.thread_ts, key, oldest)
                    .await?
                {
                    self.finish(key, &json!({ "ts": ts })).await?;
                    return Ok((ts, true));
                }
                self.begin_again(key).await?;
            }
            Attempt::Fresh => {}
        }
        let posted = self
            .slack
            .post_message(place.channel, place.thread_ts, message, key)
            .await;
        let ts = self.attempted(key, posted).await?;
        self.finish(key, &json!({ "ts": ts })).await?;
        Ok((ts, false))
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

    /// Notes that Slack refused, where it did.
    pub(crate) async fn attempted<T>(&self, key: &str, answer: slack::Result<T>) -> Result<T, Failure> {
        if let Err(error) = &answer
            && error.had_no_effect()
        {
            let mut conn = self.pool.acquire().await?;
            effects::refused(&mut conn, key).await?;
        }
        Ok(answer?)
    }

    /// A call that was lost may still have its effect for a moment; looking earlier would miss it.
    pub(crate) fn settled(&self, since_last: TimeDelta) -> Result<(), Failure> {
        let until = self.slack.timeout() + self.config.settle;
        let passed = since_last.to_std().unwrap_or(Duration::ZERO);
        match until.checked_sub(passed) {
            Some(delay) if !delay.is_zero() => Err(Failure::Wait {
                delay,
                reason: "a call whose answer was lost may still have its effect",
            }),
            _ => Ok(()),
        }
    }

    async fn finish(&self, key: &str, result: &serde_json::Value) -> Result<(), Failure> {
        let mut conn = self.pool.acquire().await?;
        Ok(effects::finish(&mut conn, key, result).await?)
    }
}
