//! Draws somebody's app home anew.

use async_trait::async_trait;
use jobs::payloads::slack as job;
use queue::{Handler, JobContext, Outcome};
use store::incident_list::Viewer;
use store::incident_pages::{self, Which};

use super::view::{OnCall, Shown, TEAMS, view};
use crate::Worker;
use crate::failure::{Failure, outcome};

/// How many of somebody's own incidents are shown, and one more that tells of the rest.
const OWN: i64 = 21;
/// How many of the others are on a page.
const OTHERS: i64 = 15;

/// Draws somebody's app home anew.
pub(crate) struct DrawHome(pub(crate) Worker);

#[async_trait]
impl Handler<job::DrawHome> for DrawHome {
    async fn run(&self, job: job::DrawHome, context: &JobContext) -> Outcome {
        outcome(self.draw(job, context).await)
    }
}

impl DrawHome {
    async fn draw(&self, job: job::DrawHome, context: &JobContext) -> Result<(), Failure> {
        let (own, others, settings, teams, total, state) = {
            let mut conn = self.0.pool.acquire().await?;
            // A statement of its own, before what is shown is read.
            let place = store::homes::draw(&mut conn, &job.user, context.now()).await?;
            let viewer = Viewer::in_slack(&job.user);
            let settings = self.0.pool.settings(&mut conn).await?;
            let severities = settings.severity_keys();
            let which = Which {
                viewer: &viewer,
                open: true,
                not_of: Some(&job.user),
                severities: &severities,
            };
            let own = incident_pages::open_of(&mut conn, &job.user, &severities, OWN).await?;
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
        Ok(self.0.slack.publish_home(&job.user, &view(&shown, &settings)).await?)
    }
}
