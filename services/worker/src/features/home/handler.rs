//! Draws somebody's app home anew.

use async_trait::async_trait;
use jobs::payloads::slack as job;
use jobs::{Handler, JobContext, Outcome};
use store::incident_list::{self, Filter, Viewer};

use super::view::view;
use crate::Worker;
use crate::failure::{Failure, outcome};

/// How many open incidents are shown.
const OPEN: i64 = 20;

/// Draws somebody's app home anew.
pub(crate) struct DrawHome(pub(crate) Worker);

#[async_trait]
impl Handler<job::DrawHome> for DrawHome {
    async fn run(&self, job: job::DrawHome, _context: &JobContext) -> Outcome {
        outcome(self.draw(job).await)
    }
}

impl DrawHome {
    async fn draw(&self, job: job::DrawHome) -> Result<(), Failure> {
        let (open, settings) = {
            let mut conn = self.0.pool.acquire().await?;
            let open =
                incident_list::page(&mut conn, &Viewer::in_slack(&job.user), &Filter::open(""), None, OPEN).await?;
            (open, self.0.pool.settings(&mut conn).await?)
        };
        Ok(self.0.slack.publish_home(&job.user, &view(&open, &settings)).await?)
    }
}
