//! The database is away for seconds while people work: everybody goes on by themselves once it is back.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use testing::{Child, Proxy, Server, System};
use tokio_util::sync::CancellationToken;

use crate::load::{start_again, stop};
use crate::work::{Rotation, Work};

/// How soon every service is ready again.
const BACK_WITHIN: Duration = Duration::from_secs(5);

/// A gateway, two workers and a web that find the database at `url`. `take_away` takes it from them, `give_back` brings it back:
/// when no service is ready any more, and not before `lasting` is over. Both do so by what stands `between` them.
async fn failover<T>(
    system: System,
    url: &str,
    between: &mut T,
    lasting: Duration,
    take_away: impl AsyncFn(&mut T),
    give_back: impl AsyncFn(&mut T),
) {
    let mut services = Vec::new();
    for service in ["gateway", "worker", "worker", "web"] {
        let mut child = Child::start_with(service, &system, &[("DATABASE_URL", url)]);
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
        take_away(&mut *between).await;
        let over = tokio::time::sleep(lasting);
        join_all(services.iter().map(Child::not_ready)).await;
        over.await;
        give_back(&mut *between).await;
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

/// The same where the services reach the database through a proxy.
async fn behind_a_proxy(lasting: Duration, take_away: impl AsyncFn(&mut Proxy), give_back: impl AsyncFn(&mut Proxy)) {
    let system = System::new(sandbox::Config::default()).await;
    let mut proxy = Proxy::before(system.database_url()).await;
    let url = proxy.url(system.database_url());
    failover(system, &url, &mut proxy, lasting, take_away, give_back).await;
}

async fn cut_and_refused(lasting: Duration) {
    behind_a_proxy(
        lasting,
        async |proxy: &mut Proxy| proxy.stop().await,
        async |proxy: &mut Proxy| proxy.start_again().await,
    )
    .await;
}

async fn held(lasting: Duration) {
    behind_a_proxy(
        lasting,
        async |proxy: &mut Proxy| proxy.hold(),
        async |proxy: &mut Proxy| proxy.release(),
    )
    .await;
}

/// As a crash kills it: what it had in hand is lost, and it recovers from its log.
#[tokio::test(flavor = "multi_thread")]
async fn postgres_is_killed_and_started_again() {
    let mut server = Server::start("failover");
    let system = System::on(&server, sandbox::Config::default()).await;
    let url = system.database_url().to_owned();
    failover(
        system,
        &url,
        &mut server,
        Duration::ZERO,
        async |server: &mut Server| stop(server).await,
        async |server: &mut Server| start_again(server).await,
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
