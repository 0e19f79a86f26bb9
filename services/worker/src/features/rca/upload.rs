//! Puts the RCA document into a file and shares it in a channel, once.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::rca::{Document, html, markdown};
use domain::{Incident, Settings};
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, Outcome};
use store::PgConnection;

use crate::Worker;
use crate::effects::Effect;
use crate::failure::{Failure, outcome};

/// Puts the RCA document into a file and shares it in a channel.
pub(crate) struct UploadRca(pub(crate) Worker);

#[async_trait]
impl Handler<job::UploadRca> for UploadRca {
    async fn run(&self, job: job::UploadRca, _context: &JobContext) -> Outcome {
        outcome(self.upload(&job).await)
    }

    async fn given_up(
        &self,
        job: &job::UploadRca,
        why: &GivenUp<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let sentence = format!("The RCA document could not be shared as a file. {why}");
        self.0
            .note_rca_problem(conn, job.incident, &sentence, Some(why.job))
            .await
    }
}

impl Worker {
    /// The document of an incident as it is now.
    pub(super) async fn rca_document(
        &self,
        incident: &Incident,
        settings: &Settings,
        accounts: &BTreeMap<String, String>,
    ) -> Result<Document, Failure> {
        let console = self.console_link(incident);
        let mut conn = self.pool.acquire().await?;
        Ok(incidents::rca_document(&mut conn, incident, settings, console, accounts).await?)
    }
}

impl UploadRca {
    async fn upload(&self, job: &job::UploadRca) -> Result<(), Failure> {
        let Some((incident, settings)) = self.0.incident_and_settings(job.incident).await? else {
            return Ok(());
        };
        let document = self.0.rca_document(&incident, &settings, &BTreeMap::new()).await?;
        let (text, extension) = match job.format {
            job::RcaFormat::Markdown => (markdown(&document), "md"),
            job::RcaFormat::Html => (html(&document), "html"),
        };
        let (_, end) = job.export.as_u64_pair();
        let mark = (end & (u64::MAX >> 8)).to_string();
        let file = SharedFile {
            slack: &self.0.slack,
            channel: &job.channel,
            name: format!("{}-rca-{mark}.{extension}", incident.channel_name),
            text,
            mark,
        };
        let key = format!("{}/rca_file/{}", incident.id, job.export);
        self.0.once(&key, self.0.slack.timeout(), &file).await?;
        Ok(())
    }
}

/// A file that is shared once: its name is how it is found again.
struct SharedFile<'a> {
    slack: &'a slack::Client,
    channel: &'a str,
    name: String,
    text: String,
    mark: String,
}

#[async_trait]
impl Effect for SharedFile<'_> {
    type Made = String;

    async fn find(&self, oldest: DateTime<Utc>) -> Result<Option<String>, Failure> {
        let there = self.slack.find_file(self.channel, &self.mark, oldest).await?;
        Ok(there.then(|| self.mark.clone()))
    }

    async fn make(&self) -> Result<String, Failure> {
        let file = self.slack.upload(&self.name, self.text.clone().into()).await?;
        let comment = "📄 The RCA document as it is now. The parts that people fill in are empty in it.";
        self.slack.share_file(self.channel, &file, &self.name, comment).await?;
        Ok(self.mark.clone())
    }
}
