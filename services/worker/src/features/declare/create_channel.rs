//! Makes the channel of an incident.
//!
//! Its name was chosen with the incident; when somebody else took it in Slack, the incident gets the next free one.

use async_trait::async_trait;
use domain::{Incident, IncidentId, channel_name};
use queue::JobContext;
use store::effects;

use crate::Worker;
use crate::channels::Names;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::CreateChannel {
    const ON_DISCARD: OnDiscard = OnDiscard::Problem("The channel of this incident could not be created.");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some(incident) = worker.incident(self.incident).await? else {
            return Ok(());
        };
        if incident.channel_id.is_some() {
            return Ok(());
        }
        ask_for_name(worker, &incident, context).await?;
        let key = incident.key_in_channel("channel");
        let names = IncidentNames {
            worker,
            id: incident.id,
            chosen: incident.channel_name,
        };
        let made = worker.make_channel(&key, incident.private, &names).await?;

        let mut tx = worker.pool.begin().await?;
        let result = serde_json::json!(made);
        effects::finish(&mut tx, &key, &result).await?;
        incidents::channel_created(
            &mut tx,
            self.incident,
            &made.channel,
            &made.name,
            self.answer_in,
            context.now(),
        )
        .await?;
        context.complete(&mut tx).await?;
        store::commit(tx).await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::CreateChannel>());

/// Has the declarer's name fetched meanwhile, where it is not known.
async fn ask_for_name(worker: &Worker, incident: &Incident, context: &JobContext) -> Result<(), Failure> {
    let Some(user) = incident.declared_by.slack_user_id() else {
        return Ok(());
    };
    let mut conn = worker.pool.acquire().await?;
    if store::slack_users::fresh_name(&mut conn, user).await?.is_none() {
        let fetch = jobs::FetchUser {
            user: user.to_owned(),
            incident: incident.id,
        };
        context.enqueue(&mut conn, vec![fetch.job()]).await?;
    }
    Ok(())
}

/// The name that was chosen with the incident, and the next ones that no incident has.
struct IncidentNames<'a> {
    worker: &'a Worker,
    id: IncidentId,
    chosen: String,
}

#[async_trait]
impl Names for IncidentNames<'_> {
    fn first(&self) -> String {
        self.chosen.clone()
    }

    fn is_one(&self, name: &str) -> bool {
        name == self.chosen
    }

    async fn after(&self, _taken: &str) -> Result<String, Failure> {
        let mut tx = self.worker.pool.begin().await?;
        let Some(incident) = store::incidents::lock(&mut tx, self.id).await? else {
            return Err(Failure::Never("The incident no longer exists.".to_owned()));
        };
        let zone = store::settings::load(&mut tx).await?.time_zone;
        let base = channel_name::base(&incident.title, incident.declared_at, zone);
        let name = store::incidents::choose_channel_name(&mut tx, &base).await?;
        store::incidents::rename_channel(&mut tx, self.id, &name).await?;
        tx.commit().await?;
        Ok(name)
    }
}
