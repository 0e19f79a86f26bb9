//! Attaches the images of pinned messages to the page, each in a job of its own.

use async_trait::async_trait;
use jobs::payloads::confluence as job;
use jobs::{GivenUp, Handler, JobContext, Outcome};
use store::{PgConnection, rca_documents};

use super::refusal::failure;
use crate::Worker;
use crate::failure::{Failure, outcome};

/// Attaches one image to the page.
pub(crate) struct AttachImage(pub(crate) Worker);

#[async_trait]
impl Handler<job::AttachImage> for AttachImage {
    async fn run(&self, job: job::AttachImage, _context: &JobContext) -> Outcome {
        outcome(self.attach(&job).await)
    }

    async fn given_up(
        &self,
        job: &job::AttachImage,
        why: &GivenUp<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let sentence = format!("An image could not be attached to the RCA document. {why}");
        self.0
            .note_rca_problem(conn, job.incident, &sentence, Some(why.job))
            .await
    }
}

impl AttachImage {
    async fn attach(&self, job: &job::AttachImage) -> Result<(), Failure> {
        let Some(confluence) = &self.0.confluence else {
            return Err(Failure::Never("Confluence is not set up.".to_owned()));
        };
        let image = {
            let mut conn = self.0.pool.acquire().await?;
            rca_documents::image(&mut conn, job.incident, &job.file).await?
        };
        // Unpinned meanwhile.
        let Some((name, media_type, bytes)) = image else {
            return Ok(());
        };
        let name = domain::rca::file_name(&job.file, &name);
        if confluence.has_attachment(&job.page, &name).await.map_err(failure)? {
            return Ok(());
        }
        confluence
            .attach(&job.page, &name, &media_type, bytes.into())
            .await
            .map_err(failure)
    }
}
