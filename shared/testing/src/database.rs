//! A fresh, migrated database for every test.
//!
//! Migrating takes long, cloning does not: the first test to come makes a template, named after the migrations, and
//! every test gets a copy of it. Tests run in many processes at once, so what they must agree on goes through advisory
//! locks: one on the template while it is made, and one on every database for as long as its test lives. A database
//! whose lock is free belongs to a test that was killed, and is dropped by the next one to come.

use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::{DateTime, Utc};
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};
use store::migrations::SCHEMA;
use url::Url;
use uuid::Uuid;

use crate::Server;

/// The lock under which the template is made (exclusive) or copied (shared).
const TEMPLATE_LOCK: i64 = 0x7465_6d70_6c61_7465;
const TEST_PREFIX: &str = "test_";
const TEMPLATE_PREFIX: &str = "template_";

/// A database of one test's own, gone when it is dropped.
#[derive(Debug)]
pub struct Database {
    name: String,
    url: String,
    pool: PgPool,
    server: Server,
    /// Holds the lock that says this database is in use.
    _alive: PgConnection,
}

impl Database {
    /// A database on the server that all tests share.
    pub async fn new() -> Self {
        Self::on(&Server::shared().await).await
    }

    /// A database on a server of the test's own, which may be stopped and started again.
    pub async fn on(server: &Server) -> Self {
        let mut admin = connect(server.url()).await;
        let name = format!("{TEST_PREFIX}{}", Uuid::now_v7().simple());
        // Before it exists, so that nobody takes it for a left one.
        lock(&mut admin, &name).await;
        let template = share_template(&mut admin, server).await;
        // Copying files costs a tenth of writing every page to the log; before 15 there is no other way.
        let strategy = match admin.server_version_num() {
            Some(150_000..) => "STRATEGY file_copy",
            _ => "",
        };
        execute(
            &mut admin,
            format!("CREATE DATABASE {name} TEMPLATE {template} {strategy}"),
        )
        .await;
        run(&mut admin, "SELECT pg_advisory_unlock_shared($1)", TEMPLATE_LOCK).await;
        sweep(&mut admin, &name).await;

        let url = url_of(server, &name);
        let pool = PgPoolOptions::new()
            .max_connections(20)
            .connect(&url)
            .await
            .expect("a pool");
        Self {
            name,
            server: server.clone(),
            url,
            pool,
            _alive: admin,
        }
    }

    /// A pool whose connections see our schema only.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Its address, which sets the search path too.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A connection outside the pool.
    pub async fn connect(&self) -> PgConnection {
        connect(&self.url).await
    }

    /// The texts that a query gives.
    pub async fn texts(&self, sql: &'static str) -> Vec<String> {
        sqlx::query_scalar(sql).fetch_all(&self.pool).await.expect("valid SQL")
    }

    /// Runs a statement in a transaction of its own that stays open, with its locks, until what this gives is dropped.
    pub async fn hold(&self, sql: &'static str) -> PgConnection {
        let mut conn = self.connect().await;
        sqlx::raw_sql("BEGIN").execute(&mut conn).await.expect("a transaction");
        sqlx::raw_sql(sql).execute(&mut conn).await.expect("valid SQL");
        conn
    }

    /// Gives up a job that waits, as a worker does whose vendor refused.
    pub async fn give_up(&self, job: Uuid, reason: &str, at: DateTime<Utc>) {
        sqlx::query(
            "UPDATE jobs SET state = 'discarded', finished_at = $2, last_error = $3, attempt = 1 WHERE id = $1",
        )
        .bind(job)
        .bind(at)
        .bind(reason)
        .execute(&self.pool)
        .await
        .expect("a job that waits");
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (name, url) = (self.name.clone(), self.server.url().to_owned());
        // The test's own runtime may be gone already. What cannot be dropped now is swept by a later test.
        let dropping = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?
                .block_on(async {
                    let mut admin = PgConnection::connect(&url).await?;
                    let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut admin).await?;
                    Ok::<_, sqlx::Error>(())
                })
        });
        // Postgres drops a database once every session has answered, also one of this runtime that is just being opened:
        // waiting for it here would hold up both.
        if tokio::runtime::Handle::try_current().is_err() {
            let _ = dropping.join();
        }
    }
}

/// Returns the name of the template, made when it is missing; holds the shared lock on it.
async fn share_template(admin: &mut PgConnection, server: &Server) -> String {
    let mut hasher = DefaultHasher::new();
    for migration in store::migrations::migrator().iter() {
        (migration.version, &migration.checksum).hash(&mut hasher);
    }
    let template = format!("{TEMPLATE_PREFIX}{:016x}", hasher.finish());
    loop {
        run(admin, "SELECT pg_advisory_lock_shared($1)", TEMPLATE_LOCK).await;
        if databases(admin, TEMPLATE_PREFIX).await.contains(&template) {
            return template;
        }
        run(admin, "SELECT pg_advisory_unlock_shared($1)", TEMPLATE_LOCK).await;
        run(admin, "SELECT pg_advisory_lock($1)", TEMPLATE_LOCK).await;
        if !databases(admin, TEMPLATE_PREFIX).await.contains(&template) {
            make_template(admin, server, &template).await;
        }
        run(admin, "SELECT pg_advisory_unlock($1)", TEMPLATE_LOCK).await;
    }
}

/// The template gets its name when it is complete, so one half made by a killed test is never used.
async fn make_template(admin: &mut PgConnection, server: &Server, template: &str) {
    for old in databases(admin, TEMPLATE_PREFIX).await {
        execute(admin, format!("DROP DATABASE {old} WITH (FORCE)")).await;
    }
    let unfinished = format!("{TEMPLATE_PREFIX}unfinished");
    execute(admin, format!("CREATE DATABASE {unfinished}")).await;
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .connect(&url_of(server, &unfinished))
        .await
        .expect("the template");
    store::migrate(&pool).await.expect("the migrations");
    pool.close().await;
    execute(admin, format!("ALTER DATABASE {unfinished} RENAME TO {template}")).await;
}

/// Drops the databases of tests that were killed. `own` is locked by this very session, which a try would not notice.
async fn sweep(admin: &mut PgConnection, own: &str) {
    for name in databases(admin, TEST_PREFIX).await {
        if name == own {
            continue;
        }
        let (left,): (bool,) = sqlx::query_as("SELECT pg_try_advisory_lock(hashtextextended($1, 0))")
            .bind(&name)
            .fetch_one(&mut *admin)
            .await
            .expect("the lock of a database");
        if left {
            // Its own test may be dropping it at this moment; whoever does not get it leaves it to the next one.
            let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            let _ = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *admin).await;
            sqlx::query("SELECT pg_advisory_unlock(hashtextextended($1, 0))")
                .bind(&name)
                .execute(&mut *admin)
                .await
                .expect("the lock of a database");
        }
    }
}

async fn databases(admin: &mut PgConnection, prefix: &str) -> Vec<String> {
    sqlx::query_scalar("SELECT datname FROM pg_database WHERE starts_with(datname, $1)")
        .bind(prefix)
        .fetch_all(admin)
        .await
        .expect("the list of databases")
}

async fn lock(admin: &mut PgConnection, name: &str) {
    sqlx::query("SELECT pg_advisory_lock(hashtextextended($1, 0))")
        .bind(name)
        .execute(admin)
        .await
        .expect("the lock of a database");
}

async fn run(admin: &mut PgConnection, sql: &'static str, key: i64) {
    sqlx::query(sql)
        .bind(key)
        .execute(admin)
        .await
        .expect("the template's lock");
}

async fn execute(admin: &mut PgConnection, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql.clone()))
        .execute(admin)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.expect("a connection")
}

fn url_of(server: &Server, database: &str) -> String {
    let mut url: Url = server.url().parse().expect("the server's address");
    url.set_path(database);
    url.set_query(Some(&format!("options=-c%20search_path%3D{SCHEMA}")));
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wait_for;

    #[tokio::test]
    async fn is_migrated_and_sees_our_schema_only() {
        let database = Database::new().await;
        let path: String = sqlx::query_scalar("SHOW search_path")
            .fetch_one(database.pool())
            .await
            .unwrap();
        assert_eq!(path, SCHEMA);
        let applied: i64 = sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations WHERE success")
            .fetch_one(&mut database.connect().await)
            .await
            .unwrap();
        let wanted = store::migrations::migrator().iter().count();
        assert_eq!(usize::try_from(applied).unwrap(), wanted);
    }

    #[tokio::test]
    async fn nothing_lands_in_public() {
        let database = Database::new().await;
        let strangers: Vec<String> =
            sqlx::query_scalar("SELECT tablename::text FROM pg_catalog.pg_tables WHERE schemaname = 'public'")
                .fetch_all(database.pool())
                .await
                .unwrap();
        assert!(strangers.is_empty(), "{strangers:?}");
    }

    #[tokio::test]
    async fn two_share_nothing() {
        let (one, other) = tokio::join!(Database::new(), Database::new());
        sqlx::query("CREATE TABLE only_here ()")
            .execute(one.pool())
            .await
            .unwrap();
        let found: Option<String> = sqlx::query_scalar("SELECT to_regclass('only_here')::text")
            .fetch_one(other.pool())
            .await
            .unwrap();
        assert_eq!(found, None);
    }

    #[tokio::test]
    async fn is_gone_when_dropped() {
        let database = Database::new().await;
        let (name, mut admin) = (database.name.clone(), connect(database.server.url()).await);
        drop(database);
        wait_for("the database to be gone", async || {
            databases(&mut admin, &name).await.is_empty().then_some(())
        })
        .await;
    }

    #[tokio::test]
    async fn what_a_killed_test_left_is_swept() {
        let server = Server::shared().await;
        let mut admin = connect(server.url()).await;
        let left = format!("{TEST_PREFIX}left_{}", Uuid::now_v7().simple());
        execute(&mut admin, format!("CREATE DATABASE {left}")).await;
        let _database = Database::on(&server).await;
        // Another test's sweep may hold its lock just now.
        wait_for("the sweep", async || {
            databases(&mut admin, &left).await.is_empty().then_some(())
        })
        .await;
    }

    #[tokio::test]
    async fn a_server_comes_back_where_it_was() {
        let server = Server::start("again");
        let database = Database::on(&server).await;
        server.stop();
        assert!(PgConnection::connect(database.url()).await.is_err());
        server.start_again();
        database.connect().await.close().await.unwrap();
    }
}
