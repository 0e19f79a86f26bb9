//! Draws somebody's app home anew.

use async_trait::async_trait;
use queue::JobContext;
use store::incident_list::Viewer;
use store::incident_pages::{self, Which};

use super::view::{OnCall, Shown, TEAMS, view};
use crate::Worker;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

/// How many of somebody's own incidents are shown, and one more that tells of the rest.
const OWN: i64 = 21;
/// How many of the others are on a page.
const OTHERS: i64 = 15;

#[async_trait]
impl Perform for jobs::DrawHome {
    const ON_DISCARD: OnDiscard = OnDiscard::Silent("it is rendered again whenever it is opened");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let (own, others, settings, teams, total, state) = {
            let mut conn = worker.pool.acquire().await?;
            // A statement of its own, before what is shown is read.
            let place = store::app_home_views::mark_rendered(&mut conn, &self.user, context.now()).await?;
            let viewer = Viewer::in_slack(&self.user);
            let settings = worker.pool.settings(&mut conn).await?;
            let severities = settings.severity_keys();
            let which = Which {
                viewer: &viewer,
                open: true,
                not_of: Some(&self.user),
                severities: &severities,
            };
            let own = incident_pages::open_of(&mut conn, &self.user, &severities, OWN).await?;
            let others = incident_pages::page(&mut conn, which, place, OTHERS).await?;
            let state = store::on_call::state(&mut conn).await?;
            let (teams, total) = if state.copied_at.is_some() && state.enabled {
                let most = i64::try_from(TEAMS).unwrap_or(i64::MAX);
                let teams = store::on_call::teams(&mut conn, &[], most, context.now()).await?;
                (teams, store::on_call::count_teams(&mut conn).await?)
            } else {
                (Vec::new(), 0)
            };
            (own, others, settings, teams, total, state)
        };
        let shown = Shown {
            own: &own,
            others: &others,
            on_call: (!teams.is_empty()).then_some(OnCall {
                teams: &teams,
                total,
                state: &state,
                now: context.now(),
            }),
        };
        Ok(worker.slack.publish_home(&self.user, &view(&shown, &settings)).await?)
    }
}

inventory::submit!(Handler::of::<jobs::DrawHome>());
