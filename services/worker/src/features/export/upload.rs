//! Puts what was read into a file and shares it in the channel, once.

use async_trait::async_trait;
use queue::{Discard, JobContext};
use store::{PgConnection, chat_exports};
use uuid::Uuid;

use super::message::comment;
use super::{sentence, text};
use crate::Worker;
use crate::failure::Failure;
use crate::files::SharedFile;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::UploadChat {
    const ON_DISCARD: OnDiscard = OnDiscard::OwnProblem;

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some((incident, settings)) = worker.incident_and_settings(self.incident).await? else {
            return Ok(());
        };
        let (export, lines, names) = {
            let mut conn = worker.pool.acquire().await?;
            let Some(export) = chat_exports::get(&mut conn, self.export).await? else {
                return Ok(());
            };
            let lines = chat_exports::lines(&mut conn, self.export).await?;
            let names = store::slack_names::of(&mut conn, &text::named(&lines)).await?;
            (export, lines, names)
        };
        let mark = mark(self.export);
        let key = format!("{}/export/{}", incident.id, self.export);
        let text = text::text(&incident, &settings, &export, &lines, &names);
        let comment = comment(&export.requested_by, lines.len());
        let file = SharedFile {
            worker,
            key: &key,
            channel: &export.channel_id,
            name: format!("{}-chat-{mark}.txt", incident.channel_name),
            mark,
            bytes: text.into_bytes(),
            comment: &comment,
        };
        worker.share_once(&file).await?;
        let mut tx = worker.pool.begin().await?;
        let by = &export.requested_by;
        incidents::chat_exported(&mut tx, incident.id, self.export, by, lines.len(), context.now()).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn discarded(&self, worker: &Worker, why: &Discard<'_>, conn: &mut PgConnection) -> Result<(), store::Error> {
        chat_exports::end(conn, self.export, worker.config.jobs.clock.now()).await?;
        // What was read is gone: it is exported anew.
        worker
            .note_problem(conn, self.incident, &sentence(why.reason), None)
            .await
    }
}

inventory::submit!(Handler::of::<jobs::UploadChat>());

/// The random end of an export's id, which the file's name carries: by that it is found again.
fn mark(export: Uuid) -> String {
    let (_, end) = export.as_u64_pair();
    (end & (u64::MAX >> 8)).to_string()
}
