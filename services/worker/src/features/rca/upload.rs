//! Puts the RCA document into a file and shares it in a channel, once.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::rca::{Document, html, markdown};
use domain::{Incident, Settings};
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, Outcome};
use store::PgConnection;

use crate::Worker;
use crate::failure::{Failure, outcome};
use crate::files::SharedFile;

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
            worker: &self.0,
            key: &format!("{}/rca_file/{}", incident.id, job.export),
            channel: &job.channel,
            name: format!("{}-rca-{mark}.{extension}", incident.channel_name),
            mark,
            bytes: text.into_bytes(),
            comment: "📄 The RCA document in its current state. The parts for people to write are empty.",
        };
        self.0.share_once(&file).await
    }
}
