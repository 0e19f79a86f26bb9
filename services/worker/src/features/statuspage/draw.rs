//! Shows in an incident's channel what Statuspage says of it.

use async_trait::async_trait;
use domain::{Incident, Posted};
use queue::JobContext;
use store::PgConnection;
use store::posted_messages::{self, Kind, PostedMessage};

use super::message::{Shown, message};
use crate::Worker;
use crate::effects::Place;
use crate::failure::Failure;
use crate::features::panel::after_panel;
use crate::messages::KeptMessage;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::DrawStatuspage {
    const ON_DISCARD: OnDiscard = OnDiscard::Problem("The state of Statuspage could not be posted.");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some(incident) = worker.incident(self.incident).await? else {
            return Ok(());
        };
        let Some(channel) = incident.open_channel() else {
            return Ok(());
        };
        let (shown, posted) = {
            let mut conn = worker.pool.acquire().await?;
            if !store::statuspage::is_on(&mut conn).await? {
                return Ok(());
            }
            adopt(&mut conn, &incident).await?;
            let posted = posted_messages::get(&mut conn, Kind::Statuspage, incident.id.0, "").await?;
            (shown(&mut conn, incident.id).await?, posted)
        };
        // One in an older channel is left there.
        let posted = posted.filter(|message| message.posted.channel == channel);
        if posted.is_none() && shown.is_none() && (incident.private || incident.is_resolved()) {
            return Ok(());
        }
        after_panel(&incident, context)?;
        let message = message(&incident, shown.as_ref());
        let kept = KeptMessage::in_channel(Kind::Statuspage, incident.id, incident.key_in_channel("statuspage"));
        let rendered = worker.render(&kept, Place::channel(channel), &message).await;
        let rendered = worker.in_channel(&incident, rendered).await?;
        let ts = &rendered.posted().ts;
        if shown.is_some_and(|shown| shown.published.statuspage_id.is_some()) {
            match worker.slack.pin(channel, ts).await {
                // It stands in the channel all the same.
                Err(error @ (slack::Error::Refused { .. } | slack::Error::NotFound { .. })) => {
                    tracing::warn!(%error, "the message of Statuspage could not be pinned");
                }
                answer => answer?,
            }
        }
        let mut tx = worker.pool.begin().await?;
        rendered.remember(&mut tx).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::DrawStatuspage>());

/// Makes the message of incident-bot 0.8.2 ours, where the incident came from there and has none of ours: it is updated where
/// it stands, and stays pinned.
async fn adopt(conn: &mut PgConnection, incident: &Incident) -> Result<(), Failure> {
    let id = incident.id;
    if incident.channel_number > 1 || posted_messages::get(conn, Kind::Statuspage, id.0, "").await?.is_some() {
        return Ok(());
    }
    let imported = store::legacy::of_incident(conn, id).await?;
    let ts = imported.and_then(|imported| imported.statuspage_ts);
    if let Some((channel, ts)) = incident.channel_id.clone().zip(ts) {
        let message = PostedMessage {
            recipient: String::new(),
            posted: Posted { channel, ts },
            key: incident.key_in_channel("statuspage"),
        };
        posted_messages::set(conn, Kind::Statuspage, id.0, id, &message).await?;
    }
    Ok(())
}

/// What is published of an incident, or to be.
async fn shown(conn: &mut PgConnection, incident: domain::IncidentId) -> Result<Option<Shown>, Failure> {
    let Some(published) = store::statuspage::of_incident(conn, incident).await? else {
        return Ok(None);
    };
    let updates = store::statuspage::updates(conn, published.id).await?;
    let touched = store::statuspage::touched(conn, published.id).await?;
    let ids: Vec<_> = touched.iter().map(|touched| touched.component_id.clone()).collect();
    let components = store::statuspage::components(conn, &ids).await?;
    Ok(Some(Shown {
        published,
        updates,
        touched,
        components,
    }))
}
