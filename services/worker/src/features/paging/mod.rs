//! Paging: carrying pages to PagerDuty, and what becomes of them there back into the incident.

mod call;
mod message;
mod note;
mod poll;
mod render;
mod resolve;
mod tell;

use domain::IncidentId;
use domain::paging::Page as Paged;
use uuid::Uuid;

use crate::Worker;
use crate::failure::Failure;

impl Worker {
    /// The page as it is now.
    async fn page(&self, id: Uuid) -> Result<Option<Paged>, Failure> {
        let mut conn = self.pool.acquire().await?;
        let page = store::pages::get(&mut conn, id).await?;
        store::flush(&mut conn).await?;
        Ok(page)
    }

    /// What is spoken to PagerDuty with.
    fn pagerduty(&self) -> Result<&pagerduty::Client, Failure> {
        self.vendors
            .pagerduty
            .client()
            .ok_or_else(|| Failure::Never("PagerDuty is not enabled.".to_owned()))
    }

    /// Address of an incident's page in the console, where there is one.
    fn console_address(&self, id: IncidentId) -> Option<String> {
        Some(format!("{}/incidents/{id}", self.config.web_url.as_deref()?))
    }
}
