//! The schema's history (`migrations/` at the root of the repository), compiled in.
//!
//! Everything, the history's own table included, lives in the schema `incident_bot`: tables of others in the same
//! database are never touched.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use sqlx::error::DatabaseError;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::PgPoolOptions;
use sqlx::{Error, PgConnection, PgPool};

use crate::session::{self, Limits};

/// The schema in which everything of ours lives.
pub const SCHEMA: &str = "incident_bot";

/// The version of the first migration: the schema of the first release. Every later one has a greater version.
pub const BASELINE: i64 = 20_261_129_000_000;

/// The migrations as they were when this binary was built.
pub fn migrator() -> Migrator {
    let mut migrator = sqlx::migrate!("../../migrations");
    migrator.create_schema(SCHEMA);
    // During a rollout an old replica may start after a new one has migrated.
    migrator.set_ignore_missing(true);
    migrator
}

/// How long to wait before trying again to get a lock.
const LOCK_PAUSE: Duration = Duration::from_secs(1);
/// How long to try in all. Another process may be migrating: building indexes takes its time.
const LOCK_PATIENCE: Duration = Duration::from_mins(10);

/// Brings the schema up to date. Any number of processes may call this at once: they take turns by an advisory lock.
///
/// A lock that is not given within seconds is asked for again: while a migration waits for a table, everybody who wants
/// that table waits behind it.
///
/// # Errors
/// When the database cannot be reached, a migration fails, or one that was applied has since been edited.
/// [`MigrateError::VersionTooOld`] when the schema was made before the first release; nothing is changed then.
pub async fn migrate(pool: &PgPool) -> Result<(), MigrateError> {
    migrate_within(pool, &migrator(), Limits::MIGRATIONS, LOCK_PATIENCE).await
}

/// The schema beside this release's migrations.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Schema {
    /// It has all of them, and may have more.
    New,
    /// It lacks so many.
    Old(usize),
    /// It was made before the first release; this is the last migration of that time.
    Prerelease(i64),
    /// This one was applied in another form.
    Other(i64),
}

pub(crate) async fn schema(conn: &mut PgConnection) -> Result<Schema, Error> {
    let there: bool = sqlx::query_scalar("SELECT to_regclass('incident_bot._sqlx_migrations') IS NOT NULL")
        .fetch_one(&mut *conn)
        .await?;
    let applied: HashMap<i64, Vec<u8>> = if there {
        let applied = "SELECT version, checksum FROM incident_bot._sqlx_migrations WHERE success";
        sqlx::query_as(applied).fetch_all(conn).await?.into_iter().collect()
    } else {
        HashMap::new()
    };
    if let Some(version) = applied.keys().copied().filter(|version| *version < BASELINE).max() {
        return Ok(Schema::Prerelease(version));
    }
    let mut missing = 0;
    for own in migrator().iter() {
        match applied.get(&own.version) {
            None => missing += 1,
            Some(checksum) if **checksum != *own.checksum => return Ok(Schema::Other(own.version)),
            Some(_) => {}
        }
    }
    Ok(if missing == 0 {
        Schema::New
    } else {
        Schema::Old(missing)
    })
}

async fn migrate_within(
    pool: &PgPool,
    migrator: &Migrator,
    limits: Limits,
    patience: Duration,
) -> Result<(), MigrateError> {
    // A connection of its own: a migration may change what the session looks like, and takes as long as it takes.
    let own = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        .after_connect(move |connection, _| Box::pin(async move { session::set_up(connection, &limits).await }))
        .connect_with(pool.connect_options().as_ref().clone())
        .await?;
    let started = Instant::now();
    while let Err(error) = run(migrator, &own).await {
        if !is_lock_conflict(&error) || started.elapsed() > patience {
            return Err(error);
        }
        tracing::warn!(%error, "another session is migrating or holds a table that a migration needs; trying again");
        tokio::time::sleep(LOCK_PAUSE).await;
    }
    own.close().await;
    Ok(())
}

async fn run(migrator: &Migrator, pool: &PgPool) -> Result<(), MigrateError> {
    let mut conn = pool.acquire().await?;
    if let Schema::Prerelease(version) = schema(&mut conn).await? {
        return Err(MigrateError::VersionTooOld(version, BASELINE));
    }
    sqlx::raw_sql(DROP_UNFINISHED_INDEXES).execute(&mut *conn).await?;
    drop(conn);
    migrator.run(pool).await
}

/// An index whose building `CONCURRENTLY` failed stays, invalid, and `IF NOT EXISTS` would take it for the index. Another
/// session that is building one holds the lock that is taken here.
const DROP_UNFINISHED_INDEXES: &str = "
    DO $$
    DECLARE unfinished record;
    BEGIN
        FOR unfinished IN
            SELECT i.indexrelid AS id, i.indexrelid::regclass AS name, i.indrelid::regclass AS relation
            FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
            WHERE NOT i.indisvalid AND c.relnamespace = to_regnamespace('incident_bot')
        LOOP
            EXECUTE format('LOCK TABLE %s IN SHARE UPDATE EXCLUSIVE MODE', unfinished.relation);
            IF EXISTS (SELECT FROM pg_index WHERE indexrelid = unfinished.id AND NOT indisvalid) THEN
                EXECUTE format('DROP INDEX %s', unfinished.name);
            END IF;
        END LOOP;
    END
    $$";

fn is_lock_conflict(error: &MigrateError) -> bool {
    let (MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) = error else {
        return false;
    };
    // lock_not_available; deadlock_detected, of building an index and a session that waits for its turn to migrate.
    error
        .as_database_error()
        .and_then(DatabaseError::code)
        .is_some_and(|code| code == "55P03" || code == "40P01")
}

#[cfg(test)]
mod tests {
    use sqlx::SqlSafeStr;
    use sqlx::migrate::{Migration, MigrationType};
    use testing::{Database, wait_for};

    use super::*;

    #[tokio::test]
    async fn a_lock_of_somebody_else_is_waited_for_but_not_for_ever() {
        let database = Database::new().await;
        let limits = Limits {
            lock: Some(Duration::from_millis(50)),
            ..Limits::MIGRATIONS
        };
        let held = database
            .hold("LOCK TABLE _sqlx_migrations IN ACCESS EXCLUSIVE MODE")
            .await;
        let error = migrate_within(database.pool(), &migrator(), limits, Duration::ZERO)
            .await
            .unwrap_err();
        assert!(is_lock_conflict(&error), "{error}");
        let released = async {
            wait_for("the wait for the lock", async || {
                let waiting = "SELECT 'waits' FROM pg_stat_activity
                               WHERE datname = current_database() AND wait_event_type = 'Lock'";
                (!database.texts(waiting).await.is_empty()).then_some(())
            })
            .await;
            drop(held);
        };
        let migrator = migrator();
        let migrated = migrate_within(database.pool(), &migrator, limits, LOCK_PATIENCE);
        let (migrated, ()) = tokio::join!(migrated, released);
        migrated.unwrap();
    }

    #[tokio::test]
    async fn an_index_whose_building_failed_is_built_again() {
        let database = Database::new().await;
        let execute = async |sql: &'static str| sqlx::raw_sql(sql).execute(database.pool()).await.unwrap();
        execute("CREATE TABLE things (n integer); INSERT INTO things VALUES (1), (1)").await;
        let index = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS things_n ON things (n)";
        let mut migrator = Migrator::with_migrations(vec![Migration::new(
            BASELINE + 1,
            "things n".into(),
            MigrationType::Simple,
            index.into_sql_str(),
            true,
        )]);
        migrator.set_ignore_missing(true);
        let migrate = async || migrate_within(database.pool(), &migrator, Limits::MIGRATIONS, LOCK_PATIENCE).await;
        migrate().await.unwrap_err();
        let indexes = "SELECT indisvalid::text FROM pg_index WHERE indrelid = 'things'::regclass";
        assert_eq!(database.texts(indexes).await, ["false"]);
        execute("DELETE FROM things").await;
        migrate().await.unwrap();
        assert_eq!(database.texts(indexes).await, ["true"]);
    }
}
