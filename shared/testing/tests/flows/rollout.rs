//! A rollout: every replica of every service is replaced, as Kubernetes does it, while people work.

use std::collections::BTreeSet;

use testing::{Child, System};
use tokio_util::sync::CancellationToken;

use crate::work::{Rotation, Work};

/// How many replicas each service has.
const REPLICAS: usize = 2;
/// How many sockets a gateway holds.
const SOCKETS: usize = 2;

#[tokio::test(flavor = "multi_thread")]
async fn every_replica_is_replaced_under_load() {
    let system = System::new(sandbox::Config::default()).await;
    let start = async |service| {
        let mut child = Child::start(service, &system);
        child.ready().await;
        child
    };
    let (mut gateways, mut workers, mut webs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..REPLICAS {
        gateways.push(start("gateway").await);
        workers.push(start("worker").await);
        webs.push(start("web").await);
    }
    system.connected(SOCKETS * REPLICAS).await;
    system.channels_copied().await;
    let rotation = Rotation::default();
    for web in &webs {
        rotation.add(web.address());
    }

    let work = Work::new(&system, &rotation).await;
    let stop = CancellationToken::new();
    let rollout = async {
        work.goes_on(1).await;
        for old in std::mem::take(&mut gateways) {
            gateways.push(start("gateway").await);
            old.stop().await;
            work.goes_on(1).await;
        }
        for old in std::mem::take(&mut workers) {
            workers.push(start("worker").await);
            old.stop().await;
            work.goes_on(1).await;
        }
        for old in std::mem::take(&mut webs) {
            let new = start("web").await;
            rotation.add(new.address());
            webs.push(new);
            rotation.take_out(old.address()).await;
            old.stop().await;
            work.goes_on(1).await;
        }
        stop.cancel();
    };
    tokio::join!(work.until(&stop), rollout);
    let failed = work.completed().await;
    assert!(failed.is_empty(), "requests of the console failed: {failed:#?}");
    acknowledged(&system);
    system.end().await;
}

/// All that Slack sent was acknowledged, but for what was on its way into a socket that was being closed. Events among it were
/// sent again, and acknowledged then.
fn acknowledged(system: &System) {
    let envelopes = system.sandbox.sockets().envelopes();
    let (acknowledged, other): (Vec<_>, Vec<_>) = envelopes.iter().partition(|envelope| envelope.acked_after.is_some());
    assert!(other.len() <= SOCKETS * REPLICAS, "of {}: {other:#?}", envelopes.len());
    let acknowledged: BTreeSet<_> = acknowledged.iter().map(|envelope| &envelope.event_id).collect();
    for envelope in other.iter().filter(|envelope| envelope.event_id.is_some()) {
        assert!(acknowledged.contains(&envelope.event_id), "{envelope:?}");
    }
}
