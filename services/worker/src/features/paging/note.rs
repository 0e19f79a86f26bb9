//! Adds updates to pages in PagerDuty as notes.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use queue::{Discard, JobContext};
use serde::{Deserialize, Serialize};
use store::PgConnection;

use crate::Worker;
use crate::effects::{Effect, Making};
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::AddNote {
    const ON_DISCARD: OnDiscard = OnDiscard::OwnProblem;

    async fn perform(self, worker: &Worker, _context: &JobContext) -> Result<(), Failure> {
        let Some(page) = worker.page(self.page).await? else {
            return Ok(());
        };
        let (Some(id), true) = (&page.pagerduty_id, page.state.is_open()) else {
            return Ok(());
        };
        let key = format!("update {} of incident {}", self.revision, page.incident);
        let note = Note {
            worker,
            incident: id,
            key: &key,
            text: &self.text,
        };
        let timeout = worker.pagerduty()?.timeout();
        let effect = format!("page/{}/note/{}", page.id, self.revision);
        worker.once(&effect, timeout, &note).await?;
        Ok(())
    }

    async fn discarded(&self, worker: &Worker, why: &Discard<'_>, conn: &mut PgConnection) -> Result<(), store::Error> {
        let Some(page) = store::pages::get(conn, self.page).await? else {
            return Ok(());
        };
        let sentence = format!(
            "An update could not be added to the page to {} in PagerDuty. {why}",
            page.whom()
        );
        worker.note_problem(conn, page.incident, &sentence, Some(why.job)).await
    }
}

inventory::submit!(Handler::of::<jobs::AddNote>());

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_read() {
        crate::effects::assert_reads::<Note<'_>>(&[(1, r#"{"id":"N1"}"#)]);
    }
}
