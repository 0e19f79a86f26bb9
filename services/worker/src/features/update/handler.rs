//! Posts an update in the digest channel.

use async_trait::async_trait;
use domain::Posted;
use queue::JobContext;
use slack::Message;

use super::message::message;
use crate::Worker;
use crate::effects::Place;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

/// How many runs have the post in the digest channel rendered again: where that is refused too, people are told each time.
const MAX_RENDERS: u32 = 3;

#[async_trait]
impl Perform for jobs::PostUpdate {
    const ON_DISCARD: OnDiscard = OnDiscard::Problem("An update could not be posted in the digest channel.");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some((incident, settings)) = worker.incident_and_settings(self.incident).await? else {
            return Ok(());
        };
        // Of a private incident the digest shows at most that it exists; its channel has the notice.
        if incident.private {
            return Ok(());
        }
        let Some(digest) = &incident.digest else {
            return Err(Failure::not_yet("the incident has no post in the digest channel yet"));
        };
        let update = Update {
            key: format!("{}/update/{}", incident.id, self.revision),
            message: message(&incident, &settings, &self),
            in_thread: settings.updates_in_thread,
        };
        let posted = match post_at(worker, digest, &update).await {
            Err(Failure::Slack(error)) if error.code() == Some("not_in_channel") => {
                worker.join(&digest.channel).await?;
                post_at(worker, digest, &update).await
            }
            posted => posted,
        };
        let Err(Failure::Slack(error)) = &posted else {
            return posted;
        };
        let moves = error.is_channel_unusable() && is_replaced(worker, digest).await?;
        if !moves && !error.is_thread_gone() {
            return posted;
        }
        // That job posts the incident's post anew, where people look now.
        if context.attempt() <= MAX_RENDERS {
            let mut conn = worker.pool.acquire().await?;
            let render = jobs::DrawDigest { incident: incident.id };
            queue::enqueue(&mut conn, vec![render.job()]).await?;
        }
        Err(Failure::not_yet(
            "the incident's post in the digest channel is posted anew",
        ))
    }
}

inventory::submit!(Handler::of::<jobs::PostUpdate>());

async fn post_at(worker: &Worker, digest: &Posted, update: &Update) -> Result<(), Failure> {
    let place = if update.in_thread {
        worker.thread_of(digest).await?
    } else {
        Place::channel(&digest.channel)
    };
    worker.post_once(&update.key, place, &update.message).await?;
    Ok(())
}

/// Whether there is another digest channel by now.
async fn is_replaced(worker: &Worker, digest: &Posted) -> Result<bool, Failure> {
    let known = worker.known_digest_channel().await?;
    Ok(known.is_some_and(|known| known != digest.channel))
}

/// An update as it is posted.
struct Update {
    key: String,
    message: Message,
    in_thread: bool,
}
