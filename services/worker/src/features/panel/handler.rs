//! Posts the control panel, draws it anew, pins it.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use domain::Incident;
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, NewJob, Outcome};
use store::PgConnection;
use store::posted_messages::Kind;

use super::message::{Tools, message};
use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};
use crate::messages::KeptMessage;

/// Posts the control panel, or draws it anew.
pub(crate) struct DrawPanel(pub(crate) Worker);

/// How long what is posted in a new channel waits for the panel, and how long it pauses between looks.
const FOR_PANEL: TimeDelta = TimeDelta::seconds(30);
const PANEL_FIRST: Duration = Duration::from_millis(200);

/// Has a job wait until the control panel stands in the channel: it is the first message there.
pub(crate) fn after_panel(incident: &Incident, context: &JobContext) -> Result<(), Failure> {
    if incident.panel_ts.is_some() || context.now() - context.created_at() > FOR_PANEL {
        return Ok(());
    }
    Err(Failure::Wait {
        delay: PANEL_FIRST,
        reason: "the control panel is posted first",
    })
}

/// Pins the control panel.
pub(crate) struct PinPanel(pub(crate) Worker);

#[async_trait]
impl Handler<job::DrawPanel> for DrawPanel {
    async fn run(&self, job: job::DrawPanel, context: &JobContext) -> Outcome {
        outcome(self.draw(job, context).await)
    }

    async fn given_up(
        &self,
        job: &job::DrawPanel,
        why: &GivenUp<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        self.0
            .note_problem(
                conn,
                job.incident,
                &format!("The control panel could not be updated. {why}"),
                Some(why.job),
            )
            .await
    }
}

impl DrawPanel {
    async fn draw(&self, job: job::DrawPanel, context: &JobContext) -> Result<(), Failure> {
        let Some((incident, settings)) = self.0.incident_and_settings(job.incident).await? else {
            return Ok(());
        };
        // Whatever makes or finds the channel enqueues this one again.
        let Some(channel) = incident.open_channel() else {
            return Ok(());
        };
        let (tools, paged) = {
            let mut conn = self.0.pool.acquire().await?;
            let tools = Tools {
                paging: store::on_call::state(&mut conn).await?.enabled,
                statuspage: store::statuspage::is_on(&mut conn).await?,
            };
            let paged = if tools.paging {
                incidents::teams_to_page(&mut conn, &incident, &settings).await?
            } else {
                HashMap::new()
            };
            (tools, paged)
        };
        let console = self.0.console_link(&incident);
        let message = message(&incident, &settings, console.as_deref(), tools, &paged);
        let kept = KeptMessage::in_channel(Kind::Panel, incident.id, incident.key_in_channel("panel"));
        let rendered = self.0.render(&kept, Place::channel(channel), &message).await;
        let panel = self.0.in_channel(&incident, rendered).await?;
        if !panel.is_new {
            return Ok(());
        }
        let mut tx = self.0.pool.begin().await?;
        panel.remember(&mut tx).await?;
        let pin = NewJob::new(&job::PinPanel { incident: incident.id }).once(format!(
            "{}/{}",
            incident.key_in_channel("pin_panel"),
            panel.posted().ts
        ));
        let mut following = vec![pin];
        // What happened before there was a channel, or while the one of before was archived, comes below the panel.
        if store::notices::any(&mut tx, incident.id).await? {
            following.push(job::SayNotices { incident: incident.id }.job());
        }
        context.enqueue(&mut tx, following).await?;
        context.complete(&mut tx).await?;
        store::commit(tx).await?;
        Ok(())
    }
}

#[async_trait]
impl Handler<job::PinPanel> for PinPanel {
    async fn run(&self, job: job::PinPanel, _context: &JobContext) -> Outcome {
        outcome(self.pin(job).await)
    }

    async fn given_up(
        &self,
        job: &job::PinPanel,
        why: &GivenUp<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        self.0
            .note_problem(
                conn,
                job.incident,
                &format!("The control panel could not be pinned. {why}"),
                Some(why.job),
            )
            .await
    }
}

impl PinPanel {
    async fn pin(&self, job: job::PinPanel) -> Result<(), Failure> {
        let Some(incident) = self.0.incident(job.incident).await? else {
            return Ok(());
        };
        let (Some(channel), Some(ts)) = (incident.open_channel(), &incident.panel_ts) else {
            return Ok(());
        };
        let pinned = self.0.slack.pin(channel, ts).await;
        // Deleted meanwhile: the next one is pinned when it is posted.
        if matches!(&pinned, Err(error) if error.is_message_gone()) {
            return Ok(());
        }
        self.0.in_channel(&incident, pinned.map_err(Failure::from)).await
    }
}
