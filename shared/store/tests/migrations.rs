//! What every migration after the baseline keeps to, and that data of the first release survives all of them.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand outside the test functions")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use chrono::NaiveDateTime;
use domain::IncidentId;
use serde_json::json;
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, PgPool};
use store::migrations::{BASELINE, migrator};
use testing::Database;
use uuid::Uuid;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");
/// Data of the first release.
const DATA: &str = include_str!("data/baseline.sql");

// ---- rules ----------------------------------------------------------------------------------------------------------

/// The rules that the migrations of a folder break, each with the file.
fn faults(folder: &Path) -> Vec<String> {
    let mut faults = Vec::new();
    for path in files(folder) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let sql = std::fs::read_to_string(&path).unwrap();
        faults.extend(
            faults_of(name, &sql)
                .into_iter()
                .map(|fault| format!("{name}: {fault}")),
        );
    }
    faults
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .collect();
    files.sort();
    files
}

fn faults_of(name: &str, sql: &str) -> Vec<&'static str> {
    let Some(version) = version(name) else {
        return vec!["its name is not YYYYMMDDHHMMSS_what_it_brings.sql"];
    };
    if version < BASELINE {
        return vec!["it is older than the baseline"];
    }
    if version == BASELINE {
        return Vec::new();
    }
    let statements = statements(sql);
    if sql.starts_with("-- no-transaction\n") {
        return match &statements[..] {
            [only] if only.contains(" INDEX CONCURRENTLY IF ") => Vec::new(),
            _ => vec![
                "a file without a transaction is one CREATE INDEX CONCURRENTLY IF NOT EXISTS or DROP INDEX CONCURRENTLY IF EXISTS",
            ],
        };
    }
    let mut faults = Vec::new();
    if !statements
        .first()
        .is_some_and(|first| first.starts_with("SET LOCAL LOCK_TIMEOUT ="))
    {
        faults.push("its first statement does not set a limit for locks: SET LOCAL lock_timeout = '5s'");
    }
    let created: BTreeSet<_> = statements
        .iter()
        .filter_map(|statement| created_table(statement))
        .collect();
    for statement in &statements {
        if statement.contains(" INDEX CONCURRENTLY ") {
            faults.push("CONCURRENTLY needs a file of its own that begins with -- no-transaction");
        } else if indexed_table(statement).is_some_and(|table| !created.contains(table)) {
            faults.push("an index on a table that exists is built CONCURRENTLY, in a file of its own");
        }
    }
    let is_contract = sql.lines().any(|line| {
        line.strip_prefix("-- contract: ")
            .is_some_and(|release| !release.trim().is_empty())
    });
    if !is_contract && statements.iter().any(|statement| breaks_the_release_before(statement)) {
        faults.push("it breaks the release before: say which release stopped using it, by -- contract: RELEASE");
    }
    faults
}

fn version(name: &str) -> Option<i64> {
    let (time, what) = name.strip_suffix(".sql")?.split_once('_')?;
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if time.len() != 14 || what.is_empty() || !what.chars().all(is_word) {
        return None;
    }
    NaiveDateTime::parse_from_str(time, "%Y%m%d%H%M%S").ok()?;
    time.parse().ok()
}

/// The statements of a file in upper case, without comments, strings and bodies of functions, on one line each.
fn statements(sql: &str) -> Vec<String> {
    let mut bare = String::new();
    let mut rest = sql;
    while let Some(next) = rest.find(['-', '\'', '$']) {
        bare.push_str(&rest[..next]);
        rest = &rest[next..];
        let end = match rest.as_bytes() {
            [b'-', b'-', ..] => rest.find('\n'),
            [b'\'', ..] => rest[1..].find('\'').map(|end| end + 2),
            [b'$', b'$', ..] => rest[2..].find("$$").map(|end| end + 4),
            _ => {
                bare.push_str(&rest[..1]);
                Some(1)
            }
        };
        rest = end.map_or("", |end| &rest[end..]);
    }
    bare.push_str(rest);
    bare.split(';')
        .map(|statement| {
            statement
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .to_uppercase()
        })
        .filter(|statement| !statement.is_empty())
        .collect()
}

fn created_table(statement: &str) -> Option<&str> {
    let rest = statement.strip_prefix("CREATE TABLE ")?;
    first_name(rest.strip_prefix("IF NOT EXISTS ").unwrap_or(rest))
}

fn indexed_table(statement: &str) -> Option<&str> {
    let rest = statement
        .strip_prefix("CREATE INDEX ")
        .or_else(|| statement.strip_prefix("CREATE UNIQUE INDEX "))?;
    let (_, table) = rest.split_once(" ON ")?;
    first_name(table.strip_prefix("ONLY ").unwrap_or(table))
}

fn first_name(rest: &str) -> Option<&str> {
    rest.split([' ', '(']).next()
}

/// Whether the release before, which runs beside this schema during a rollout, may fail on it.
fn breaks_the_release_before(statement: &str) -> bool {
    const KEEPS: [&str; 6] = ["CONSTRAINT ", "DEFAULT", "NOT NULL", "INDEX ", "TRIGGER ", "EXPRESSION"];
    if let Some(dropped) = statement.strip_prefix("DROP ") {
        return !KEEPS.iter().any(|kept| dropped.starts_with(kept));
    }
    let Some(alter) = statement.strip_prefix("ALTER ") else {
        return false;
    };
    if alter.contains(" RENAME ") || alter.contains(" SET NOT NULL") || alter.contains(" TYPE ") {
        return true;
    }
    actions(alter).any(|action| {
        let drops = action
            .split_once("DROP ")
            .is_some_and(|(_, dropped)| !KEEPS.iter().any(|kept| dropped.starts_with(kept)));
        let adds_column = action.contains("ADD ") && !action.contains("ADD CONSTRAINT ");
        drops || adds_column && action.contains(" NOT NULL") && !action.contains(" DEFAULT ")
    })
}

/// What stands between the commas of an `ALTER TABLE`, without those in brackets.
fn actions(alter: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    alter.split(move |c| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    })
}

#[test]
fn every_migration_keeps_to_the_rules() {
    let folder = Path::new(FOLDER);
    assert_eq!(faults(folder), [""; 0]);
    let versions: Vec<_> = migrator().iter().map(|migration| migration.version).collect();
    assert_eq!(versions[0], BASELINE);
    assert_eq!(versions.len(), files(folder).len(), "each file is a migration");
}

#[test]
fn a_migration_that_breaks_a_rule_is_refused() {
    let transaction = |sql: &str| format!("SET LOCAL lock_timeout = '5s';\n{sql}");
    for (sql, fault) in [
        (
            "ALTER TABLE incidents ADD COLUMN owner text;".to_owned(),
            "limit for locks",
        ),
        (transaction("CREATE INDEX jobs_kind ON jobs (kind);"), "that exists"),
        (
            transaction("CREATE UNIQUE INDEX jobs_kind ON jobs(kind);"),
            "that exists",
        ),
        (
            transaction("CREATE INDEX CONCURRENTLY IF NOT EXISTS jobs_kind ON jobs (kind);"),
            "of its own that begins",
        ),
        (
            "-- no-transaction\nCREATE INDEX jobs_kind ON jobs (kind);".to_owned(),
            "without a transaction",
        ),
        (
            "-- no-transaction\nSET lock_timeout = '5s';\nCREATE INDEX CONCURRENTLY IF NOT EXISTS a ON jobs (kind);"
                .to_owned(),
            "without a transaction",
        ),
        (transaction("DROP TABLE pins;"), "release before"),
        (transaction("DROP TYPE mood;"), "release before"),
        (transaction("ALTER TABLE pins DROP COLUMN text;"), "release before"),
        (
            transaction("ALTER TABLE pins ADD COLUMN a text, DROP text;"),
            "release before",
        ),
        (transaction("ALTER TABLE pins RENAME TO pinned;"), "release before"),
        (transaction("ALTER TABLE pins RENAME text TO words;"), "release before"),
        (
            transaction("ALTER TABLE pins ALTER thread_ts SET NOT NULL;"),
            "release before",
        ),
        (
            transaction("ALTER TABLE pins ALTER COLUMN ts TYPE numeric;"),
            "release before",
        ),
        (
            transaction("ALTER TABLE pins ADD COLUMN place text NOT NULL;"),
            "release before",
        ),
        (transaction("-- contract: \nDROP TABLE pins;"), "release before"),
    ] {
        let found = faults_of("20270101000000_made_up.sql", &sql);
        assert!(found.len() == 1 && found[0].contains(fault), "{sql}: {found:?}");
    }
    for name in [
        "0035_next.sql",
        "20270101_next.sql",
        "20271301000000_next.sql",
        "20270101000000_Next.sql",
    ] {
        assert_eq!(faults_of(name, "").len(), 1, "{name}");
    }
    assert!(faults_of("20200101000000_earlier.sql", "")[0].contains("older than the baseline"));
}

#[test]
fn what_only_adds_is_no_fault() {
    for sql in [
        "-- Why; and how.\nSET LOCAL lock_timeout = '5s';
         ALTER TABLE incidents ADD COLUMN owner text, ADD COLUMN paid boolean NOT NULL DEFAULT false;
         CREATE TABLE owners (name text NOT NULL, note text DEFAULT 'DROP TABLE x; RENAME');
         CREATE INDEX owners_name ON owners (name);
         CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ DROP TABLE x; $$;",
        "SET LOCAL lock_timeout = '2s';
         ALTER TABLE prompts DROP CONSTRAINT prompts_kind_check, ADD CONSTRAINT prompts_kind_check CHECK (kind <> '') NOT VALID;
         ALTER TABLE pins ALTER COLUMN text DROP NOT NULL;
         ALTER TABLE pins ADD CONSTRAINT pins_text CHECK (text IS NOT NULL) NOT VALID;",
        "-- no-transaction\n-- Why.\nCREATE INDEX CONCURRENTLY IF NOT EXISTS jobs_kind ON jobs (kind);",
        "-- no-transaction\nDROP INDEX CONCURRENTLY IF EXISTS jobs_kind;",
        "-- contract: 1.4.0\nSET LOCAL lock_timeout = '5s';\nALTER TABLE pins DROP COLUMN text;",
    ] {
        assert_eq!(faults_of("20270101000000_made_up.sql", sql), [""; 0], "{sql}");
    }
}

// ---- data of the first release --------------------------------------------------------------------------------------

/// Brings the baseline with its data up to date by these migrations. Gives the rows of each table before and after.
async fn upgraded(database: &Database, migrations: &Migrator) -> [BTreeMap<String, i64>; 2] {
    let pool = database.pool();
    sqlx::raw_sql("DROP SCHEMA incident_bot CASCADE")
        .execute(pool)
        .await
        .unwrap();
    migrations.run_to(BASELINE, pool).await.unwrap();
    sqlx::raw_sql(DATA).execute(pool).await.unwrap();
    let before = rows(pool).await;
    migrations.run(pool).await.unwrap();
    [before, rows(pool).await]
}

async fn rows(pool: &PgPool) -> BTreeMap<String, i64> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT tablename::text FROM pg_tables WHERE schemaname = 'incident_bot' AND tablename <> '_sqlx_migrations'",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let mut rows = BTreeMap::new();
    for table in tables {
        let count = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let count = sqlx::query_scalar(count).fetch_one(pool).await.unwrap();
        rows.insert(table, count);
    }
    rows
}

/// The tables that have fewer rows than before, or are gone.
fn lost([before, after]: &[BTreeMap<String, i64>; 2]) -> Vec<&str> {
    let is_lost = |(table, rows): &(&String, &i64)| after.get(*table).is_none_or(|left| left < *rows);
    before.iter().filter(is_lost).map(|(table, _)| table.as_str()).collect()
}

/// What this release reads of the data, by the functions that the services use.
async fn assert_is_read(database: &Database) {
    let mut conn = database.connect().await;
    let [open, private] = [0x10, 0x11].map(|n| IncidentId(id(n)));
    let incident = store::incidents::get(&mut conn, open).await.unwrap().unwrap();
    assert_eq!(
        (incident.title.as_str(), incident.roles.len()),
        ("Checkout fails", 1),
        "{incident:?}"
    );
    let incident = store::incidents::of_channel(&mut conn, "C2").await.unwrap().unwrap();
    assert!(incident.private && incident.id == private, "{incident:?}");
    let entries = store::timeline::of_incident(&mut conn, open).await.unwrap();
    assert_eq!(entries.len(), 3, "{entries:?}");
    let prompt = store::prompts::get(&mut conn, id(0x17)).await.unwrap();
    assert!(prompt.is_some(), "a prompt with an outcome");
    assert_eq!(store::prompts::open(&mut conn, open).await.unwrap(), [id(0x18)]);
    assert!(!store::notices::any(&mut conn, open).await.unwrap());
    assert_eq!(store::pages::of_incident(&mut conn, open).await.unwrap().len(), 1);
    assert_eq!(store::pins::of_incident(&mut conn, open).await.unwrap().len(), 1);
    let settings = store::settings::load(&mut conn).await.unwrap();
    assert_eq!(settings.nudge_after_minutes, 7);
    let before = store::idempotency_keys::insert(&mut conn, "view/V1", &json!({}))
        .await
        .unwrap();
    assert_eq!(before, Some(json!({ "incident": open.0 })));
    let panel = store::effects::start(&mut conn, "10/panel").await.unwrap();
    assert!(matches!(panel, store::effects::Attempt::Done(_)), "{panel:?}");
    let channel = store::effects::start(&mut conn, "10/channel").await.unwrap();
    assert!(matches!(channel, store::effects::Attempt::Unknown(_)), "{channel:?}");
    let published = store::statuspage::of_incident(&mut conn, open).await.unwrap();
    assert_eq!(published.unwrap().name, "Checkout");
    let document = store::rca_documents::get(&mut conn, private).await.unwrap();
    assert_eq!(document.unwrap().version, 3);
    let imported = store::legacy::of_incident(&mut conn, private).await.unwrap();
    assert!(imported.is_some());
    let user = store::console_users::with_password(&mut conn, "ALICE@example.com")
        .await
        .unwrap();
    assert!(user.is_some());
    assert_eq!(store::audit_log::newest(&mut conn, 10).await.unwrap().len(), 1);
}

const fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0000 + n)
}

#[tokio::test]
async fn data_of_the_first_release_survives_every_migration() {
    let database = Database::new().await;
    let rows = upgraded(&database, &migrator()).await;
    let empty: Vec<_> = rows[0].iter().filter(|(_, rows)| **rows == 0).collect();
    assert!(empty.is_empty(), "baseline.sql has no row in {empty:?}");
    // A table that a later release takes away is named here.
    assert_eq!(lost(&rows), [""; 0]);
    assert_is_read(&database).await;
}

/// A folder with the real migrations and some more; gone when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn with(more: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("migrations-{}", Uuid::now_v7()));
        std::fs::create_dir(&folder).unwrap();
        for path in files(Path::new(FOLDER)) {
            std::fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
        }
        for (name, sql) in more {
            std::fs::write(folder.join(name), sql).unwrap();
        }
        Self(folder)
    }

    async fn migrator(&self) -> Migrator {
        let mut migrator = Migrator::new(self.0.as_path()).await.unwrap();
        migrator.create_schema(store::migrations::SCHEMA);
        migrator
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn this_release_runs_on_a_schema_that_the_next_one_has_added_to() {
    let folder = Folder::with(&[
        (
            "99990101000000_owners.sql",
            "SET LOCAL lock_timeout = '5s';
             ALTER TABLE incidents ADD COLUMN owner text, ADD COLUMN is_paid boolean NOT NULL DEFAULT false;
             CREATE TABLE owners (name text PRIMARY KEY);",
        ),
        (
            "99990101000001_incidents_owner.sql",
            "-- no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS incidents_owner ON incidents (owner);",
        ),
    ]);
    assert_eq!(faults(&folder.0), [""; 0]);
    let database = Database::new().await;
    let rows = upgraded(&database, &folder.migrator().await).await;
    assert_eq!(lost(&rows), [""; 0]);
    assert!(rows[1].contains_key("owners"), "{rows:?}");
    assert_is_read(&database).await;
}

#[tokio::test]
async fn a_migration_that_loses_data_is_noticed() {
    let folder = Folder::with(&[(
        "99990101000000_forget.sql",
        "SET LOCAL lock_timeout = '5s'; DELETE FROM pins; DROP TABLE stale_posts;",
    )]);
    let found = faults(&folder.0);
    assert!(
        found.len() == 1 && found[0].starts_with("99990101000000_forget.sql: it breaks"),
        "{found:?}"
    );
    let database = Database::new().await;
    let rows = upgraded(&database, &folder.migrator().await).await;
    assert_eq!(lost(&rows), ["pins", "stale_posts"]);
}
