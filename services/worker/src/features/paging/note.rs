//! Adds updates to pages in PagerDuty as notes.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use jobs::payloads::pagerduty as job;
use queue::{Discard, Handler, JobContext, Outcome};
use serde::{Deserialize, Serialize};
use store::PgConnection;

use crate::Worker;
use crate::effects::{Effect, Making};
use crate::failure::{Failure, outcome};

/// Adds an update to a page in PagerDuty as a note.
pub(crate) struct AddNote(pub(crate) Worker);

#[async_trait]
impl Handler<job::AddNote> for AddNote {
    async fn run(&self, job: job::AddNote, _context: &JobContext) -> Outcome {
        outcome(self.add(job).await)
    }

    async fn discarded(
        &self,
        job: &job::AddNote,
        why: &Discard<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let Some(page) = store::pages::get(conn, job.page).await? else {
            return Ok(());
        };
        let sentence = format!(
            "An update could not be added to the page to {} in PagerDuty. {why}",
            page.whom()
        );
        self.0.note_problem(conn, page.incident, &sentence, Some(why.job)).await
    }
}

/// A note that is added once: it ends in its key.
struct Note<'a> {
    worker: &'a Worker,
    incident: &'a str,
    key: &'a str,
    text: &'a str,
}

#[derive(Serialize, Deserialize)]
struct Added {
    id: String,
}

#[async_trait]
impl Effect for Note<'_> {
    type Made = Added;

    async fn find(&self, _oldest: DateTime<Utc>) -> Result<Option<Added>, Failure> {
        let notes = self.worker.pagerduty()?.notes(self.incident).await?;
        let ours = notes.into_iter().find(|note| note.content.contains(self.key));
        Ok(ours.map(|note| Added { id: note.id }))
    }

    async fn make(&self, _attempt: &Making) -> Result<Added, Failure> {
        let content = format!("{}\n({})", self.text, self.key);
        let note = self.worker.pagerduty()?.add_note(self.incident, &content).await?;
        Ok(Added { id: note.id })
    }
}

impl AddNote {
    async fn add(&self, job: job::AddNote) -> Result<(), Failure> {
        let Some(page) = self.0.page(job.page).await? else {
            return Ok(());
        };
        let (Some(id), true) = (&page.pagerduty_id, page.state.is_open()) else {
            return Ok(());
        };
        let key = format!("update {} of incident {}", job.revision, page.incident);
        let note = Note {
            worker: &self.0,
            incident: id,
            key: &key,
            text: &job.text,
        };
        let timeout = self.0.pagerduty()?.timeout();
        let effect = format!("page/{}/note/{}", page.id, job.revision);
        self.0.once(&effect, timeout, &note).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_read() {
        crate::effects::assert_reads::<Note<'_>>(&[(1, r#"{"id":"N1"}"#)]);
    }
}
