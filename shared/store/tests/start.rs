//! What a service does with its database before anything else, and what its connections are like.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand outside the test functions")]

use std::future::poll_fn;
use std::task::Poll;
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use store::migrations::BASELINE;
use store::{Config, StartError};
use testing::{Database, Proxy, Server, refusing_server, wait_for};

async fn shown(pool: &store::PgPool, setting: &str) -> String {
    sqlx::query_scalar("SELECT current_setting($1)")
        .bind(setting)
        .fetch_one(&**pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_pooler_that_refuses_startup_parameters_can_be_used() {
    let database = Database::new().await;
    let proxy = Proxy::before(database.url()).await;
    proxy.refuse_startup_parameters();
    let config = Config::at(&proxy.url(database.url())).unwrap();
    store::prepare(&config).await.unwrap();
    let pool = store::connect(&config);
    assert_eq!(shown(&pool, "search_path").await, "incident_bot");
}

#[tokio::test]
async fn startup_parameters_of_the_address_are_named_when_a_pooler_refuses_them() {
    let database = Database::new().await;
    let proxy = Proxy::before(database.url()).await;
    proxy.refuse_startup_parameters();
    let address = format!("{}?options=-c%20search_path%3Dpublic", proxy.url(database.url()));
    let config = Config::at(&address).unwrap();
    let refused = store::prepare(&config).await.unwrap_err();
    assert!(
        refused.to_string().contains("unsupported startup parameter: options"),
        "{refused}"
    );
}

#[tokio::test]
async fn nothing_on_a_connection_takes_for_ever() {
    let database = Database::new().await;
    let mut config = Config::at(database.url()).unwrap();
    let limits = config.limits;
    let pool = store::connect(&config);
    for (setting, limit) in [
        ("statement_timeout", limits.statement),
        ("lock_timeout", limits.lock),
        ("idle_in_transaction_session_timeout", limits.idle_in_transaction),
    ] {
        let (limit, set) = (limit.unwrap(), shown(&pool, setting).await);
        assert_eq!(set, format!("{}s", limit.as_secs()), "{setting}");
    }
    config.limits.statement = Some(Duration::from_millis(50));
    let pool = store::connect(&config);
    let slow = sqlx::query("SELECT pg_sleep(60)").execute(&*pool).await.unwrap_err();
    assert!(slow.to_string().contains("statement timeout"), "{slow}");
}

#[tokio::test]
async fn a_connection_that_was_cut_without_a_word_is_replaced() {
    let database = Database::new().await;
    let proxy = Proxy::before(database.url()).await;
    let mut config = Config::at(&proxy.url(database.url())).unwrap();
    config.max_connections = 1;
    config.open_connections = 1;
    let pool = store::connect(&config);
    store::open(&pool).await.unwrap();
    proxy.black_hole();
    // Nobody waits for the answer any more: the connection goes back, and the only place in the pool must not stay taken.
    let hangs = sqlx::query("SELECT 1").execute(&*pool);
    assert!(tokio::time::timeout(Duration::from_millis(200), hangs).await.is_err());
    store::reachable(&pool).await.unwrap();
}

#[tokio::test]
async fn a_transaction_that_nobody_waits_for_while_it_begins_is_over() {
    let database = Database::new().await;
    let mut config = Config::at(database.url()).unwrap();
    config.max_connections = 1;
    let pool = store::connect(&config);
    store::reachable(&pool).await.unwrap();
    // However far it has come.
    for polls in 1..30 {
        let mut begins = pool.begin();
        for _ in 0..polls {
            if poll_fn(|context| Poll::Ready(begins.as_mut().poll(context).is_ready())).await {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(begins);
        store::reachable(&pool).await.unwrap();
        let left = "SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
        let left: i64 = sqlx::query_scalar(left).fetch_one(database.pool()).await.unwrap();
        assert_eq!(left, 0, "after {polls}");
    }
}

/// A copy that began while somebody's change was under way does not take them for gone.
#[tokio::test]
async fn who_is_kept_by_a_transaction_of_before_a_copy_is_seen_by_it() {
    let database = Database::new().await;
    let pool = store::connect(&Config::at(database.url()).unwrap());
    let mut tx = pool.begin().await.unwrap();
    sqlx::query("SELECT 1").execute(&mut *tx).await.unwrap();
    let began = store::slack_copies::begin(&mut pool.acquire().await.unwrap())
        .await
        .unwrap();
    let alice = store::slack_users::SlackUser {
        id: "U1".to_owned(),
        name: "alice".to_owned(),
        email: None,
        active: true,
        is_bot: false,
        standing: store::slack_users::Standing::default(),
    };
    store::slack_users::keep(&mut tx, &[alice]).await.unwrap();
    store::slack_users::copied(&mut tx, began).await.unwrap();
    tx.commit().await.unwrap();
    let mut conn = pool.acquire().await.unwrap();
    let left = store::slack_users::unable_to_act(&mut conn, "U1").await.unwrap();
    assert_eq!(left, None);
}

#[tokio::test]
async fn a_database_that_comes_back_is_used_at_once() {
    let database = Database::new().await;
    let mut proxy = Proxy::before(database.url()).await;
    let mut config = Config::at(&proxy.url(database.url())).unwrap();
    // All of them stay open: whatever opens them anew must not hold up who needs one.
    config.max_connections = 4;
    config.open_connections = 4;
    config.acquire_timeout = Duration::from_secs(1);
    let pool = store::connect(&config);
    let keeper = tokio::spawn(store::keep_open(pool.clone()));
    wait_for("the connections", async || (pool.size() == 4).then_some(())).await;
    let in_use = [
        pool.acquire().await,
        pool.acquire().await,
        pool.acquire().await,
        pool.acquire().await,
    ];
    proxy.stop().await;
    drop(in_use);
    wait_for("their places to be free", async || (pool.size() <= 1).then_some(())).await;
    // Long enough for pauses between attempts to grow. One place is the keeper's, one that of whoever asks.
    let began = Instant::now();
    wait_for("a while without a database", async || {
        store::reachable(&pool).await.unwrap_err();
        assert!(pool.size() <= 2, "{} places are taken", pool.size());
        (began.elapsed() > Duration::from_secs(3)).then_some(())
    })
    .await;
    proxy.start_again().await;
    let back = Instant::now();
    store::reachable(&pool).await.unwrap();
    assert!(back.elapsed() < Duration::from_secs(1), "after {:?}", back.elapsed());
    wait_for("the connections", async || (pool.size() == 4).then_some(())).await;
    keeper.abort();
}

#[tokio::test]
async fn a_schema_of_another_history_is_refused_in_one_sentence() {
    let database = Database::new().await;
    sqlx::query("UPDATE _sqlx_migrations SET checksum = '\\x00' WHERE version = $1")
        .bind(BASELINE)
        .execute(database.pool())
        .await
        .unwrap();
    let config = Config::at(database.url()).unwrap();
    let refused = store::prepare(&config).await.unwrap_err();
    assert!(
        matches!(refused, StartError::OtherHistory { version: BASELINE, .. }),
        "{refused}"
    );
    assert!(!refused.to_string().contains('\n'), "{refused}");
}

#[tokio::test]
async fn a_schema_from_before_the_first_release_is_refused_with_what_to_do() {
    let database = Database::new().await;
    sqlx::raw_sql(
        "DELETE FROM _sqlx_migrations;
         INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         SELECT n, 'earlier', true, '\\x00', 0 FROM generate_series(1, 34) AS n",
    )
    .execute(database.pool())
    .await
    .unwrap();
    let config = Config::at(database.url()).unwrap();
    for refused in [
        store::upgrade(&config, &store::connect(&config)).await.unwrap_err(),
        store::prepare(&config).await.unwrap_err(),
    ] {
        assert!(
            matches!(refused, StartError::Prerelease { version: 34, .. }),
            "{refused}"
        );
        let said = refused.to_string();
        for part in [
            "before the first release",
            "DROP SCHEMA incident_bot CASCADE",
            "`web migrate`",
        ] {
            assert!(said.contains(part), "{said}");
        }
        assert!(!said.contains('\n'), "{said}");
    }
    let applied = database.texts("SELECT max(version)::text FROM _sqlx_migrations").await;
    assert_eq!(applied, ["34"], "nothing was changed");
}

#[tokio::test]
async fn an_old_schema_is_refused_until_it_is_upgraded_and_a_newer_one_is_used() {
    let database = Database::new().await;
    sqlx::raw_sql("DROP SCHEMA incident_bot CASCADE")
        .execute(database.pool())
        .await
        .unwrap();
    let config = Config::at(database.url()).unwrap();
    let refused = store::prepare(&config).await.unwrap_err();
    assert!(matches!(refused, StartError::OldSchema { .. }), "{refused}");
    assert!(refused.to_string().contains("run `web migrate`"), "{refused}");
    let pool = store::connect(&config);
    let (one, other) = tokio::join!(store::upgrade(&config, &pool), store::upgrade(&config, &pool));
    one.and(other).unwrap();
    store::prepare(&config).await.unwrap();
    sqlx::raw_sql(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (99999999999999, 'of the next release', true, '', 0)",
    )
    .execute(database.pool())
    .await
    .unwrap();
    store::prepare(&config).await.unwrap();
}

#[tokio::test]
async fn what_is_wrong_with_the_database_is_named() {
    let database = Database::new().await;
    let config = Config::at(database.url()).unwrap();
    let now = Utc::now();
    let checked = store::check(&config, now).await;
    let names: Vec<_> = checked.iter().map(|check| &*check.name).collect();
    assert_eq!(names, ["database", "schema", "clock", "connections"]);
    assert!(checked.iter().all(|check| check.fault.is_none()), "{checked:?}");
    sqlx::raw_sql("DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)")
        .execute(database.pool())
        .await
        .unwrap();
    let later = now + TimeDelta::minutes(1);
    let pool = store::connect(&config);
    for checked in [
        store::check(&config, later).await,
        store::check_connected(&pool, later).await,
    ] {
        let faults: Vec<_> = checked
            .into_iter()
            .filter_map(|check| Some((check.name, check.fault?)))
            .collect();
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(
            faults[0].0 == "schema" && faults[0].1.contains("(1 migrations are missing)"),
            "{faults:?}"
        );
        assert!(
            faults[1].0 == "clock" && faults[1].1.contains("differ by"),
            "{faults:?}"
        );
    }
    let nowhere = Config::at("postgres://nobody@127.0.0.1:1/nothing").unwrap();
    let checked = store::check(&nowhere, now).await;
    assert!(
        matches!(&checked[..], [check] if check.name == "database" && check.fault.is_some()),
        "{checked:?}"
    );
}

#[tokio::test]
async fn who_may_not_make_the_schema_is_told_what_to_grant() {
    let server = Server::shared().await;
    let database = Database::on(&server).await;
    for sql in [
        "DO $$ BEGIN CREATE ROLE nobody_much LOGIN PASSWORD 'x'; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$",
        "DROP SCHEMA incident_bot CASCADE",
    ] {
        sqlx::raw_sql(sql).execute(database.pool()).await.unwrap();
    }
    let mut address: url::Url = database.url().parse().unwrap();
    address.set_username("nobody_much").unwrap();
    address.set_password(Some("x")).unwrap();
    address.set_query(None);
    let config = Config::at(address.as_str()).unwrap();
    let refused = store::upgrade(&config, &store::connect(&config)).await.unwrap_err();
    assert!(matches!(refused, StartError::NotAllowed { .. }), "{refused}");
    assert!(refused.to_string().contains("GRANT CREATE ON DATABASE"), "{refused}");
}

async fn refused(url: &str) -> String {
    let config = Config::at(url).unwrap();
    let prepared = store::prepare(&config).await;
    prepared.unwrap_err().to_string()
}

#[tokio::test]
async fn what_waiting_does_not_help_names_cause_and_remedy() {
    for (code, message, sentence) in [
        (
            "28P01",
            "password authentication failed",
            "rejects the password of “bot”: correct POSTGRES_PASSWORD",
        ),
        (
            "28000",
            "role \"bot\" does not exist",
            "rejects “bot” (role \"bot\" does not exist): create that user",
        ),
        (
            "3D000",
            "database \"incidents\" does not exist",
            "has no database “incidents”: create it, or correct POSTGRES_DB",
        ),
        // In PgBouncer's words.
        (
            "08P01",
            "unsupported startup parameter: options",
            "remove “options” from DATABASE_URL",
        ),
        ("08P01", "no such database: incidents", "has no database “incidents”"),
        ("08P01", "no such user: bot", "rejects “bot”"),
        ("08P01", "password authentication failed", "rejects the password"),
        ("0A000", "something new", "cannot be used: something new"),
    ] {
        let said = refused(&refusing_server(code, message).await).await;
        assert!(said.contains(sentence), "{code}: {said}");
        assert!(said.contains("127.0.0.1:"), "{said}");
        assert!(!said.contains("secret") && !said.contains('\n'), "{said}");
    }
}

#[tokio::test]
async fn a_database_that_does_not_exist_is_named() {
    let database = Database::new().await;
    let (server, _) = database.url().rsplit_once('/').unwrap();
    let said = refused(&format!("{server}/nobodys_database")).await;
    assert!(said.contains("has no database “nobodys_database”"), "{said}");
}
