//! Puts what was read into a file and shares it in the channel, once.

use async_trait::async_trait;
use jobs::payloads::slack as job;
use queue::{Discard, Handler, JobContext, Outcome};
use store::{PgConnection, chat_exports};
use uuid::Uuid;

use super::message::comment;
use super::{sentence, text};
use crate::Worker;
use crate::failure::{Failure, outcome};
use crate::files::SharedFile;

/// Uploads what was read of a channel as a file.
pub(crate) struct UploadChat(pub(crate) Worker);

#[async_trait]
impl Handler<job::UploadChat> for UploadChat {
    async fn run(&self, job: job::UploadChat, context: &JobContext) -> Outcome {
        outcome(self.upload(&job, context).await)
    }

    async fn discarded(
        &self,
        job: &job::UploadChat,
        why: &Discard<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        chat_exports::end(conn, job.export, self.0.config.jobs.clock.now()).await?;
        // What was read is gone: it is exported anew.
        self.0
            .note_problem(conn, job.incident, &sentence(why.reason), None)
            .await
    }
}

impl UploadChat {
    async fn upload(&self, job: &job::UploadChat, context: &JobContext) -> Result<(), Failure> {
        let Some((incident, settings)) = self.0.incident_and_settings(job.incident).await? else {
            return Ok(());
        };
        let (export, lines, names) = {
            let mut conn = self.0.pool.acquire().await?;
            let Some(export) = chat_exports::get(&mut conn, job.export).await? else {
                return Ok(());
            };
            let lines = chat_exports::lines(&mut conn, job.export).await?;
            let names = store::slack_names::of(&mut conn, &text::named(&lines)).await?;
            (export, lines, names)
        };
        let mark = mark(job.export);
        let key = format!("{}/export/{}", incident.id, job.export);
        let text = text::text(&incident, &settings, &export, &lines, &names);
        let comment = comment(&export.requested_by, lines.len());
        let file = SharedFile {
            worker: &self.0,
            key: &key,
            channel: &export.channel_id,
            name: format!("{}-chat-{mark}.txt", incident.channel_name),
            mark,
            bytes: text.into_bytes(),
            comment: &comment,
        };
        self.0.share_once(&file).await?;
        let mut tx = self.0.pool.begin().await?;
        let by = &export.requested_by;
        incidents::chat_exported(&mut tx, incident.id, job.export, by, lines.len(), context.now()).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// The random end of an export's id, which the file's name carries: by that it is found again.
fn mark(export: Uuid) -> String {
    let (_, end) = export.as_u64_pair();
    (end & (u64::MAX >> 8)).to_string()
}
