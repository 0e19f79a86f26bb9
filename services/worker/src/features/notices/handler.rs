//! Tells the channel what happened.

use async_trait::async_trait;
use chrono::TimeDelta;
use queue::JobContext;
use store::notices::{self, Next};

use super::message::message;
use crate::Worker;
use crate::effects::Place;
use crate::failure::Failure;
use crate::features::panel::after_panel;
use crate::perform::{Handler, OnDiscard, Perform};

/// What is older is not told line by line any more: the channel learns that the timeline has it.
const WORTH_SAYING: TimeDelta = TimeDelta::hours(24);

#[async_trait]
impl Perform for jobs::SayNotices {
    const ON_DISCARD: OnDiscard =
        OnDiscard::Problem("An event could not be posted in the channel; the timeline has it.");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some((incident, settings)) = worker.incident_and_settings(self.incident).await? else {
            return Ok(());
        };
        // Whatever makes or finds the channel enqueues this again.
        let Some(channel) = incident.open_channel() else {
            return Ok(());
        };
        after_panel(&incident, context)?;
        worker.after_resolution(&incident, context).await?;
        let pause =
            TimeDelta::from_std(worker.config.notice_pause).map_or(WORTH_SAYING, |pause| pause.min(WORTH_SAYING));
        loop {
            let now = context.now();
            let next = {
                let mut tx = worker.pool.begin().await?;
                let next = notices::next(&mut tx, incident.id, now, pause).await?;
                tx.commit().await?;
                next
            };
            let notice = match next {
                Next::Message(notice) => notice,
                Next::Nothing => return Ok(()),
                Next::NotBefore(moment) => {
                    return Err(Failure::Wait {
                        delay: (moment - now).to_std().unwrap_or_default(),
                        reason: "events that follow are posted together",
                    });
                }
            };
            let entries = {
                let mut conn = worker.pool.acquire().await?;
                notices::of_message(&mut conn, notice).await?
            };
            // What they name was there when they were written.
            let Some(incident) = worker.incident(self.incident).await? else {
                return Ok(());
            };
            if !entries.is_empty() {
                let message = message(&incident, &entries, &settings, context.now() - WORTH_SAYING);
                let said = worker
                    .post_once(&format!("notice/{notice}"), Place::channel(channel), &message)
                    .await;
                worker.in_channel(&incident, said).await?;
            }
            let mut conn = worker.pool.acquire().await?;
            notices::said(&mut conn, notice, context.now()).await?;
        }
    }
}

inventory::submit!(Handler::of::<jobs::SayNotices>());
