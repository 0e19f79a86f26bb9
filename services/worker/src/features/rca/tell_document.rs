//! Says where the RCA document is, and keeps a link to it above the channel.

use async_trait::async_trait;
use queue::JobContext;
use store::rca_documents;

use super::document_message::{BOOKMARK, written};
use crate::Worker;
use crate::effects::Place;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::TellRcaDocument {
    const ON_DISCARD: OnDiscard =
        OnDiscard::RcaProblem("The RCA document was created, but its link could not be posted.");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some((incident, settings)) = worker.incident_and_settings(self.incident).await? else {
            return Ok(());
        };
        let document = {
            let mut conn = worker.pool.acquire().await?;
            rca_documents::get(&mut conn, incident.id).await?
        };
        let Some(document) = document else {
            return Ok(());
        };
        let rca = incident.open_rca_channel();
        let is_coming = incident.rca_channel.is_none() && settings.rca_channel && incident.is_resolved();
        let channel = match (rca, incident.open_channel()) {
            (Some(rca), _) => rca.id.as_str(),
            // It is said there when the channel is made.
            (None, _) if is_coming => return Ok(()),
            (None, Some(channel)) => {
                worker.after_resolution(&incident, context).await?;
                channel
            }
            (None, None) => return Ok(()),
        };
        let key = format!("{}/rca_document/{channel}/{}", incident.id, self.version);
        let message = written(&incident, &document, self.below);
        let told = worker.post_once(&key, Place::channel(channel), &message).await;
        match rca {
            Some(_) => worker.in_rca_channel(&incident, told).await?,
            None => worker.in_channel(&incident, told).await?,
        };
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::TellRcaDocument>());

#[async_trait]
impl Perform for jobs::AddRcaBookmark {
    const ON_DISCARD: OnDiscard = OnDiscard::Silent("the link is in the channel and in the panel");

    async fn perform(self, worker: &Worker, _context: &JobContext) -> Result<(), Failure> {
        let Some(incident) = worker.incident(self.incident).await? else {
            return Ok(());
        };
        let (Some(channel), Some(url)) = (incident.open_channel(), &incident.rca_document_url) else {
            return Ok(());
        };
        // Listed first, so that a lost answer adds no second one.
        if worker.slack.bookmarks(channel).await?.contains(url) {
            return Ok(());
        }
        Ok(worker.slack.add_bookmark(channel, BOOKMARK, url).await?)
    }
}

inventory::submit!(Handler::of::<jobs::AddRcaBookmark>());
