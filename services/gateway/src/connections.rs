//! Who else holds connections of our Slack app. Slack gives each press to one connection, so what a process of others gets
//! is lost for us, and everything looks healthy: an old release that still runs, another environment with the same tokens.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::Gateway;

/// How often each gateway tells the others how many it holds.
const TELL_EVERY: Duration = Duration::from_secs(10);
/// How long after Slack told a number it is compared: the others tell of new ones meanwhile.
const SETTLE: Duration = Duration::from_secs(2);

/// The connections of this process, and those of others.
#[derive(Debug)]
pub(crate) struct Connections {
    replica: Uuid,
    /// Those that Slack has greeted.
    held: AtomicUsize,
    changed: Notify,
    /// Those that no gateway of ours holds, when Slack told last.
    foreign: AtomicI64,
    /// How often Slack has told, and the most of what it told since that was compared.
    told: AtomicUsize,
    most_told: AtomicI64,
}

impl Connections {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            replica: Uuid::now_v7(),
            held: AtomicUsize::new(0),
            changed: Notify::new(),
            foreign: AtomicI64::new(0),
            told: AtomicUsize::new(0),
            most_told: AtomicI64::new(0),
        })
    }

    /// How many this process holds.
    pub(crate) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// One more.
    pub(crate) fn opened(&self) {
        self.held.fetch_add(1, Ordering::Relaxed);
        self.changed.notify_one();
    }

    /// One less.
    pub(crate) fn closed(&self) {
        self.held.fetch_sub(1, Ordering::Relaxed);
        self.changed.notify_one();
    }

    /// What is to be said of those of others, where there are any.
    pub(crate) fn warning(&self) -> Option<String> {
        let connections = match self.foreign.load(Ordering::Relaxed) {
            ..=0 => return None,
            1 => "a connection".to_owned(),
            many => format!("{many} connections"),
        };
        Some(format!(
            "Another process holds {connections} of this Slack app, so commands and button presses may get lost. Stop \
             it, or give it a Slack app of its own."
        ))
    }
}

/// Tells the other gateways how many this one holds, until `shutdown` and the last one is closed: until then Slack counts it.
pub(crate) async fn tell(gateway: &Gateway, shutdown: &CancellationToken) {
    let connections = &gateway.connections;
    loop {
        record(gateway).await;
        tokio::select! {
            () = shutdown.cancelled(), if connections.held() == 0 => break,
            () = tokio::time::sleep(TELL_EVERY) => {}
            () = connections.changed.notified() => {}
        }
    }
    let forgotten = gateway.in_background(async {
        let mut conn = gateway.pool.acquire().await?;
        Ok(store::gateway_sockets::forget(&mut conn, connections.replica).await?)
    });
    if forgotten.await.is_err() {
        tracing::debug!("this gateway's connections could not be deregistered; they expire");
    }
}

async fn record(gateway: &Gateway) {
    let held = i32::try_from(gateway.connections.held()).unwrap_or(i32::MAX);
    metrics::gauge!("incident_bot_slack_connections").set(f64::from(held));
    let recorded = gateway.in_background(async {
        let mut conn = gateway.pool.acquire().await?;
        Ok(store::gateway_sockets::keep(&mut conn, gateway.connections.replica, held).await?)
    });
    if recorded.await.is_err() {
        tracing::debug!("this gateway's connections could not be registered");
    }
}

/// Compares the number of connections that Slack told with those that gateways hold, in a task of its own,
/// unless `shutdown` comes first: a gateway that stops holds none any more.
pub(crate) fn compare(gateway: &Gateway, told: i64, shutdown: CancellationToken) {
    let gateway = gateway.clone();
    let number = gateway.connections.told.fetch_add(1, Ordering::Relaxed) + 1;
    gateway.connections.most_told.fetch_max(told, Ordering::Relaxed);
    let errands = gateway.errands.clone();
    errands.spawn(async move {
        let Some(before) = total(&gateway).await else { return };
        // A gateway that has just opened one, or closed one, is no stranger.
        if shutdown.run_until_cancelled(tokio::time::sleep(SETTLE)).await.is_none() {
            return;
        }
        let Some(after) = total(&gateway).await else { return };
        // Of several connections that open together, each is told another number: the last task compares the highest.
        if gateway.connections.told.load(Ordering::Relaxed) != number {
            return;
        }
        let told = gateway.connections.most_told.swap(0, Ordering::Relaxed);
        let foreign = foreign(told, before, after);
        metrics::gauge!("incident_bot_foreign_slack_connections")
            .set(f64::from(i32::try_from(foreign).unwrap_or(i32::MAX)));
        let was = gateway.connections.foreign.swap(foreign, Ordering::Relaxed);
        match gateway.connections.warning() {
            Some(warning) => tracing::warn!("{warning}"),
            None if was > 0 => tracing::info!("no other process holds connections of this Slack app now"),
            None => {}
        }
    });
}

async fn total(gateway: &Gateway) -> Option<i64> {
    let total = gateway.in_background(async {
        let mut conn = gateway.pool.acquire().await?;
        Ok(store::gateway_sockets::total(&mut conn).await?)
    });
    total.await.ok()
}

/// How many of those that Slack told are held by no gateway, of which `before` and `after` are known.
fn foreign(told: i64, before: i64, after: i64) -> i64 {
    told.saturating_sub(before.max(after)).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_never_ours_is_foreign() {
        assert_eq!(foreign(2, 1, 2), 0);
        assert_eq!(foreign(2, 2, 1), 0);
        assert_eq!(foreign(2, 4, 4), 0);
        assert_eq!(foreign(5, 2, 2), 3);
        let connections = Connections::new();
        assert_eq!(connections.warning(), None);
        connections.foreign.store(3, Ordering::Relaxed);
        assert!(
            connections
                .warning()
                .unwrap()
                .contains("holds 3 connections of this Slack app")
        );
    }
}
