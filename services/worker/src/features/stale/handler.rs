//! Lists incidents that are open for very long.

use async_trait::async_trait;
use chrono::Days;
use queue::JobContext;

use super::message::{messages, unlisted};
use crate::Worker;
use crate::effects::Place;
use crate::failure::Failure;
use crate::perform::{HOUR, Handler, OnDiscard, Perform, Periodic};

#[async_trait]
impl Perform for jobs::ListStale {
    const ON_DISCARD: OnDiscard = OnDiscard::Silent("the next list holds the same incidents");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let mut tx = worker.pool.begin().await?;
        let settings = store::settings::load(&mut tx).await?;
        let ago = |days: u32| self.tick.checked_sub_days(Days::new(days.into()));
        let (true, Some(last), Some(declared)) = (
            settings.stale_after_days > 0,
            ago(settings.stale_every_days),
            ago(settings.stale_after_days),
        ) else {
            return Ok(());
        };
        let post = store::stale_posts::next(&mut tx, self.tick, last, declared).await?;
        tx.commit().await?;
        let Some(post) = post else {
            return Ok(());
        };
        let Some(digest) = worker.known_digest_channel().await? else {
            return Err(Failure::not_yet("the digest channel is not known yet"));
        };
        let (incidents, shared) = {
            let mut conn = worker.pool.acquire().await?;
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
            worker.post_once(&key, Place::channel(&digest), message).await?;
        }
        let mut tx = worker.pool.begin().await?;
        store::stale_posts::posted(&mut tx, post.id, context.now()).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::ListStale>());
inventory::submit!(Periodic {
    name: "list forgotten incidents",
    every: |_| Some(HOUR),
    job: |tick, _| jobs::ListStale { tick }.job(),
});
