//! What a service does with its database before anything else: waits for it, and finds out whether it and its schema can be
//! used. Whatever is in the way becomes one sentence that names cause and remedy.

use std::io;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use domain::checks::Check;
use sqlx::error::DatabaseError;
use sqlx::migrate::MigrateError;
use sqlx::{Connection, Decode, Error, PgConnection, Postgres, Row, Type};
use tokio::time::{sleep, timeout};

use crate::migrations::{self, SCHEMA, Schema};
use crate::pool::{Config, PgPool};

/// The oldest Postgres that is supported, as `server_version_num`.
const MIN_SERVER_VERSION: u32 = 140_000;
const CONNECT_TIME: Duration = Duration::from_secs(5);
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));
/// How often a line of the log says that the database is waited for.
const SAY_EVERY: Duration = Duration::from_secs(5);

/// Why a service cannot use its database. Waiting does not help; the sentence says what does.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "what the fields are stands in the sentences")]
pub enum StartError {
    /// The password is wrong.
    #[error(
        "Postgres at {place} rejects the password of “{user}”: correct POSTGRES_PASSWORD, or the password in \
         DATABASE_URL."
    )]
    Password { place: String, user: String },
    /// The user does not exist, or is not let in.
    #[error("Postgres at {place} rejects “{user}” ({reason}): create that user, or allow it in pg_hba.conf.")]
    User {
        place: String,
        user: String,
        reason: String,
    },
    /// The database does not exist.
    #[error(
        "Postgres at {place} has no database “{database}”: create it, or correct POSTGRES_DB, or the name in DATABASE_URL."
    )]
    NoDatabase { place: String, database: String },
    /// No encrypted connection can be made.
    #[error(
        "no TLS connection can be made to Postgres at {place} ({reason}): check sslmode and sslrootcert in DATABASE_URL, and \
         that the machine has its certificates (ca-certificates)."
    )]
    Tls { place: String, reason: String },
    /// A connection pooler does not know a startup parameter.
    #[error(
        "the connection pooler at {place} refuses the connection ({reason}): remove “options” from DATABASE_URL, or add the \
         parameter to ignore_startup_parameters of PgBouncer."
    )]
    StartupParameter { place: String, reason: String },
    /// A connection pooler gives every transaction another session.
    #[error(
        "the connection pooler at {place} does not keep sessions, which LISTEN, locks and timeouts need: set pool_mode = session \
         in PgBouncer for this database, or connect to Postgres itself."
    )]
    NoSessions { place: String },
    /// Postgres is too old.
    #[error("Postgres at {place} is version {version}, and version 14 or newer is needed: upgrade it.")]
    OldServer { place: String, version: u32 },
    /// The user may not change the schema.
    #[error(
        "“{user}” may not change the schema {SCHEMA} of the database “{database}” ({reason}): make it the schema's owner, or, \
         where the schema does not exist yet, run GRANT CREATE ON DATABASE \"{database}\" TO \"{user}\"."
    )]
    NotAllowed {
        user: String,
        database: String,
        reason: String,
    },
    /// The schema is not one that this release's migrations lead to.
    #[error(
        "migration {version} in the database “{database}” differs from the one in this release: run the release that \
         created this schema, or use another database."
    )]
    OtherHistory { version: i64, database: String },
    /// The schema lacks migrations of this release.
    #[error(
        "the schema of the database “{database}” is older than this release ({missing} migrations are missing): run `web migrate` \
         once; in the cluster the Job incident-bot-migrate of a deployment does."
    )]
    OldSchema { database: String, missing: usize },
    /// The schema was made before the first release, by migrations that are gone.
    #[error(
        "the schema {SCHEMA} of the database “{database}” was made before the first release (its last migration is {version}), and \
         cannot be upgraded: use an empty database, or, when nothing in the schema is needed, run DROP SCHEMA {SCHEMA} CASCADE; \
         then run `web migrate`."
    )]
    Prerelease { database: String, version: i64 },
    /// A migration failed, and was taken back.
    #[error(
        "the schema of the database “{database}” could not be brought up to date ({reason}): fix the cause and start \
         again; the failed migration was rolled back."
    )]
    Migration { database: String, reason: String },
    /// Something else.
    #[error("Postgres at {place} cannot be used: {reason}.")]
    Other { place: String, reason: String },
}

/// Waits for the database, and makes sure that it can be used and that its schema is as new as this release needs. A newer
/// one is used as it is: what a release takes away, the release before does not use any more.
///
/// While the database cannot be reached this waits, with a line in the log every few seconds.
pub async fn prepare(config: &Config) -> Result<(), StartError> {
    loop {
        let mut conn = usable(config).await?;
        match migrations::schema(&mut conn).await {
            Ok(schema) => return new_enough(config.database(), &schema),
            Err(error) if is_passing(&error) => wait(config, &error).await,
            Err(error) => return Err(other(config, &error)),
        }
    }
}

/// Waits for the database, makes sure that it can be used, and brings its schema up to date. Any number of processes may do
/// this at once.
///
/// While the database cannot be reached this waits, with a line in the log every few seconds.
pub async fn upgrade(config: &Config, pool: &PgPool) -> Result<(), StartError> {
    let _ = usable(config).await?.close().await;
    loop {
        match migrations::migrate(pool).await {
            // Nothing is half done: whatever was applied is applied, and the rest comes with the next try.
            Err(MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _)) if is_passing(&cause) => {
                wait(config, &cause).await;
            }
            migrated => return migrated.map_err(|error| migration(config, &error)),
        }
    }
}

fn new_enough(database: String, schema: &Schema) -> Result<(), StartError> {
    match *schema {
        Schema::New => Ok(()),
        Schema::Old(missing) => Err(StartError::OldSchema { database, missing }),
        Schema::Prerelease(version) => Err(StartError::Prerelease { database, version }),
        Schema::Other(version) => Err(StartError::OtherHistory { version, database }),
    }
}

async fn wait(config: &Config, error: &Error) {
    tracing::warn!("waiting for Postgres at {}: {error}", config.place());
    sleep(BACKOFF.1).await;
}

/// A connection to a database that can be used, waited for.
async fn usable(config: &Config) -> Result<PgConnection, StartError> {
    let mut conn = wait_for_server(config, |reason| {
        tracing::warn!("waiting for Postgres at {}: {reason}", config.place());
    })
    .await?;
    refuse_unusable(config, &mut conn).await?;
    Ok(conn)
}

async fn refuse_unusable(config: &Config, conn: &mut PgConnection) -> Result<(), StartError> {
    if let Some(version) = conn
        .server_version_num()
        .filter(|version| *version < MIN_SERVER_VERSION)
    {
        let version = version / 10_000;
        return Err(StartError::OldServer {
            place: config.place(),
            version,
        });
    }
    match keeps_sessions(config, conn).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(StartError::NoSessions { place: config.place() }),
        Err(error) => Err(other(config, &error)),
    }
}

/// By how much the clocks of this machine and of the database's may differ.
const MAX_CLOCK_DIFFERENCE: TimeDelta = TimeDelta::seconds(5);

/// Checks everything that a service needs of its database, once.
pub async fn check(config: &Config, now: DateTime<Utc>) -> Vec<Check> {
    let mut conn = match timeout(CONNECT_TIME, connect(config)).await {
        Err(_) => {
            let silent = format!("Postgres at {} does not answer", config.place());
            return vec![Check::failed("database", silent)];
        }
        Ok(Ok(None)) => {
            let standby = format!("Postgres at {} is a standby, which takes no writes", config.place());
            return vec![Check::failed("database", standby)];
        }
        Ok(Err(error)) => {
            let reason = refusal(config, &error).unwrap_or_else(|| other(config, &error));
            return vec![Check::failed("database", reason.to_string())];
        }
        Ok(Ok(Some(conn))) => conn,
    };
    let mut checks = vec![Check::of("database", refuse_unusable(config, &mut conn).await)];
    checks.extend(check_contents(&mut conn, now).await);
    checks
}

/// The same for a process that runs: that its pool keeps sessions and is let in was found out when it started.
pub async fn check_connected(pool: &PgPool, now: DateTime<Utc>) -> Vec<Check> {
    match pool.acquire().await {
        Ok(mut conn) => {
            let mut checks = vec![Check::ok("database")];
            checks.extend(check_contents(&mut conn, now).await);
            checks
        }
        Err(error) => vec![Check::failed("database", error.to_string())],
    }
}

async fn check_contents(conn: &mut PgConnection, now: DateTime<Utc>) -> [Check; 3] {
    let schema = match schema_of(conn).await {
        Ok((database, schema)) => new_enough(database, &schema).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let clock = match fetch_one::<DateTime<Utc>>(conn, "SELECT clock_timestamp()").await {
        Ok(there) if (now - there).abs() > MAX_CLOCK_DIFFERENCE => Err(format!(
            "the clocks of this machine and of Postgres differ by {} s: synchronise them",
            (now - there).num_seconds()
        )),
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    };
    let connections = match connections(conn).await {
        Ok((used, all)) if used * 10 > all * 9 => Err(format!(
            "{used} of the {all} connections of Postgres are used: raise its max_connections, or run fewer processes"
        )),
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    };
    [
        Check::of("schema", schema),
        Check::of("clock", clock),
        Check::warned("connections", connections),
    ]
}

async fn schema_of(conn: &mut PgConnection) -> Result<(String, Schema), Error> {
    let database = fetch_one(conn, "SELECT current_database()::text").await?;
    Ok((database, migrations::schema(conn).await?))
}

/// How many connections there are, of all users and databases, and how many there may be.
async fn connections(conn: &mut PgConnection) -> Result<(i64, i64), Error> {
    let used = fetch_one(conn, "SELECT count(*) FROM pg_stat_activity WHERE datid IS NOT NULL").await?;
    let all =
        "SELECT current_setting('max_connections')::bigint - current_setting('superuser_reserved_connections')::bigint";
    Ok((used, fetch_one(conn, all).await?))
}

/// Whether something failed because the database went away or is slow.
fn is_passing(error: &Error) -> bool {
    match error {
        Error::PoolTimedOut | Error::Io(_) => true,
        Error::Database(refused) => refused.code().is_some_and(|code| is_passing_code(&code)),
        _ => false,
    }
}

/// 08: the connection, 53: too little of something, 57P: starting or stopping, 58: the system. A pooler waits for its server, too.
fn is_passing_code(code: &str) -> bool {
    ["08", "53", "57P", "58"].iter().any(|class| code.starts_with(class))
}

/// A connection to a server that takes writes. `say` is told now and then why there is none yet.
async fn wait_for_server(config: &Config, mut say: impl FnMut(&str)) -> Result<PgConnection, StartError> {
    let mut backoff = BACKOFF.0;
    let mut said: Option<Instant> = None;
    loop {
        let reason = match timeout(CONNECT_TIME, connect(config)).await {
            Err(_) => "it doesn't answer".to_owned(),
            Ok(Ok(Some(conn))) => return Ok(conn),
            Ok(Ok(None)) => "it is a standby, which takes no writes".to_owned(),
            Ok(Err(error)) => match refusal(config, &error) {
                Some(refusal) => return Err(refusal),
                None => error.to_string(),
            },
        };
        if said.is_none_or(|at| at.elapsed() >= SAY_EVERY) {
            say(&reason);
            said = Some(Instant::now());
        }
        sleep(backoff).await;
        backoff = (2 * backoff).min(BACKOFF.1);
    }
}

async fn connect(config: &Config) -> Result<Option<PgConnection>, Error> {
    let mut conn = PgConnection::connect_with(config.options()).await?;
    let standby: bool = fetch_one(&mut conn, "SELECT pg_is_in_recovery()").await?;
    Ok((!standby).then_some(conn))
}

/// Why waiting does not help.
fn refusal(config: &Config, error: &Error) -> Option<StartError> {
    let place = config.place();
    let (user, database) = (config.user(), config.database());
    match error {
        Error::Tls(reason) => {
            return Some(StartError::Tls {
                place,
                reason: reason.to_string(),
            });
        }
        // How rustls says that it does not like a certificate.
        Error::Io(reason) if reason.kind() == io::ErrorKind::InvalidData => {
            return Some(StartError::Tls {
                place,
                reason: reason.to_string(),
            });
        }
        _ => {}
    }
    let refused = error.as_database_error()?;
    let reason = refused.message().to_owned();
    match refused.code().as_deref().unwrap_or_default() {
        "28P01" => Some(StartError::Password { place, user }),
        "28000" => Some(StartError::User { place, user, reason }),
        "3D000" => Some(StartError::NoDatabase { place, database }),
        // PgBouncer says most of what it refuses with this one code.
        "08P01" if reason.contains("startup parameter") => Some(StartError::StartupParameter { place, reason }),
        "08P01" if reason.contains("authentication failed") => Some(StartError::Password { place, user }),
        "08P01" if reason.contains("no such database") => Some(StartError::NoDatabase { place, database }),
        "08P01" if reason.contains("no such user") => Some(StartError::User { place, user, reason }),
        code if is_passing_code(code) => None,
        _ => Some(StartError::Other { place, reason }),
    }
}

/// Whether a connection keeps its session between transactions: through a pooler that gives each transaction another one,
/// notifications do not come, and locks and settings belong to somebody else.
///
/// A second connection begins a transaction. When it does so in the session that the first one has, or the first one is in
/// another session after that, sessions are not kept.
async fn keeps_sessions(config: &Config, one: &mut PgConnection) -> Result<bool, Error> {
    const LOOKS: usize = 3;
    let mut other = PgConnection::connect_with(config.options()).await?;
    let mut kept = true;
    for _ in 0..LOOKS {
        let before = session(one).await?;
        match sqlx::raw_sql("BEGIN").execute(&mut other).await {
            Ok(_) => {}
            // A pooler that gives every statement another session refuses transactions.
            Err(error) if error.as_database_error().is_some() => return Ok(false),
            Err(error) => return Err(error),
        }
        // A pooler with a single session would let the first one wait for it.
        kept = session(&mut other).await? != before && session(one).await? == before;
        sqlx::raw_sql("ROLLBACK").execute(&mut other).await?;
        if !kept {
            break;
        }
    }
    let _ = other.close().await;
    Ok(kept)
}

/// The process of Postgres that serves this connection now.
async fn session(conn: &mut PgConnection) -> Result<i32, Error> {
    fetch_one(conn, "SELECT pg_backend_pid()").await
}

/// Unprepared: where sessions are not kept, a prepared statement is not there any more when it is to run.
async fn fetch_one<T>(conn: &mut PgConnection, sql: &'static str) -> Result<T, Error>
where
    T: for<'d> Decode<'d, Postgres> + Type<Postgres>,
{
    sqlx::raw_sql(sql).fetch_one(conn).await?.try_get(0)
}

fn migration(config: &Config, error: &MigrateError) -> StartError {
    let database = config.database();
    let cause = match error {
        MigrateError::VersionMismatch(version) => {
            return StartError::OtherHistory {
                version: *version,
                database,
            };
        }
        MigrateError::VersionTooOld(version, _) => {
            return StartError::Prerelease {
                database,
                version: *version,
            };
        }
        MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) => cause,
        _ => {
            return StartError::Migration {
                database,
                reason: error.to_string(),
            };
        }
    };
    let refused = cause.as_database_error();
    // insufficient_privilege
    if refused
        .and_then(DatabaseError::code)
        .is_some_and(|code| code == "42501")
    {
        return StartError::NotAllowed {
            user: config.user(),
            database,
            reason: refused.map(|refused| refused.message().to_owned()).unwrap_or_default(),
        };
    }
    StartError::Migration {
        database,
        reason: error.to_string(),
    }
}

fn other(config: &Config, error: &Error) -> StartError {
    StartError::Other {
        place: config.place(),
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use testing::refusing_server;

    use super::*;

    #[tokio::test]
    async fn a_server_that_is_away_or_starting_is_waited_for_and_said_so() {
        let away = "postgres://bot:secret@127.0.0.1:1/incidents".to_owned();
        let starting = refusing_server("57P03", "the database system is starting up").await;
        let full = refusing_server("53300", "sorry, too many clients already").await;
        for (url, reason) in [(away, "refused"), (starting, "starting up"), (full, "too many clients")] {
            let config = Config::at(&url).unwrap();
            let (say, mut said) = tokio::sync::mpsc::unbounded_channel();
            let waiting = wait_for_server(&config, |reason| {
                let _ = say.send(reason.to_owned());
            });
            tokio::select! {
                ended = waiting => panic!("{url}: {ended:?}"),
                first = said.recv() => assert!(first.unwrap().contains(reason), "{url}"),
            }
        }
    }
}
