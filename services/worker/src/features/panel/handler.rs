//! Posts the control panel, draws it anew, pins it.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use domain::Incident;
use queue::{JobContext, NewJob};
use store::posted_messages::Kind;

use super::message::{Tools, message};
use crate::Worker;
use crate::effects::Place;
use crate::failure::Failure;
use crate::messages::KeptMessage;
use crate::perform::{Handler, OnDiscard, Perform};

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

#[async_trait]
impl Perform for jobs::DrawPanel {
    const ON_DISCARD: OnDiscard = OnDiscard::Problem("The control panel could not be updated.");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some((incident, settings)) = worker.incident_and_settings(self.incident).await? else {
            return Ok(());
        };
        // Whatever makes or finds the channel enqueues this one again.
        let Some(channel) = incident.open_channel() else {
            return Ok(());
        };
        let (tools, paged) = {
            let mut conn = worker.pool.acquire().await?;
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
        let console = worker.console_link(&incident);
        let message = message(&incident, &settings, console.as_deref(), tools, &paged);
        let kept = KeptMessage::in_channel(Kind::Panel, incident.id, incident.key_in_channel("panel"));
        let rendered = worker.render(&kept, Place::channel(channel), &message).await;
        let panel = worker.in_channel(&incident, rendered).await?;
        if !panel.is_new {
            return Ok(());
        }
        let mut tx = worker.pool.begin().await?;
        panel.remember(&mut tx).await?;
        let pin = NewJob::new(&jobs::PinPanel { incident: incident.id }).once(format!(
            "{}/{}",
            incident.key_in_channel("pin_panel"),
            panel.posted().ts
        ));
        let mut following = vec![pin];
        // What happened before there was a channel, or while the one of before was archived, comes below the panel.
        if store::notices::any(&mut tx, incident.id).await? {
            following.push(jobs::SayNotices { incident: incident.id }.job());
        }
        context.enqueue(&mut tx, following).await?;
        context.complete(&mut tx).await?;
        store::commit(tx).await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::DrawPanel>());

#[async_trait]
impl Perform for jobs::PinPanel {
    const ON_DISCARD: OnDiscard = OnDiscard::Problem("The control panel could not be pinned.");

    async fn perform(self, worker: &Worker, _context: &JobContext) -> Result<(), Failure> {
        let Some(incident) = worker.incident(self.incident).await? else {
            return Ok(());
        };
        let (Some(channel), Some(ts)) = (incident.open_channel(), &incident.panel_ts) else {
            return Ok(());
        };
        let pinned = worker.slack.pin(channel, ts).await;
        // Deleted meanwhile: the next one is pinned when it is posted.
        if matches!(&pinned, Err(error) if error.is_message_gone()) {
            return Ok(());
        }
        worker.in_channel(&incident, pinned.map_err(Failure::from)).await
    }
}

inventory::submit!(Handler::of::<jobs::PinPanel>());
