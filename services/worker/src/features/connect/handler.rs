//! Asks by direct message, and shows there what was answered.

use async_trait::async_trait;
use queue::JobContext;

use super::message::question;
use crate::Worker;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::DrawSlackLink {
    const ON_DISCARD: OnDiscard = OnDiscard::Silent("the console says that nobody answered, and offers to ask again");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let asked = {
            let mut conn = worker.pool.acquire().await?;
            store::slack_links::get(&mut conn, self.link).await?
        };
        let Some(asked) = asked else {
            return Ok(());
        };
        let key = format!("slack_link/{}", asked.id);
        let message = question(&asked, worker.config.web_url.as_deref());
        if let Some((channel, ts)) = &asked.message {
            return match worker.slack.update_message(channel, ts, &message, &key).await {
                // Somebody deleted it; that is theirs to decide.
                Err(slack::Error::NotFound { code, .. }) if code == "message_not_found" => Ok(()),
                answer => Ok(answer?),
            };
        }
        // Whoever answered has the message, though it is not known yet where: it is found and drawn anew.
        if asked.confirmed.is_none() && !asked.is_open(context.now()) {
            return Ok(());
        }
        let direct = worker.slack.open_direct_messages(&asked.slack_user_id).await?;
        let ts = worker.post_once_as_it_is_now(&key, &direct, &message).await?;
        let mut tx = worker.pool.begin().await?;
        store::slack_links::set_message(&mut tx, asked.id, &direct, &ts).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::DrawSlackLink>());
