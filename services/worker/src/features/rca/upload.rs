//! Puts the RCA document into a file and shares it in a channel, once.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::rca::{Document, html, markdown};
use domain::{Incident, Settings};
use queue::JobContext;

use crate::Worker;
use crate::failure::Failure;
use crate::files::SharedFile;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::UploadRca {
    const ON_DISCARD: OnDiscard = OnDiscard::RcaProblem("The RCA document could not be shared as a file.");

    async fn perform(self, worker: &Worker, _context: &JobContext) -> Result<(), Failure> {
        let Some((incident, settings)) = worker.incident_and_settings(self.incident).await? else {
            return Ok(());
        };
        let document = worker.rca_document(&incident, &settings, &BTreeMap::new()).await?;
        let (text, extension) = match self.format {
            jobs::RcaFormat::Markdown => (markdown(&document), "md"),
            jobs::RcaFormat::Html => (html(&document), "html"),
        };
        let (_, end) = self.export.as_u64_pair();
        let mark = (end & (u64::MAX >> 8)).to_string();
        let file = SharedFile {
            worker,
            key: &format!("{}/rca_file/{}", incident.id, self.export),
            channel: &self.channel,
            name: format!("{}-rca-{mark}.{extension}", incident.channel_name),
            mark,
            bytes: text.into_bytes(),
            comment: "📄 The RCA document in its current state. The parts for people to write are empty.",
        };
        worker.share_once(&file).await
    }
}

inventory::submit!(Handler::of::<jobs::UploadRca>());

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
