//! Files that are shared in a channel once, however often their job runs.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use store::effects;

use crate::Worker;
use crate::effects::{Effect, Making};
use crate::failure::Failure;

/// A file that is shared in a channel. Its name carries a mark, by which it is found again.
pub(crate) struct SharedFile<'a> {
    pub(crate) worker: &'a Worker,
    /// The effect's key.
    pub(crate) key: &'a str,
    pub(crate) channel: &'a str,
    pub(crate) name: String,
    pub(crate) mark: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) comment: &'a str,
}

#[async_trait]
impl Effect for SharedFile<'_> {
    /// Nobody needs more than that it is there.
    type Made = Value;

    async fn find(&self, oldest: DateTime<Utc>) -> Result<Option<Value>, Failure> {
        let there = self.worker.slack.find_file(self.channel, &self.mark, oldest).await?;
        Ok(there.then(|| json!({ "file": self.mark })))
    }

    async fn make(&self, _attempt: &Making) -> Result<Value, Failure> {
        // Nobody sees it before it is shared. Sending it takes as long as it takes: the attempt begins with the next call.
        let file = self.worker.slack.upload(&self.name, self.bytes.clone().into()).await?;
        {
            let mut conn = self.worker.pool.acquire().await?;
            effects::start_again(&mut conn, self.key).await?;
        }
        let shared = self
            .worker
            .slack
            .share_file(self.channel, &file, &self.name, self.comment);
        shared.await?;
        Ok(json!({ "file": self.mark }))
    }
}

impl Worker {
    /// Shares a file unless it was shared with its key.
    pub(crate) async fn share_once(&self, file: &SharedFile<'_>) -> Result<(), Failure> {
        self.once(file.key, self.slack.timeout(), file).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_read() {
        crate::effects::assert_reads::<SharedFile<'_>>(&[(1, r#"{"file":"12"}"#), (1, r#""12""#)]);
    }
}
