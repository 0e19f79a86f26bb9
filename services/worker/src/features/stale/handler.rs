//! Lists incidents that are open for very long.

use async_trait::async_trait;
use chrono::Days;
use jobs::payloads::slack as job;
use queue::{Handler, JobContext, Outcome};

use super::message::{messages, unlisted};
use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};

/// Lists incidents that are open for very long, when that is due.
pub(crate) struct ListStale(pub(crate) Worker);

#[async_trait]
impl Handler<job::ListStale> for ListStale {
    async fn run(&self, job: job::ListStale, context: &JobContext) -> Outcome {
        outcome(self.list(job, context).await)
    }
}

impl ListStale {
    async fn list(&self, job: job::ListStale, context: &JobContext) -> Result<(), Failure> {
        let mut tx = self.0.pool.begin().await?;
        let settings = store::settings::load(&mut tx).await?;
        let ago = |days: u32| job.tick.checked_sub_days(Days::new(days.into()));
        let (true, Some(last), Some(declared)) = (
            settings.stale_after_days > 0,
            ago(settings.stale_every_days),
            ago(settings.stale_after_days),
        ) else {
            return Ok(());
        };
        let post = store::stale_posts::next(&mut tx, job.tick, last, declared).await?;
        tx.commit().await?;
        let Some(post) = post else {
            return Ok(());
        };
        let Some(digest) = self.0.known_digest_channel().await? else {
            return Err(Failure::not_yet("the digest channel is not known yet"));
        };
        let (incidents, shared) = {
            let mut conn = self.0.pool.acquire().await?;
            let shared = store::slack_channels::is_ext_shared(&mut conn, &digest).await?;
            let incidents = store::stale_posts::listed(&mut conn, &post.incidents).await?;
            (incidents, shared.unwrap_or(true))
        };
        let messages = if shared {
            unlisted(&incidents, &settings)
        } else {
            messages(&incidents, &settings)
        };
        for (page, message) in messages.iter().enumerate() {
            let key = format!("stale/{}/{page}", post.id);
            self.0.post_once(&key, Place::channel(&digest), message).await?;
        }
        let mut tx = self.0.pool.begin().await?;
        store::stale_posts::posted(&mut tx, post.id, context.now()).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}
