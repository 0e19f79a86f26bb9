//! Effects that happen once, however often their job runs: messages, and other calls that must not be repeated.
//!
//! The key is written before the call, and the result after it. A run that finds a key without a result searches for the effect at
//! the vendor: at once, because most effects are visible immediately. If it finds nothing, it repeats the call: at once if the last
//! response was an error, otherwise after a second search, when the lost call can no longer take effect.

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

/// An effect on a vendor that must happen once.
#[async_trait]
pub(crate) trait Effect: Send + Sync {
    /// Its result, as stored with its key.
    type Made: Serialize + DeserializeOwned + Send + Sync;

    /// The version of [`Self::Made`]: increased with every change that makes stored results unreadable.
    const VERSION: i16 = 1;

    /// Reads a stored result of this or an earlier version.
    fn read(_version: i16, result: Value) -> serde_json::Result<Self::Made> {
        serde_json::from_value(result)
    }

    /// Searches for the effect of an attempt whose response was lost; there was no attempt before `oldest`.
    async fn find(&self, oldest: DateTime<Utc>) -> Result<Option<Self::Made>, Failure>;

    /// Makes the call. `attempt` says whether an earlier one may have taken effect after all.
    async fn make(&self, attempt: &Making) -> Result<Self::Made, Failure>;
}

/// The current attempt.
#[derive(Debug)]
pub(crate) enum Making {
    /// No earlier attempt can have taken effect.
    First,
    /// An earlier attempt may have taken effect, although a search found nothing.
    Again(Unknown),
}

/// Where the result of an effect comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// An earlier run stored it.
    Kept,
    /// An earlier attempt took effect, and its response was lost.
    Found,
    /// This run made the call.
    Made,
}

/// A message that is posted: it carries its key in its metadata.
struct Post<'a> {
    slack: &'a slack::Client,
    key: &'a str,
    place: Place<'a>,
    message: &'a Message,
}

/// The place of a message in its channel.
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

    /// Like [`Self::post_once`], for a message that shows changing state: if an earlier run posted it and did not finish, it is
    /// re-rendered, because it shows older state.
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

    /// Makes an effect happen once per key, and returns its result. `timeout` is how long the calls of one attempt may take.
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

    /// The same, for a caller that stores the result in its own transaction ([`effects::finish_as`]).
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

    /// Reads a stored result. If this build cannot, it searches at the vendor: the effect is never repeated.
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

    /// Sends an ephemeral message at most once per key: it cannot be found again, so it is never repeated after a send.
    pub(crate) async fn send_ephemeral_once(
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
        let sent = self.slack.send_ephemeral_text(channel, user, thread_ts, text).await;
        match self.attempted(key, sent).await {
            // They have left the channel, or it is closed to the bot.
            Err(failure) if failure.is_refusal() => {
                tracing::info!(%failure, "what cannot be said in the channel is said by direct message");
                let text = text.to_owned();
                let blocks = vec![slack::blocks::section(text.clone())];
                self.tell_directly(key, user, &Message { text, blocks }).await
            }
            // A message that may have arrived is not repeated; one that certainly did not is.
            Err(Failure::Slack(error)) if !error.had_no_effect() => {
                tracing::warn!(%error, "whether somebody was answered is not known");
                Ok(())
            }
            answer => answer,
        }
    }

    /// Sends somebody by direct message what could not be posted where they are; `key` is the key of that post.
    pub(crate) async fn tell_directly(&self, key: &str, user: &str, message: &Message) -> Result<(), Failure> {
        let direct = self.slack.open_direct_messages(user).await?;
        let key = format!("{key}/direct");
        self.post_once(&key, Place::channel(&direct), message).await?;
        Ok(())
    }

    /// Reads the state of an effect, and records the start of an attempt if there is none.
    pub(crate) async fn begin(&self, key: &str) -> Result<Attempt, Failure> {
        let mut conn = self.pool.acquire().await?;
        Ok(effects::start(&mut conn, key).await?)
    }

    /// Records the vendor's response if it was an error.
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

    /// Whether the last attempt is over: it got a response, or it can no longer take effect. `timeout` is how long the calls
    /// of one attempt may take.
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

/// Compares results that earlier releases stored, with their version, with what this build reads.
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

    /// A result that cannot be read would be an error in every run, so each effect has an example of its stored results.
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
