//! Messages that are kept up to date: the one way to post, update or post them again.
//!
//! A row of `posted_messages` holds the place of such a message. If somebody deleted the message, it is posted again; also if
//! it belongs into the incident's channel and the incident has another channel by now.

use domain::{IncidentId, Posted};
use slack::Message;
use store::PgConnection;
use store::posted_messages::{self, Kind, PostedMessage};
use uuid::Uuid;

use crate::Worker;
use crate::effects::Place;
use crate::failure::Failure;

/// How often a message is posted again in one run because somebody deletes it immediately.
const MAX_POSTS: usize = 3;

/// A message that is kept up to date.
#[derive(Clone, Debug)]
pub(crate) struct KeptMessage<'a> {
    pub(crate) kind: Kind,
    /// The kind of message.
    pub(crate) subject: Uuid,
    /// Slack's id of the person who gets it as a direct message; empty for one in a channel.
    pub(crate) recipient: &'a str,
    /// The incident that it is about.
    pub(crate) incident: IncidentId,
    /// The key of the first post.
    pub(crate) key: String,
    /// Whether it is updated in its current place although a new one would be posted elsewhere.
    pub(crate) stays: bool,
}

impl KeptMessage<'_> {
    /// A message of the incident itself, of which each channel gets one.
    pub(crate) fn in_channel(kind: Kind, incident: IncidentId, key: String) -> Self {
        Self {
            kind,
            subject: incident.0,
            recipient: "",
            incident,
            key,
            stays: false,
        }
    }

    /// The key of the post that replaces the message `before`, which is gone or in another place.
    fn key_after(&self, before: &Posted) -> String {
        format!("{}/after/{}", self.key, before.ts)
    }

    /// Whether this key was derived from ours.
    fn is_ours(&self, key: &str) -> bool {
        let rest = key.strip_prefix(self.key.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("/after/"))
    }
}

/// A message after it was rendered.
#[derive(Debug)]
pub(crate) struct Rendered<'a> {
    kept: &'a KeptMessage<'a>,
    message: PostedMessage,
    /// Whether its place is new: not stored yet.
    pub(crate) is_new: bool,
}

impl Rendered<'_> {
    /// Its channel and `ts`.
    pub(crate) fn posted(&self) -> &Posted {
        &self.message.posted
    }

    /// Stores its place, in the transaction that completes the job.
    pub(crate) async fn remember(&self, conn: &mut PgConnection) -> Result<(), store::Error> {
        if !self.is_new {
            return Ok(());
        }
        let KeptMessage {
            kind,
            subject,
            incident,
            ..
        } = *self.kept;
        posted_messages::set(conn, kind, subject, incident, &self.message).await
    }
}

impl Worker {
    /// The thread of a message that was posted before.
    ///
    /// # Errors
    /// `thread_not_found` if somebody deleted the message: Slack would accept replies to it, but nobody sees them.
    pub(crate) async fn thread_of<'a>(&self, posted: &'a Posted) -> Result<Place<'a>, Failure> {
        let Posted { channel, ts } = posted;
        let found = self.slack.message(channel, ts).await?;
        if found.is_some_and(|found| !found.is_tombstone()) {
            return Ok(Place {
                channel,
                thread_ts: Some(ts),
            });
        }
        Err(Failure::Slack(slack::Error::NotFound {
            method: "conversations.history",
            code: "thread_not_found".to_owned(),
        }))
    }

    /// Updates a message, or posts it at `place` if it does not exist there yet or anymore.
    pub(crate) async fn render<'a>(
        &self,
        kept: &'a KeptMessage<'a>,
        place: Place<'_>,
        message: &Message,
    ) -> Result<Rendered<'a>, Failure> {
        let before = {
            let mut conn = self.pool.acquire().await?;
            posted_messages::get(&mut conn, kept.kind, kept.subject, kept.recipient).await?
        };
        let mut key = kept.key.clone();
        if let Some(before) = before {
            let elsewhere = before.posted.channel != place.channel;
            if !elsewhere || kept.stays {
                let Posted { channel, ts } = &before.posted;
                match self.slack.update_message(channel, ts, message, &before.key).await {
                    Ok(()) => {
                        return Ok(Rendered {
                            kept,
                            message: before,
                            is_new: false,
                        });
                    }
                    Err(error) if error.is_message_gone() || (elsewhere && error.is_channel_unusable()) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            if kept.is_ours(&before.key) {
                key = kept.key_after(&before.posted);
            }
        }
        for _ in 0..MAX_POSTS {
            let (ts, found) = self.post_or_find(&key, place, message).await?;
            let posted = Posted {
                channel: place.channel.to_owned(),
                ts,
            };
            if found {
                // An earlier run posted it and did not finish: it shows older state.
                match self
                    .slack
                    .update_message(&posted.channel, &posted.ts, message, &key)
                    .await
                {
                    Err(error) if error.is_message_gone() => {
                        key = kept.key_after(&posted);
                        continue;
                    }
                    answer => answer?,
                }
            }
            return Ok(Rendered {
                kept,
                message: PostedMessage {
                    recipient: kept.recipient.to_owned(),
                    posted,
                    key,
                },
                is_new: true,
            });
        }
        Err(Failure::Never("The message keeps being deleted.".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_is_gone_gets_another_key() {
        let kept = KeptMessage::in_channel(Kind::Panel, IncidentId::generate(), "1/panel".to_owned());
        let gone = Posted {
            channel: "C1".to_owned(),
            ts: "5.1".to_owned(),
        };
        let key = kept.key_after(&gone);
        assert_eq!(key, "1/panel/after/5.1");
        assert!(kept.is_ours("1/panel") && kept.is_ours(&key));
        // Of another channel of the same incident.
        assert!(!kept.is_ours("1/panel/2") && !kept.is_ours("1/panels"));
    }
}
