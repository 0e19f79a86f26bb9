//! Posts the control panel, draws it anew, pins it.

use async_trait::async_trait;
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, NewJob, Outcome};
use store::PgConnection;

use super::message::{Tools, message};
use crate::Worker;
use crate::failure::{Failure, outcome};

/// Posts the control panel, or draws it anew.
pub(crate) struct DrawPanel(pub(crate) Worker);

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
                &format!("The control panel could not be drawn. {why}"),
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
        // The job that makes the channel enqueues this one again.
        let Some(channel) = &incident.channel_id else {
            return Ok(());
        };
        // Nothing can be drawn in an archived channel; it is drawn when it is open again.
        if incident.archived_at.is_some() {
            return Ok(());
        }
        let tools = {
            let mut conn = self.0.pool.acquire().await?;
            Tools {
                paging: store::on_call::state(&mut conn).await?.enabled,
                statuspage: store::statuspage::is_on(&mut conn).await?,
            }
        };
        let console = self.0.console_link(&incident);
        let message = message(&incident, &settings, console.as_deref(), tools);
        let key = incident.key_in_channel("panel");
        if let Some(ts) = &incident.panel_ts {
            return match self.0.slack.update_message(channel, ts, &message, &key).await {
                // Somebody deleted it; that is theirs to decide.
                Err(slack::Error::NotFound { code, .. }) if code == "message_not_found" => Ok(()),
                // The channel was archived between our look and the call; soon we know it, too.
                Err(error) if error.code() == Some("is_archived") => {
                    Err(Failure::not_yet("the channel is being archived"))
                }
                answer => Ok(answer?),
            };
        }
        let ts = self.0.post_once_as_it_is_now(&key, channel, &message).await?;
        let mut tx = self.0.pool.begin().await?;
        store::incidents::set_panel(&mut tx, incident.id, &ts).await?;
        let pin = NewJob::new(&job::PinPanel { incident: incident.id }).once(incident.key_in_channel("pin_panel"));
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
        let (Some(channel), Some(ts), None) = (&incident.channel_id, &incident.panel_ts, incident.archived_at) else {
            return Ok(());
        };
        Ok(self.0.slack.pin(channel, ts).await?)
    }
}
