//! A list of incidents in a thread: everybody reads it, so it holds what everybody may see.

use async_trait::async_trait;
use domain::ListPlace;
use queue::JobContext;
use slack::Message;
use slack::listing::{self, Listing};
use store::incident_list::Viewer;
use store::incident_pages::{self, Which};

use crate::Worker;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::TurnList {
    const ON_DISCARD: OnDiscard = OnDiscard::Silent("whoever pressed sees the page as it was, and presses again");

    async fn perform(self, worker: &Worker, _context: &JobContext) -> Result<(), Failure> {
        let message = list(worker, self.open, self.place).await?;
        match worker.slack.redraw_message(&self.channel, &self.ts, &message).await {
            // Somebody deleted it; that is theirs to decide.
            Err(slack::Error::NotFound { code, .. }) if code == "message_not_found" => Ok(()),
            answer => Ok(answer?),
        }
    }
}

inventory::submit!(Handler::of::<jobs::TurnList>());

/// The page of the list at `place`.
pub(super) async fn list(worker: &Worker, open: bool, place: ListPlace) -> Result<Message, Failure> {
    let mut conn = worker.pool.acquire().await?;
    let settings = worker.pool.settings(&mut conn).await?;
    let which = Which {
        viewer: &Viewer::anybody(),
        open,
        not_of: None,
        severities: &settings.severity_keys(),
    };
    let (page, total) = incident_pages::listed(&mut conn, which, place, listing::PAGE).await?;
    let listing = Listing {
        incidents: &page.incidents,
        open,
        total,
        newer: page.newer,
        older: page.older,
    };
    Ok(listing::message(&listing, &settings))
}

#[cfg(test)]
mod tests {
    use domain::Incident;

    use super::*;
    use crate::features::testing::{incident, settings};

    fn shown(incidents: &[Incident], open: bool, total: i64, newer: bool, older: bool) -> serde_json::Value {
        let listing = Listing {
            incidents,
            open,
            total,
            newer,
            older,
        };
        listing::message(&listing, &settings()).to_json()
    }

    #[test]
    fn a_page_in_the_middle_one_of_all_and_none() {
        let with_channel = Incident {
            channel_id: Some("C1".to_owned()),
            ..incident()
        };
        insta::assert_json_snapshot!("middle", shown(&[with_channel, incident()], true, 150, true, true));
        let resolved = Incident {
            resolved_at: Some(incident().declared_at),
            status: "resolved".to_owned(),
            ..incident()
        };
        insta::assert_json_snapshot!("all", shown(&[resolved], false, 1, false, false));
        insta::assert_json_snapshot!("none", shown(&[], true, 0, false, false));
    }
}
