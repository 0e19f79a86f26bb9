//! Says where the RCA document is, and keeps a link to it above the channel.

use async_trait::async_trait;
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, Outcome};
use store::PgConnection;
use store::rca_documents;

use super::document_message::{BOOKMARK, written};
use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};

/// Says where the RCA document is.
pub(crate) struct TellRcaDocument(pub(crate) Worker);

/// Adds a link to the RCA document above the incident's channel.
pub(crate) struct AddRcaBookmark(pub(crate) Worker);

#[async_trait]
impl Handler<job::TellRcaDocument> for TellRcaDocument {
    async fn run(&self, job: job::TellRcaDocument, context: &JobContext) -> Outcome {
        outcome(self.tell(&job, context).await)
    }

    async fn given_up(
        &self,
        job: &job::TellRcaDocument,
        why: &GivenUp<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let sentence = format!("The RCA document was created, but its link could not be posted. {why}");
        self.0
            .note_rca_problem(conn, job.incident, &sentence, Some(why.job))
            .await
    }
}

impl TellRcaDocument {
    async fn tell(&self, job: &job::TellRcaDocument, context: &JobContext) -> Result<(), Failure> {
        let Some((incident, settings)) = self.0.incident_and_settings(job.incident).await? else {
            return Ok(());
        };
        let document = {
            let mut conn = self.0.pool.acquire().await?;
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
                self.0.after_resolution(&incident, context).await?;
                channel
            }
            (None, None) => return Ok(()),
        };
        let key = format!("{}/rca_document/{channel}/{}", incident.id, job.version);
        let message = written(&incident, &document, job.below);
        let told = self.0.post_once(&key, Place::channel(channel), &message).await;
        match rca {
            Some(_) => self.0.in_rca_channel(&incident, told).await?,
            None => self.0.in_channel(&incident, told).await?,
        };
        Ok(())
    }
}

#[async_trait]
impl Handler<job::AddRcaBookmark> for AddRcaBookmark {
    async fn run(&self, job: job::AddRcaBookmark, _context: &JobContext) -> Outcome {
        outcome(self.add(&job).await)
    }
}

impl AddRcaBookmark {
    async fn add(&self, job: &job::AddRcaBookmark) -> Result<(), Failure> {
        let Some(incident) = self.0.incident(job.incident).await? else {
            return Ok(());
        };
        let (Some(channel), Some(url)) = (incident.open_channel(), &incident.rca_document_url) else {
            return Ok(());
        };
        // Listed first, so that a lost answer adds no second one.
        if self.0.slack.bookmarks(channel).await?.contains(url) {
            return Ok(());
        }
        Ok(self.0.slack.add_bookmark(channel, BOOKMARK, url).await?)
    }
}
