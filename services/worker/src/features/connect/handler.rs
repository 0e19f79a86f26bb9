//! Asks by direct message, and shows there what was answered.

use async_trait::async_trait;
use jobs::payloads::slack as job;
use queue::{Handler, JobContext, Outcome};

use super::message::question;
use crate::Worker;
use crate::failure::{Failure, outcome};

/// Asks somebody whether a person of the console is them, or shows what became of that.
pub(crate) struct DrawSlackLink(pub(crate) Worker);

#[async_trait]
impl Handler<job::DrawSlackLink> for DrawSlackLink {
    async fn run(&self, job: job::DrawSlackLink, context: &JobContext) -> Outcome {
        outcome(self.draw(&job, context).await)
    }
}

impl DrawSlackLink {
    async fn draw(&self, job: &job::DrawSlackLink, context: &JobContext) -> Result<(), Failure> {
        let asked = {
            let mut conn = self.0.pool.acquire().await?;
            store::slack_links::get(&mut conn, job.link).await?
        };
        let Some(asked) = asked else {
            return Ok(());
        };
        let key = format!("slack_link/{}", asked.id);
        let message = question(&asked, self.0.config.web_url.as_deref());
        if let Some((channel, ts)) = &asked.message {
            return match self.0.slack.update_message(channel, ts, &message, &key).await {
                // Somebody deleted it; that is theirs to decide.
                Err(slack::Error::NotFound { code, .. }) if code == "message_not_found" => Ok(()),
                answer => Ok(answer?),
            };
        }
        // Whoever answered has the message, though it is not known yet where: it is found and drawn anew.
        if asked.confirmed.is_none() && !asked.is_open(context.now()) {
            return Ok(());
        }
        let direct = self.0.slack.open_direct_messages(&asked.slack_user_id).await?;
        let ts = self.0.post_once_as_it_is_now(&key, &direct, &message).await?;
        let mut tx = self.0.pool.begin().await?;
        store::slack_links::set_message(&mut tx, asked.id, &direct, &ts).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}
