//! A rollout: the schema is expanded, then every replica of every service is replaced, as Kubernetes does it, while people work.

use std::collections::BTreeSet;
use std::time::Duration;

use sandbox::Envelope;
use sqlx::AssertSqlSafe;
use sqlx::error::DatabaseError;
use testing::{Child, System, wait_for};
use tokio_util::sync::CancellationToken;

use crate::work::{Rotation, Work};

/// How many replicas each service has.
const REPLICAS: usize = 2;
/// How many sockets a gateway holds.
const SOCKETS: usize = 2;

/// What a rollout has to keep to.
struct Bounds {
    /// How many more incidents are declared and changed after each of its steps.
    work: usize,
    /// How long acknowledgements take, but for one in a hundred.
    ack: Duration,
    /// How long before the end of its socket Slack sent what is not acknowledged: a round trip.
    round_trip: Duration,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_replica_is_replaced_under_load() {
    // A busy machine answers late; Slack waits for 3 s.
    rollout(&Bounds {
        work: 1,
        ack: Duration::from_secs(2),
        round_trip: Duration::from_millis(500),
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-faults runs it, with the machine to itself"]
async fn acknowledgements_stay_quick() {
    rollout(&Bounds {
        work: 5,
        ack: Duration::from_millis(200),
        round_trip: Duration::from_millis(100),
    })
    .await;
}

async fn rollout(bounds: &Bounds) {
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
        work.goes_on(bounds.work).await;
        expand(&system).await;
        work.goes_on(bounds.work).await;
        for old in std::mem::take(&mut gateways) {
            gateways.push(start("gateway").await);
            old.stop().await;
            work.goes_on(bounds.work).await;
        }
        for old in std::mem::take(&mut workers) {
            workers.push(start("worker").await);
            old.stop().await;
            work.goes_on(bounds.work).await;
        }
        for old in std::mem::take(&mut webs) {
            let new = start("web").await;
            rotation.add(new.address());
            webs.push(new);
            rotation.take_out(old.address()).await;
            old.stop().await;
            work.goes_on(bounds.work).await;
        }
        stop.cancel();
    };
    tokio::join!(work.until(&stop), rollout);
    let failed = work.completed().await;
    assert!(failed.is_empty(), "requests of the console failed: {failed:#?}");
    acknowledged(&system, bounds).await;
    system.end().await;
}

/// Expands the schema as the next release may, under the eyes of replicas that do not know of it: every table gets a column
/// that may be empty and one with a default, and there is a table more. Locks are waited for as migrations wait for them.
async fn expand(system: &System) {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT quote_ident(tablename) FROM pg_tables
         WHERE schemaname = current_schema() AND tablename <> '_sqlx_migrations'",
    )
    .fetch_all(system.pool())
    .await
    .unwrap();
    assert!(tables.len() > 20, "{tables:?}");
    let columns = "ADD COLUMN IF NOT EXISTS of_next_release text,
                   ADD COLUMN IF NOT EXISTS is_of_next_release boolean NOT NULL DEFAULT false";
    let mut steps: Vec<_> = tables
        .iter()
        .map(|table| format!("ALTER TABLE {table} {columns}"))
        .collect();
    steps.push(
        "CREATE TABLE IF NOT EXISTS next_release (incident uuid REFERENCES incidents ON DELETE CASCADE)".to_owned(),
    );
    steps.push(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         SELECT max(version) + 1, 'next release', true, '\\x00'::bytea, 0 FROM _sqlx_migrations"
            .to_owned(),
    );
    for step in steps {
        let step = format!("SET LOCAL lock_timeout = '5s'; {step}");
        wait_for("the schema to be expanded", async || {
            let done = sqlx::raw_sql(AssertSqlSafe(step.clone())).execute(system.pool()).await;
            if let Err(error) = &done {
                let code = error.as_database_error().and_then(DatabaseError::code);
                // lock_not_available
                assert!(code.is_some_and(|code| code == "55P03"), "{step}: {error}");
            }
            done.ok()
        })
        .await;
    }
}

/// All that Slack sent was acknowledged, and soon, but for what was on its way into a socket that was being closed: Slack sent it
/// in the last round trip. Events among it were sent again, and acknowledged then.
#[allow(clippy::print_stdout, reason = "what was measured is shown")]
async fn acknowledged(system: &System, bounds: &Bounds) {
    let envelopes = wait_for("the last acknowledgements", async || {
        let envelopes = system.sandbox.sockets().envelopes();
        let is_over = |envelope: &Envelope| envelope.acked_after.is_some() || envelope.ended_after.is_some();
        let are_over = envelopes.iter().all(is_over);
        are_over.then_some(envelopes)
    })
    .await;
    let (acknowledged, other): (Vec<_>, Vec<_>) = envelopes.iter().partition(|envelope| envelope.acked_after.is_some());
    let mut took: Vec<_> = acknowledged
        .iter()
        .filter_map(|envelope| envelope.acked_after)
        .collect();
    took.sort();
    let part = |percent: usize| took[(took.len() - 1) * percent / 100];
    let of_people = other.iter().filter(|envelope| envelope.event_id.is_none()).count();
    println!(
        "{} envelopes: acknowledged p50 {:.1?}, p99 {:.1?}, longest {:.1?}; {} went into closing sockets, {of_people} of people",
        envelopes.len(),
        part(50),
        part(99),
        part(100),
        other.len(),
    );
    assert!(part(99) <= bounds.ack, "acknowledgements took {took:?}");

    assert!(other.len() <= SOCKETS * REPLICAS, "of {}: {other:#?}", envelopes.len());
    let acknowledged: BTreeSet<_> = acknowledged.iter().map(|envelope| &envelope.event_id).collect();
    for envelope in other {
        let was_late = envelope.ended_after.is_some_and(|ended| ended <= bounds.round_trip);
        assert!(was_late, "{envelope:?}");
        if envelope.event_id.is_some() {
            assert!(acknowledged.contains(&envelope.event_id), "{envelope:?}");
        }
    }
}
