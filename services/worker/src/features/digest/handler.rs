//! Posts an incident in the digest channel, or draws that post anew.

use std::time::Duration;

use async_trait::async_trait;
use domain::{Incident, IncidentId, Posted};
use queue::JobContext;
use slack::Message;
use store::missing_in_slack;
use store::posted_messages::{self, Kind, PostedMessage};
use store::slack_channels::SlackChannel;

use super::channels::look_for_channels;
use super::message::message;
use crate::Worker;
use crate::effects::Place;
use crate::failure::Failure;
use crate::messages::KeptMessage;
use crate::perform::{Handler, OnDiscard, Perform};

/// How long to wait for the channels to be copied before looking again.
const FIRST_LOOKS: Duration = Duration::from_secs(1);
/// How long to wait for a person to make the channel or to invite the bot; a copy takes calls that are limited.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// What is noted as missing.
const CHANNEL: &str = "digest channel";

#[async_trait]
impl Perform for jobs::DrawDigest {
    const ON_DISCARD: OnDiscard = OnDiscard::Problem("The incident could not be posted in the digest channel.");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some((mut incident, settings)) = worker.incident_and_settings(self.incident).await? else {
            return Ok(());
        };
        if incident.channel_id.is_none() {
            return Ok(());
        }
        adopt(worker, &mut incident).await?;
        let message = message(&incident, &settings, worker.console_link(&incident).as_deref());
        if incident.private && !settings.private_in_digest {
            return update(worker, &incident, &message).await;
        }
        let kept = KeptMessage {
            stays: true,
            ..KeptMessage::in_channel(Kind::Digest, incident.id, format!("{}/digest", incident.id))
        };
        let digest = match (worker.known_digest_channel().await?, &incident.digest) {
            (Some(digest), _) => digest,
            // It is updated where it stands, whatever became of the digest channel.
            (None, Some(posted)) => posted.channel.clone(),
            (None, None) => digest_channel(worker, incident.id).await?,
        };
        let rendered = match worker.render(&kept, Place::channel(&digest), &message).await {
            // The bot was removed from the channel since it was copied.
            Err(Failure::Slack(slack::Error::Refused { code, .. })) if code == "not_in_channel" => {
                worker.join(&digest).await?;
                worker.render(&kept, Place::channel(&digest), &message).await?
            }
            rendered => rendered?,
        };
        let mut tx = worker.pool.begin().await?;
        rendered.remember(&mut tx).await?;
        context.complete(&mut tx).await?;
        store::commit(tx).await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::DrawDigest>());

/// Makes the post of incident-bot 0.8.2 ours, where the incident came from there and has none of ours: whatever renders it
/// first updates it where it stands.
async fn adopt(worker: &Worker, incident: &mut Incident) -> Result<(), Failure> {
    if incident.digest.is_some() || incident.channel_number > 1 {
        return Ok(());
    }
    let imported = {
        let mut conn = worker.pool.acquire().await?;
        store::legacy::of_incident(&mut conn, incident.id).await?
    };
    let Some(ts) = imported.and_then(|imported| imported.digest_ts) else {
        return Ok(());
    };
    let channel = digest_channel(worker, incident.id).await?;
    let post = PostedMessage {
        recipient: String::new(),
        posted: Posted { channel, ts },
        key: format!("{}/digest", incident.id),
    };
    let mut conn = worker.pool.acquire().await?;
    posted_messages::set(&mut conn, Kind::Digest, incident.id.0, incident.id, &post).await?;
    incident.digest = Some(post.posted);
    Ok(())
}

/// Updates the post of an incident that is not to be posted any more, where it still stands: one that somebody deleted
/// does not come back.
async fn update(worker: &Worker, incident: &Incident, message: &Message) -> Result<(), Failure> {
    let standing = {
        let mut conn = worker.pool.acquire().await?;
        posted_messages::get(&mut conn, Kind::Digest, incident.id.0, "").await?
    };
    let Some(PostedMessage { posted, key, .. }) = standing else {
        return Ok(());
    };
    match worker
        .slack
        .update_message(&posted.channel, &posted.ts, message, &key)
        .await
    {
        Err(error) if error.is_message_gone() => {
            let mut conn = worker.pool.acquire().await?;
            Ok(posted_messages::forget(&mut conn, Kind::Digest, incident.id.0).await?)
        }
        updated => Ok(updated?),
    }
}

/// The digest channel, with the bot in it.
async fn digest_channel(worker: &Worker, incident: IncidentId) -> Result<String, Failure> {
    let wanted = &worker.config.digest_channel;
    let known = {
        let mut conn = worker.pool.acquire().await?;
        store::slack_channels::find(&mut conn, wanted).await?
    };
    match known {
        Some(SlackChannel { id, member: true, .. }) => Ok(id),
        Some(SlackChannel { id, private: false, .. }) => {
            worker.join(&id).await?;
            Ok(id)
        }
        Some(_) => Err(missing(worker, incident, "The bot is not in it: invite it there.").await?),
        None => Err(missing(
            worker,
            incident,
            "The bot can't see it: create it, or invite the bot to it.",
        )
        .await?),
    }
}

/// Has the channels copied again and waits for it; says once per incident what is wrong, when that did not help.
async fn missing(worker: &Worker, incident: IncidentId, what_to_do: &str) -> Result<Failure, Failure> {
    let mut tx = worker.pool.begin().await?;
    let is_new = missing_in_slack::notice(&mut tx, incident, CHANNEL).await?;
    let copied = !is_new && missing_in_slack::copied_since(&mut tx, incident, CHANNEL, "channels").await?;
    // The copy may have come after the channel was looked up in it.
    let known = store::slack_channels::find(&mut tx, &worker.config.digest_channel).await?;
    if known.is_some_and(|channel| channel.member || !channel.private) {
        return Ok(Failure::Wait {
            delay: Duration::ZERO,
            reason: "the digest channel has just become known",
        });
    }
    if copied && missing_in_slack::report(&mut tx, incident, CHANNEL).await? {
        let name = &worker.config.digest_channel;
        let sentence = format!(
            "The digest channel #{name} could not be used, so this incident is not posted there yet. {what_to_do}"
        );
        worker.note_problem(&mut tx, incident, &sentence, None).await?;
    }
    look_for_channels(&mut tx).await?;
    tx.commit().await?;
    let delay = if copied { LOOK_AGAIN } else { FIRST_LOOKS };
    Ok(Failure::Wait {
        delay,
        reason: "the digest channel is being looked for",
    })
}
