//! Gives the hint, and puts it away.

use async_trait::async_trait;
use queue::JobContext;

use super::message::message;
use crate::Worker;
use crate::effects::Place;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::HintChatter {
    const ON_DISCARD: OnDiscard = OnDiscard::Silent("a hint is worth nothing later");

    async fn perform(self, worker: &Worker, _context: &JobContext) -> Result<(), Failure> {
        let any_open = {
            let mut conn = worker.pool.acquire().await?;
            store::chatter::any_open(&mut conn).await?
        };
        if any_open {
            return Ok(());
        }
        let message = message(self.hint);
        let key = jobs::HintChatter::key(self.hint);
        worker.post_once(&key, Place::channel(&self.channel), &message).await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::HintChatter>());

#[async_trait]
impl Perform for jobs::DeleteMessage {
    const ON_DISCARD: OnDiscard = OnDiscard::Silent("a hint that somebody has read stays where it is");

    async fn perform(self, worker: &Worker, _context: &JobContext) -> Result<(), Failure> {
        let deleted = worker.slack.delete_message(&self.channel, &self.ts).await;
        Ok(deleted?)
    }
}

inventory::submit!(Handler::of::<jobs::DeleteMessage>());
