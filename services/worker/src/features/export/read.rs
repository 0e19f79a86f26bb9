//! Reads a channel, one page in a run: a long channel goes within Slack's limits, and nothing is read twice after a stop.

use async_trait::async_trait;
use jobs::payloads::slack as job;
use queue::{Discard, Handler, JobContext, NewJob, Outcome};
use slack::Written;
use store::PgConnection;
use store::chat_exports::{self, Line};

use super::sentence;
use crate::Worker;
use crate::failure::{Failure, outcome};

/// Reads one page of a channel that is exported, or of one of its threads.
pub(crate) struct ReadChat(pub(crate) Worker);

#[async_trait]
impl Handler<job::ReadChat> for ReadChat {
    async fn run(&self, job: job::ReadChat, context: &JobContext) -> Outcome {
        outcome(self.read(&job, context).await)
    }

    async fn discarded(
        &self,
        job: &job::ReadChat,
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

impl ReadChat {
    async fn read(&self, job: &job::ReadChat, context: &JobContext) -> Result<(), Failure> {
        let (export, thread) = {
            let mut conn = self.0.pool.acquire().await?;
            let Some(export) = chat_exports::get(&mut conn, job.export).await? else {
                return Ok(());
            };
            let thread = chat_exports::next_thread(&mut conn, job.export).await?;
            (export, thread)
        };
        if !export.channel_read {
            let (page, next) = self.0.slack.history(&export.channel_id, export.cursor).await?;
            let threads: Vec<_> = page
                .iter()
                .filter(|written| written.reply_count > 0)
                .map(|written| written.ts.clone())
                .collect();
            let mut tx = self.0.pool.begin().await?;
            chat_exports::keep(&mut tx, export.id, &lines(page)).await?;
            chat_exports::add_threads(&mut tx, export.id, &threads).await?;
            chat_exports::set_cursor(&mut tx, export.id, next.as_deref()).await?;
            return finish(tx, context, NewJob::new(job)).await;
        }
        if let Some(thread) = thread {
            let read = self.0.slack.thread(&export.channel_id, &thread.ts, thread.cursor).await;
            let (page, next) = match read {
                // Somebody deleted it meanwhile.
                Err(slack::Error::NotFound { code, .. }) if code == "thread_not_found" => (Vec::new(), None),
                answer => answer?,
            };
            let mut tx = self.0.pool.begin().await?;
            chat_exports::keep(&mut tx, export.id, &lines(page)).await?;
            chat_exports::thread_read(&mut tx, export.id, &thread.ts, next.as_deref()).await?;
            return finish(tx, context, NewJob::new(job)).await;
        }
        let upload = job::UploadChat {
            incident: job.incident,
            export: job.export,
        };
        let tx = self.0.pool.begin().await?;
        finish(tx, context, NewJob::new(&upload)).await
    }
}

/// Commits what was read together with the job that goes on.
async fn finish(mut tx: store::Transaction, context: &JobContext, next: NewJob) -> Result<(), Failure> {
    context.enqueue(&mut tx, vec![next]).await?;
    context.complete(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}

fn lines(page: Vec<Written>) -> Vec<Line> {
    let line = |written: Written| Line {
        thread_ts: written.thread_ts.clone().unwrap_or_else(|| written.ts.clone()),
        author: written.author().to_owned(),
        app_name: written.app_name().map(str::to_owned),
        ts: written.ts,
        text: written.text,
        files: written
            .files
            .into_iter()
            .map(|file| file.name.replace('\n', " "))
            .collect(),
    };
    page.into_iter().map(line).collect()
}
