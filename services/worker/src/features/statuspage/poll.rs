//! Reads what stands on the page: of our incidents, and of everything else.

use async_trait::async_trait;
use domain::statuspage::{Published, Seen};
use queue::JobContext;
use statuspage::Client;

use super::failed;
use crate::Worker;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform, Periodic};

/// How often a call that may work the next time is made; then the next look has to do.
const ATTEMPTS: u32 = 3;

/// What was read.
struct Read {
    standing: Vec<Seen>,
    /// What we published and does not stand among the open ones: how it is, or that it was removed.
    ended: Vec<(Published, Option<Seen>)>,
}

#[async_trait]
impl Perform for jobs::PollStatuspage {
    const ON_DISCARD: OnDiscard = OnDiscard::LOOK;

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some(client) = worker.vendors.statuspage.client() else {
            return Ok(());
        };
        let ours = store::statuspage::open(&mut *worker.pool.acquire().await?).await?;
        // What is not shown once may only be hidden for a moment; taking it for removed ends it for good.
        let believe = context.attempt() >= ATTEMPTS;
        let read = match read(client, &ours, believe).await {
            Ok(read) => read,
            // The others wait too, and so does this one.
            Err(error @ http_client::Error::RateLimited(_)) => return Err(failed(error)),
            Err(error) if error.is_transient() && context.attempt() < ATTEMPTS => return Err(failed(error)),
            Err(error) => {
                tracing::warn!(%error, "Statuspage could not be read");
                let mut tx = worker.pool.begin().await?;
                store::statuspage::failed(&mut tx, &error.to_string(), context.now()).await?;
                context.complete(&mut tx).await?;
                tx.commit().await?;
                return Ok(());
            }
        };
        let now = context.now();
        let mut tx = worker.pool.begin().await?;
        store::statuspage::looked(&mut tx, &read.standing, now).await?;
        // In the order in which incidents are locked.
        for published in &ours {
            let id = published.statuspage_id.as_deref();
            let standing = read.standing.iter().find(|seen| Some(seen.id.as_str()) == id);
            let ended = || read.ended.iter().find(|(ended, _)| ended.id == published.id);
            match (standing, ended()) {
                (Some(seen), _) | (None, Some((_, Some(seen)))) => {
                    incidents::statuspage_seen(&mut tx, published.id, seen, None, now).await?;
                }
                (None, Some((_, None))) => incidents::statuspage_removed(&mut tx, published.id, now).await?,
                (None, None) => {}
            }
        }
        context.complete(&mut tx).await?;
        store::commit(tx).await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::PollStatuspage>());
inventory::submit!(Periodic {
    name: "poll statuspage",
    every: |config| config.vendors.statuspage.as_ref().map(|config| config.every),
    job: |_, _| jobs::PollStatuspage {}.job(),
});

async fn read(client: &Client, ours: &[Published], believe: bool) -> Result<Read, http_client::Error> {
    let mut standing = client.unresolved().await?;
    standing.extend(client.scheduled().await?);
    let mut ended = Vec::new();
    for published in ours {
        let Some(id) = &published.statuspage_id else {
            continue;
        };
        if standing.iter().any(|seen| seen.id == *id) {
            continue;
        }
        let seen = match client.get(id).await {
            Err(http_client::Error::NotFound) if believe => None,
            Err(http_client::Error::NotFound) => {
                return Err(http_client::Error::Transient(
                    "what we published is not shown".to_owned(),
                ));
            }
            answer => Some(answer?),
        };
        ended.push((published.clone(), seen));
    }
    Ok(Read { standing, ended })
}
