//! The database is away for seconds while people work: everybody goes on by themselves once it is back.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use testing::{Child, Proxy, System};
use tokio_util::sync::CancellationToken;

use crate::work::{Rotation, Work};

/// How soon every service is ready again.
const BACK_WITHIN: Duration = Duration::from_secs(5);

/// A gateway, two workers and a web behind a proxy that `take_away`s the database and `give_back`s it: when no service is ready
/// any more, and not before `lasting` is over.
async fn failover(lasting: Duration, take_away: impl AsyncFn(&mut Proxy), give_back: impl AsyncFn(&mut Proxy)) {
    let system = System::new(sandbox::Config::default()).await;
    let mut proxy = Proxy::before(system.database_url()).await;
    let url = proxy.url(system.database_url());
    let mut services = Vec::new();
    for service in ["gateway", "worker", "worker", "web"] {
        let mut child = Child::start_with(service, &system, &[("DATABASE_URL", &url)]);
        child.ready().await;
        services.push(child);
    }
    system.connected(2).await;
    system.channels_copied().await;
    let rotation = Rotation::default();
    rotation.add(services[3].address());

    let work = Work::new(&system, &rotation).await;
    let stop = CancellationToken::new();
    let failover = async {
        work.goes_on(2).await;
        take_away(&mut proxy).await;
        let over = tokio::time::sleep(lasting);
        join_all(services.iter().map(Child::not_ready)).await;
        over.await;
        give_back(&mut proxy).await;
        let back = Instant::now();
        join_all(services.iter_mut().map(Child::ready)).await;
        assert!(back.elapsed() < BACK_WITHIN, "ready after {:?}", back.elapsed());
        work.goes_on(5).await;
        stop.cancel();
    };
    tokio::join!(work.until(&stop), failover);
    work.completed().await;
    for service in services {
        service.stop().await;
    }
    system.end().await;
}

async fn cut_and_refused(lasting: Duration) {
    failover(
        lasting,
        async |proxy: &mut Proxy| proxy.stop().await,
        async |proxy: &mut Proxy| proxy.start_again().await,
    )
    .await;
}

async fn held(lasting: Duration) {
    failover(
        lasting,
        async |proxy: &mut Proxy| proxy.hold(),
        async |proxy: &mut Proxy| proxy.release(),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_cut_and_refused() {
    cut_and_refused(Duration::ZERO).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-faults runs it"]
async fn connections_are_cut_and_refused_for_half_a_minute() {
    cut_and_refused(Duration::from_secs(30)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_answered() {
    held(Duration::ZERO).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-faults runs it"]
async fn nothing_is_answered_for_half_a_minute() {
    held(Duration::from_secs(30)).await;
}
