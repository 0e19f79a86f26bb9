//! Posts an incident in the digest channel, or draws that post anew.

use std::time::Duration;

use async_trait::async_trait;
use domain::{Incident, IncidentId, Posted};
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, Outcome};
use slack::Message;
use store::posted_messages::{self, Kind, PostedMessage};
use store::slack_channels::SlackChannel;
use store::{PgConnection, missing_in_slack};

use super::channels::look_for_channels;
use super::message::message;
use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};
use crate::messages::KeptMessage;

/// How long to wait for the channels to be copied before looking again.
const FIRST_LOOKS: Duration = Duration::from_secs(1);
/// How long to wait for a person to make the channel or to invite the bot; a copy takes calls that are limited.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// What is noted as missing.
const CHANNEL: &str = "digest channel";

/// Posts an incident in the digest channel, or draws that post anew.
pub(crate) struct DrawDigest(pub(crate) Worker);

#[async_trait]
impl Handler<job::DrawDigest> for DrawDigest {
    async fn run(&self, job: job::DrawDigest, context: &JobContext) -> Outcome {
        outcome(self.draw(job, context).await)
    }

    async fn given_up(
        &self,
        job: &job::DrawDigest,
        why: &GivenUp<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        self.0
            .note_problem(
                conn,
                job.incident,
                &format!("The incident could not be posted in the digest channel. {why}"),
                Some(why.job),
            )
            .await
    }
}

impl DrawDigest {
    async fn draw(&self, job: job::DrawDigest, context: &JobContext) -> Result<(), Failure> {
        let Some((mut incident, settings)) = self.0.incident_and_settings(job.incident).await? else {
            return Ok(());
        };
        if incident.channel_id.is_none() {
            return Ok(());
        }
        self.adopt(&mut incident).await?;
        let message = message(&incident, &settings, self.0.console_link(&incident).as_deref());
        if incident.private && !settings.private_in_digest {
            return self.update(&incident, &message).await;
        }
        let kept = KeptMessage {
            stays: true,
            ..KeptMessage::in_channel(Kind::Digest, incident.id, format!("{}/digest", incident.id))
        };
        let digest = match (self.0.known_digest_channel().await?, &incident.digest) {
            (Some(digest), _) => digest,
            // It is updated where it stands, whatever became of the digest channel.
            (None, Some(posted)) => posted.channel.clone(),
            (None, None) => self.digest_channel(incident.id).await?,
        };
        let rendered = match self.0.render(&kept, Place::channel(&digest), &message).await {
            // The bot was removed from the channel since it was copied.
            Err(Failure::Slack(slack::Error::Refused { code, .. })) if code == "not_in_channel" => {
                self.0.join(&digest).await?;
                self.0.render(&kept, Place::channel(&digest), &message).await?
            }
            rendered => rendered?,
        };
        let mut tx = self.0.pool.begin().await?;
        rendered.remember(&mut tx).await?;
        context.complete(&mut tx).await?;
        store::commit(tx).await?;
        Ok(())
    }

    /// Makes the post of incident-bot 0.8.2 ours, where the incident came from there and has none of ours: whatever renders it
    /// first updates it where it stands.
    async fn adopt(&self, incident: &mut Incident) -> Result<(), Failure> {
        if incident.digest.is_some() || incident.channel_number > 1 {
            return Ok(());
        }
        let imported = {
            let mut conn = self.0.pool.acquire().await?;
            store::legacy::of_incident(&mut conn, incident.id).await?
        };
        let Some(ts) = imported.and_then(|imported| imported.digest_ts) else {
            return Ok(());
        };
        let channel = self.digest_channel(incident.id).await?;
        let post = PostedMessage {
            recipient: String::new(),
            posted: Posted { channel, ts },
            key: format!("{}/digest", incident.id),
        };
        let mut conn = self.0.pool.acquire().await?;
        posted_messages::set(&mut conn, Kind::Digest, incident.id.0, incident.id, &post).await?;
        incident.digest = Some(post.posted);
        Ok(())
    }

    /// Updates the post of an incident that is not to be posted any more, where it still stands: one that somebody deleted
    /// does not come back.
    async fn update(&self, incident: &Incident, message: &Message) -> Result<(), Failure> {
        let standing = {
            let mut conn = self.0.pool.acquire().await?;
            posted_messages::get(&mut conn, Kind::Digest, incident.id.0, "").await?
        };
        let Some(PostedMessage { posted, key, .. }) = standing else {
            return Ok(());
        };
        match self
            .0
            .slack
            .update_message(&posted.channel, &posted.ts, message, &key)
            .await
        {
            Err(error) if error.is_message_gone() => {
                let mut conn = self.0.pool.acquire().await?;
                Ok(posted_messages::forget(&mut conn, Kind::Digest, incident.id.0).await?)
            }
            updated => Ok(updated?),
        }
    }

    /// The digest channel, with the bot in it.
    async fn digest_channel(&self, incident: IncidentId) -> Result<String, Failure> {
        let wanted = &self.0.config.digest_channel;
        let known = {
            let mut conn = self.0.pool.acquire().await?;
            store::slack_channels::find(&mut conn, wanted).await?
        };
        match known {
            Some(SlackChannel { id, member: true, .. }) => Ok(id),
            Some(SlackChannel { id, private: false, .. }) => {
                self.0.join(&id).await?;
                Ok(id)
            }
            Some(_) => Err(self.missing(incident, "The bot is not in it: invite it there.").await?),
            None => Err(self
                .missing(incident, "The bot can't see it: create it, or invite the bot to it.")
                .await?),
        }
    }

    /// Has the channels copied again and waits for it; says once per incident what is wrong, when that did not help.
    async fn missing(&self, incident: IncidentId, what_to_do: &str) -> Result<Failure, Failure> {
        let mut tx = self.0.pool.begin().await?;
        let is_new = missing_in_slack::notice(&mut tx, incident, CHANNEL).await?;
        let copied = !is_new && missing_in_slack::copied_since(&mut tx, incident, CHANNEL, "channels").await?;
        // The copy may have come after the channel was looked up in it.
        let known = store::slack_channels::find(&mut tx, &self.0.config.digest_channel).await?;
        if known.is_some_and(|channel| channel.member || !channel.private) {
            return Ok(Failure::Wait {
                delay: Duration::ZERO,
                reason: "the digest channel has just become known",
            });
        }
        if copied && missing_in_slack::report(&mut tx, incident, CHANNEL).await? {
            let name = &self.0.config.digest_channel;
            let sentence = format!(
                "The digest channel #{name} could not be used, so this incident is not posted there yet. {what_to_do}"
            );
            self.0.note_problem(&mut tx, incident, &sentence, None).await?;
        }
        look_for_channels(&mut tx).await?;
        tx.commit().await?;
        let delay = if copied { LOOK_AGAIN } else { FIRST_LOOKS };
        Ok(Failure::Wait {
            delay,
            reason: "the digest channel is being looked for",
        })
    }
}
