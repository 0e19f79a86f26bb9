//! Attaches the images of pinned messages to the page, each in a job of its own.

use async_trait::async_trait;
use queue::JobContext;
use store::rca_documents;

use super::refusal::failure;
use crate::Worker;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::AttachRcaImage {
    const ON_DISCARD: OnDiscard = OnDiscard::RcaProblem("An image could not be attached to the RCA document.");

    async fn perform(self, worker: &Worker, _context: &JobContext) -> Result<(), Failure> {
        let Some(confluence) = worker.vendors.confluence.client() else {
            return Err(Failure::Never("Confluence is not set up.".to_owned()));
        };
        let image = {
            let mut conn = worker.pool.acquire().await?;
            rca_documents::image(&mut conn, self.incident, &self.file).await?
        };
        // Unpinned meanwhile.
        let Some((name, media_type, bytes)) = image else {
            return Ok(());
        };
        let name = domain::rca::file_name(&self.file, &name);
        if confluence.has_attachment(&self.page, &name).await.map_err(failure)? {
            return Ok(());
        }
        confluence
            .attach(&self.page, &name, &media_type, bytes.into())
            .await
            .map_err(failure)
    }
}

inventory::submit!(Handler::of::<jobs::AttachRcaImage>());
