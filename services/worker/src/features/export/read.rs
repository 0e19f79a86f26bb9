//! Reads a channel, one page in a run: a long channel goes within Slack's limits, and nothing is read twice after a stop.

use async_trait::async_trait;
use queue::{Discard, JobContext, NewJob};
use slack::Written;
use store::PgConnection;
use store::chat_exports::{self, Line};

use super::sentence;
use crate::Worker;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::ReadChat {
    const ON_DISCARD: OnDiscard = OnDiscard::OwnProblem;

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let (export, thread) = {
            let mut conn = worker.pool.acquire().await?;
            let Some(export) = chat_exports::get(&mut conn, self.export).await? else {
                return Ok(());
            };
            let thread = chat_exports::next_thread(&mut conn, self.export).await?;
            (export, thread)
        };
        if !export.channel_read {
            let (page, next) = worker.slack.history(&export.channel_id, export.cursor).await?;
            let threads: Vec<_> = page
                .iter()
                .filter(|written| written.reply_count > 0)
                .map(|written| written.ts.clone())
                .collect();
            let mut tx = worker.pool.begin().await?;
            chat_exports::keep(&mut tx, export.id, &lines(page)).await?;
            chat_exports::add_threads(&mut tx, export.id, &threads).await?;
            chat_exports::set_cursor(&mut tx, export.id, next.as_deref()).await?;
            return finish(tx, context, NewJob::new(&self)).await;
        }
        if let Some(thread) = thread {
            let read = worker.slack.thread(&export.channel_id, &thread.ts, thread.cursor).await;
            let (page, next) = match read {
                // Somebody deleted it meanwhile.
                Err(slack::Error::NotFound { code, .. }) if code == "thread_not_found" => (Vec::new(), None),
                answer => answer?,
            };
            let mut tx = worker.pool.begin().await?;
            chat_exports::keep(&mut tx, export.id, &lines(page)).await?;
            chat_exports::thread_read(&mut tx, export.id, &thread.ts, next.as_deref()).await?;
            return finish(tx, context, NewJob::new(&self)).await;
        }
        let upload = jobs::UploadChat {
            incident: self.incident,
            export: self.export,
        };
        let tx = worker.pool.begin().await?;
        finish(tx, context, NewJob::new(&upload)).await
    }

    async fn discarded(&self, worker: &Worker, why: &Discard<'_>, conn: &mut PgConnection) -> Result<(), store::Error> {
        chat_exports::end(conn, self.export, worker.config.jobs.clock.now()).await?;
        // What was read is gone: it is exported anew.
        worker
            .note_problem(conn, self.incident, &sentence(why.reason), None)
            .await
    }
}

inventory::submit!(Handler::of::<jobs::ReadChat>());

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
