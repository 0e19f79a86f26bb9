//! What handlers read before they act. It is on disk, so that nobody outside is shown what a crash takes back.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{Incident, IncidentId, Settings};
use queue::JobContext;

use crate::Worker;
use crate::failure::Failure;

impl Worker {
    /// The incident as it is now.
    pub(crate) async fn incident(&self, id: IncidentId) -> Result<Option<Incident>, Failure> {
        let mut conn = self.pool.acquire().await?;
        let incident = store::incidents::get(&mut conn, id).await?;
        store::flush(&mut conn).await?;
        Ok(incident)
    }

    /// The incident and the settings as they are now.
    pub(crate) async fn incident_and_settings(
        &self,
        id: IncidentId,
    ) -> Result<Option<(Incident, Arc<Settings>)>, Failure> {
        let mut conn = self.pool.acquire().await?;
        let Some(incident) = store::incidents::get(&mut conn, id).await? else {
            return Ok(None);
        };
        let settings = self.pool.settings(&mut conn).await?;
        store::flush(&mut conn).await?;
        Ok(Some((incident, settings)))
    }

    /// Whether a job has waited long enough for the incident's channel, and goes on without it.
    pub(crate) fn waited_for_channel(&self, context: &JobContext) -> bool {
        let waited = context.now() - context.created_at();
        waited
            .to_std()
            .is_ok_and(|waited| waited >= self.config.wait_for_channel)
    }

    /// When a copy of something in Slack began whose pages come one job each: now, on the first page.
    pub(crate) async fn copy_began(
        &self,
        before: Option<DateTime<Utc>>,
        is_first: bool,
    ) -> Result<DateTime<Utc>, Failure> {
        match before {
            Some(began) => Ok(began),
            None if is_first => Ok(store::slack_copies::begin(&mut *self.pool.acquire().await?).await?),
            // An older release began it and did not say: nothing counts as gone.
            None => Ok(DateTime::UNIX_EPOCH),
        }
    }

    /// Address of the incident's page in the console, where there is one.
    pub(crate) fn console_link(&self, incident: &Incident) -> Option<String> {
        Some(format!("{}/incidents/{}", self.config.web_url.as_deref()?, incident.id))
    }
}
