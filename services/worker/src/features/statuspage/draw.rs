//! Shows in an incident's channel what Statuspage says of it.

use async_trait::async_trait;
use domain::Posted;
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, Outcome};
use store::PgConnection;

use super::message::{Shown, message};
use crate::Worker;
use crate::failure::{Failure, outcome};

/// Posts the message that shows what Statuspage says of an incident, or draws it anew.
pub(crate) struct DrawStatuspage(pub(crate) Worker);

#[async_trait]
impl Handler<job::DrawStatuspage> for DrawStatuspage {
    async fn run(&self, job: job::DrawStatuspage, context: &JobContext) -> Outcome {
        outcome(self.draw(&job, context).await)
    }

    async fn given_up(
        &self,
        job: &job::DrawStatuspage,
        why: &GivenUp<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let sentence = format!("What Statuspage says could not be shown. {why}");
        self.0.note_problem(conn, job.incident, &sentence, Some(why.job)).await
    }
}

impl DrawStatuspage {
    async fn draw(&self, job: &job::DrawStatuspage, context: &JobContext) -> Result<(), Failure> {
        let Some(incident) = self.0.incident(job.incident).await? else {
            return Ok(());
        };
        let (Some(channel), None) = (&incident.channel_id, incident.archived_at) else {
            return Ok(());
        };
        let (shown, posted) = {
            let mut conn = self.0.pool.acquire().await?;
            if !store::statuspage::is_on(&mut conn).await? {
                return Ok(());
            }
            let posted = store::statuspage::message(&mut conn, incident.id).await?;
            (shown(&mut conn, incident.id).await?, posted)
        };
        // One in an older channel is left there.
        let posted = posted.filter(|posted| posted.channel == *channel);
        if posted.is_none() && shown.is_none() && (incident.private || incident.is_resolved()) {
            return Ok(());
        }
        let message = message(&incident, shown.as_ref());
        let key = incident.key_in_channel("statuspage");
        let ts = if let Some(posted) = posted {
            match self.0.slack.update_message(channel, &posted.ts, &message, &key).await {
                // Somebody deleted it; that is theirs to decide.
                Err(slack::Error::NotFound { code, .. }) if code == "message_not_found" => return Ok(()),
                answer => answer?,
            }
            posted.ts
        } else {
            self.0.post_once_as_it_is_now(&key, channel, &message).await?
        };
        if shown.is_some_and(|shown| shown.published.statuspage_id.is_some()) {
            match self.0.slack.pin(channel, &ts).await {
                // It stands in the channel all the same.
                Err(error @ (slack::Error::Refused { .. } | slack::Error::NotFound { .. })) => {
                    tracing::warn!(%error, "the message of Statuspage could not be pinned");
                }
                answer => answer?,
            }
        }
        let posted = Posted {
            channel: channel.clone(),
            ts,
        };
        let mut tx = self.0.pool.begin().await?;
        store::statuspage::set_message(&mut tx, incident.id, &posted).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
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
