//! Posts an update in the digest channel.

use async_trait::async_trait;
use domain::Posted;
use jobs::payloads::slack as job;
use queue::{Discard, Handler, JobContext, Outcome};
use slack::Message;
use store::PgConnection;

use super::message::message;
use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};

/// How many runs have the post in the digest channel rendered again: where that is refused too, people are told each time.
const MAX_RENDERS: u32 = 3;

/// Posts an update in the digest channel.
pub(crate) struct PostUpdate(pub(crate) Worker);

#[async_trait]
impl Handler<job::PostUpdate> for PostUpdate {
    async fn run(&self, job: job::PostUpdate, context: &JobContext) -> Outcome {
        outcome(self.post(job, context).await)
    }

    async fn discarded(
        &self,
        job: &job::PostUpdate,
        why: &Discard<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let sentence = format!("An update could not be posted in the digest channel. {why}");
        self.0.note_problem(conn, job.incident, &sentence, Some(why.job)).await
    }
}

impl PostUpdate {
    async fn post(&self, job: job::PostUpdate, context: &JobContext) -> Result<(), Failure> {
        let Some((incident, settings)) = self.0.incident_and_settings(job.incident).await? else {
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
            key: format!("{}/update/{}", incident.id, job.revision),
            message: message(&incident, &settings, &job),
            in_thread: settings.updates_in_thread,
        };
        let posted = match self.post_at(digest, &update).await {
            Err(Failure::Slack(error)) if error.code() == Some("not_in_channel") => {
                self.0.join(&digest.channel).await?;
                self.post_at(digest, &update).await
            }
            posted => posted,
        };
        let Err(Failure::Slack(error)) = &posted else {
            return posted;
        };
        let moves = error.is_channel_unusable() && self.is_replaced(digest).await?;
        if !moves && !error.is_thread_gone() {
            return posted;
        }
        // That job posts the incident's post anew, where people look now.
        if context.attempt() <= MAX_RENDERS {
            let mut conn = self.0.pool.acquire().await?;
            let render = job::DrawDigest { incident: incident.id };
            queue::enqueue(&mut conn, vec![render.job()]).await?;
        }
        Err(Failure::not_yet(
            "the incident's post in the digest channel is posted anew",
        ))
    }

    async fn post_at(&self, digest: &Posted, update: &Update) -> Result<(), Failure> {
        let place = if update.in_thread {
            self.0.thread_of(digest).await?
        } else {
            Place::channel(&digest.channel)
        };
        self.0.post_once(&update.key, place, &update.message).await?;
        Ok(())
    }

    /// Whether there is another digest channel by now.
    async fn is_replaced(&self, digest: &Posted) -> Result<bool, Failure> {
        let known = self.0.known_digest_channel().await?;
        Ok(known.is_some_and(|known| known != digest.channel))
    }
}

/// An update as it is posted.
struct Update {
    key: String,
    message: Message,
    in_thread: bool,
}
