//! Gives the channel of an incident another name.

use async_trait::async_trait;
use domain::{Incident, channel_name};
use queue::JobContext;

use crate::Worker;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

/// How many names are tried in one run.
const NAMES_A_RUN: usize = 20;

#[async_trait]
impl Perform for jobs::RenameChannel {
    const ON_DISCARD: OnDiscard = OnDiscard::Problem("The channel could not be renamed and keeps its name.");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some(incident) = worker.incident(self.incident).await? else {
            return Ok(());
        };
        let Some(channel) = incident.open_channel() else {
            return Ok(());
        };
        let wanted = {
            let mut conn = worker.pool.acquire().await?;
            store::incidents::wanted_channel_name(&mut conn, incident.id).await?
        };
        let Some(mut name) = wanted else {
            return Ok(());
        };
        for _ in 0..NAMES_A_RUN {
            let given = match worker.slack.rename_channel(channel, &name).await {
                Err(slack::Error::Refused { code, .. }) if code == "name_taken" => {
                    let now = worker.slack.channel(channel).await?.name;
                    if now != name {
                        name = next(worker, &incident, &name).await?;
                        continue;
                    }
                    // By a call of ours whose answer was lost.
                    now
                }
                answer => answer?.name,
            };
            let mut tx = worker.pool.begin().await?;
            incidents::channel_renamed(&mut tx, incident.id, &given, &self.actor, context.now()).await?;
            context.complete(&mut tx).await?;
            tx.commit().await?;
            return Ok(());
        }
        Err(Failure::Never(format!("{NAMES_A_RUN} names in a row were taken.")))
    }
}

inventory::submit!(Handler::of::<jobs::RenameChannel>());

/// The first name after one that is taken in Slack which no incident has.
async fn next(worker: &Worker, incident: &Incident, taken: &str) -> Result<String, Failure> {
    let mut conn = worker.pool.acquire().await?;
    let zone = worker.pool.settings(&mut conn).await?.time_zone;
    let base = channel_name::base(&incident.title, incident.declared_at, zone);
    let mut number = channel_name::number_of(taken, &base).unwrap_or(0);
    loop {
        number += 1;
        let name = channel_name::numbered(&base, number);
        if store::incidents::want_channel_name(&mut conn, incident.id, Some(&name)).await? {
            return Ok(name);
        }
    }
}
