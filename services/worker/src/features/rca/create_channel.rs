//! Makes the RCA channel of an incident.

use async_trait::async_trait;
use domain::{NamedChannel, channel_name};
use queue::JobContext;
use store::effects;

use crate::Worker;
use crate::channels::Names;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::CreateRcaChannel {
    const ON_DISCARD: OnDiscard = OnDiscard::Problem("The post-incident channel could not be created.");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some(incident) = worker.incident(self.incident).await? else {
            return Ok(());
        };
        // Reopened before it was made: the next time it is resolved it is asked for again.
        if incident.rca_channel.is_some() || !incident.is_resolved() {
            return Ok(());
        }
        let key = format!("{}/rca/channel", incident.id);
        // Kept before the first call, because the incident's channel may be renamed before the next one.
        let base = {
            let mut conn = worker.pool.acquire().await?;
            effects::intend(&mut conn, &key, &channel_name::rca(&incident.channel_name)).await?
        };
        let names = RcaNames(base);
        let made = worker.make_channel(&key, incident.private, &names).await?;

        let mut tx = worker.pool.begin().await?;
        effects::finish(&mut tx, &key, &serde_json::json!(made)).await?;
        let channel = NamedChannel {
            id: made.channel,
            name: made.name,
        };
        incidents::rca_channel_created(&mut tx, incident.id, &channel, context.now()).await?;
        context.complete(&mut tx).await?;
        store::commit(tx).await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::CreateRcaChannel>());

/// The incident's own name, as it was when the channel was asked for, with a suffix, and with numbers behind it.
struct RcaNames(String);

#[async_trait]
impl Names for RcaNames {
    fn first(&self) -> String {
        self.0.clone()
    }

    fn is_one(&self, name: &str) -> bool {
        let rest = name.strip_prefix(&self.0);
        rest.is_some_and(|rest| rest.is_empty() || number(rest).is_some())
    }

    async fn after(&self, taken: &str) -> Result<String, Failure> {
        let last = taken.strip_prefix(&self.0).and_then(number).unwrap_or(1);
        Ok(channel_name::numbered(&self.0, last + 1))
    }
}

/// The number behind a name, as in `-2`.
fn number(rest: &str) -> Option<u32> {
    rest.strip_prefix('-')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_follow_each_other() {
        let names = RcaNames("inc-1-rca".to_owned());
        let second = names.after(&names.first()).await.unwrap();
        let third = names.after(&second).await.unwrap();
        assert_eq!((second.as_str(), third.as_str()), ("inc-1-rca-2", "inc-1-rca-3"));
        assert!(names.is_one("inc-1-rca") && names.is_one(&third));
        assert!(!names.is_one("inc-1-rca-old"));
    }
}
