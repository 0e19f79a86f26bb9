//! Effects that happen once, however often their job runs: messages, and whatever else would hurt twice.
//!
//! The key is written before the call and what came of it after. A run that finds a key without a result looks at the vendor
//! for what carries the key: at once, because most effects can be seen at once. Where the look finds nothing, the call is
//! repeated: at once if the last one was answered with an error, else after a second look, when the lost call can no longer
//! have its effect.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use slack::Message;
use store::effects::{self, Attempt, Kept, Unknown};

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

    /// The shape of [`Self::Made`]: one more with every change that what was kept before cannot be read as.
    const VERSION: i16 = 1;

    /// Reads what was kept in a shape of this or an earlier version.
    fn read(_version: i16, result: Value) -> serde_json::Result<Self::Made> {
        serde_json::from_value(result)
    }

    /// Looks for what an attempt made whose answer was lost; none was made before `oldest`.
    async fn find(&self, oldest: DateTime<Utc>) -> Result<Option<Self::Made>, Failure>;

    /// Has it. `attempt` says whether an earlier one may have had it after all.
    async fn make(&self, attempt: &Making) -> Result<Self::Made, Failure>;
}

/// The attempt that is being made.
#[derive(Debug)]
pub(crate) enum Making {
    /// No attempt before it can have had its effect.
    First,
    /// One may have had its effect, although a look found nothing.
    Again(Unknown),
}

/// Where the result of an effect comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// It was kept by an earlier run.
    Kept,
    /// An earlier attempt had the effect, and its answer was lost.
    Found,
    /// This run had it.
    Made,
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

    async fn make(&self, _attempt: &Making) -> Result<Stands, Failure> {
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
    pub(crate) async fn post_or_find(
        &self,
        key: &str,
        place: Place<'_>,
        message: &Message,
    ) -> Result<(String, bool), Failure> {
        let post = Post {
            slack: &self.slack,
            key,
            place,
            message,
        };
        let (posted, source) = self.once_from(key, self.slack.timeout(), &post).await?;
        Ok((posted.ts, source != Source::Made))
    }

    /// Has an effect on a vendor unless it was had with this key, and gives what came of it. `timeout` is how long the
    /// calls of one attempt may take.
    pub(crate) async fn once<E: Effect>(&self, key: &str, timeout: Duration, effect: &E) -> Result<E::Made, Failure> {
        Ok(self.once_from(key, timeout, effect).await?.0)
    }

    /// The same, and where the result comes from.
    async fn once_from<E: Effect>(
        &self,
        key: &str,
        timeout: Duration,
        effect: &E,
    ) -> Result<(E::Made, Source), Failure> {
        let (made, source) = self.once_unkept(key, timeout, effect).await?;
        if source != Source::Kept {
            let result = serde_json::to_value(&made).map_err(|error| store::Error::Encode(error.into()))?;
            let mut conn = self.pool.acquire().await?;
            effects::finish_as(&mut conn, key, E::VERSION, &result).await?;
        }
        Ok((made, source))
    }

    /// The same, for a caller that keeps the result in a transaction of its own ([`effects::finish_as`]).
    pub(crate) async fn once_unkept<E: Effect>(
        &self,
        key: &str,
        timeout: Duration,
        effect: &E,
    ) -> Result<(E::Made, Source), Failure> {
        let making = match self.begin(key).await? {
            Attempt::Fresh => Making::First,
            Attempt::Done(kept) => {
                let made = self.read_kept(key, kept, effect).await?;
                return Ok((made, Source::Kept));
            }
            Attempt::Unknown(unknown) => {
                if let Some(made) = effect.find(unknown.first_started_at - CLOCK_MARGIN).await? {
                    return Ok((made, Source::Found));
                }
                self.settled(timeout, &unknown)?;
                let mut conn = self.pool.acquire().await?;
                effects::start_again(&mut conn, key).await?;
                Making::Again(unknown)
            }
        };
        let made = self.attempted(key, effect.make(&making).await).await?;
        Ok((made, Source::Made))
    }

    /// Reads what was kept. Where this build cannot, the vendor is looked at: the effect is never repeated.
    async fn read_kept<E: Effect>(&self, key: &str, kept: Kept, effect: &E) -> Result<E::Made, Failure> {
        let version = kept.version;
        let error = match E::read(version, kept.result) {
            Ok(made) => return Ok(made),
            Err(error) => error,
        };
        tracing::warn!(key, version, %error, "the result of an effect cannot be read, so it is looked for");
        let found = effect.find(kept.first_started_at - CLOCK_MARGIN).await?;
        found.ok_or_else(|| Failure::Unreadable {
            key: key.to_owned(),
            version,
            error,
        })
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
            // They have left the channel, or it is closed to the bot.
            Err(failure) if failure.is_refusal() => {
                tracing::info!(%failure, "what cannot be said in the channel is said by direct message");
                let text = text.to_owned();
                let blocks = vec![slack::blocks::section(text.clone())];
                self.tell_directly(key, user, &Message { text, blocks }).await
            }
            // What may have come is not repeated; what certainly did not is.
            Err(Failure::Slack(error)) if !error.had_no_effect() => {
                tracing::warn!(%error, "whether somebody was answered is not known");
                Ok(())
            }
            answer => answer,
        }
    }

    /// Tells somebody by direct message what could not be said where they are; `key` is that of what could not be said.
    pub(crate) async fn tell_directly(&self, key: &str, user: &str, message: &Message) -> Result<(), Failure> {
        let direct = self.slack.open_direct_messages(user).await?;
        let key = format!("{key}/direct");
        self.post_once(&key, Place::channel(&direct), message).await?;
        Ok(())
    }

    /// Asks what is known of an effect, and notes that an attempt begins where nothing is.
    pub(crate) async fn begin(&self, key: &str) -> Result<Attempt, Failure> {
        let mut conn = self.pool.acquire().await?;
        Ok(effects::start(&mut conn, key).await?)
    }

    /// Notes what the vendor answered, where it answered with an error.
    pub(crate) async fn attempted<T, E: Into<Failure>>(&self, key: &str, answer: Result<T, E>) -> Result<T, Failure> {
        let answer = answer.map_err(Into::into);
        if let Err(error) = &answer {
            if error.had_no_effect() {
                let mut conn = self.pool.acquire().await?;
                effects::refused(&mut conn, key).await?;
            } else if error.is_answer() {
                let mut conn = self.pool.acquire().await?;
                effects::answered(&mut conn, key).await?;
            }
        }
        answer
    }

    /// Whether the last attempt is over: it was answered, or it can no longer have its effect. `timeout` is how long the
    /// calls of one attempt may take.
    pub(crate) fn settled(&self, timeout: Duration, unknown: &Unknown) -> Result<(), Failure> {
        let until = timeout + self.config.settle;
        let passed = unknown.since_last.to_std().unwrap_or(Duration::ZERO);
        match until.checked_sub(passed) {
            Some(delay) if !delay.is_zero() && !unknown.answered => Err(Failure::Wait {
                delay,
                reason: "a call whose answer was lost may still have its effect",
            }),
            _ => Ok(()),
        }
    }
}

/// Holds what earlier releases kept of an effect, with its version, against what this build reads.
#[cfg(test)]
pub(crate) fn assert_reads<E: Effect>(kept: &[(i16, &str)]) {
    for (version, kept) in kept {
        let result = serde_json::from_str(kept).unwrap();
        let read = E::read(*version, result);
        assert!(read.is_ok(), "{kept}: {:?}", read.err());
    }
    let newest = kept.iter().map(|(version, _)| *version).max();
    assert_eq!(newest, Some(E::VERSION), "an example of every version");
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn what_was_kept_is_read() {
        assert_reads::<Post<'_>>(&[(1, r#"{"ts":"1700000000.000100"}"#)]);
    }

    fn sources(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }

    /// A result that is not read any more would be an error in every run, so each effect shows what was kept of it.
    #[test]
    fn every_effect_has_its_example() {
        let mut files = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
        let mut effects = 0;
        for file in files {
            for line in file.lines().filter(|line| line.starts_with("impl Effect for ")) {
                effects += 1;
                let name = line.trim_start_matches("impl Effect for ").trim_end_matches(" {");
                assert!(
                    file.contains(&format!("assert_reads::<{name}>")),
                    "{name} has no example"
                );
            }
        }
        assert!(effects >= 8, "{effects}");
    }
}
