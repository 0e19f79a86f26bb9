//! What every session of the database is like: which schema it sees, and how long anything in it may take.
//!
//! A session is set up by statements after connecting. Startup parameters would save the round trip, but `PgBouncer` refuses
//! those it does not know.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Error, PgConnection};

use crate::migrations::SCHEMA;

/// How long anything may take in a session. `None`: as long as it takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// One statement.
    pub statement: Option<Duration>,
    /// One wait for a lock.
    pub lock: Option<Duration>,
    /// A transaction in which nothing happens: its process hangs, or its connection was cut without a word.
    pub idle_in_transaction: Option<Duration>,
    /// A transaction in all; from Postgres 17 on.
    pub transaction: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            statement: Some(Duration::from_secs(10)),
            lock: Some(Duration::from_secs(2)),
            idle_in_transaction: Some(Duration::from_secs(15)),
            transaction: Some(Duration::from_secs(30)),
        }
    }
}

impl Limits {
    /// For migrations: building an index takes as long as it takes, but waiting for a table holds up everybody who comes
    /// behind.
    pub(crate) const MIGRATIONS: Self = Self {
        statement: None,
        lock: Some(Duration::from_secs(5)),
        idle_in_transaction: Some(Duration::from_mins(1)),
        transaction: None,
    };

    fn statements(&self, server_version: Option<u32>) -> String {
        let milliseconds = |limit: Option<Duration>| limit.map_or(0, |limit| limit.as_millis());
        let mut sql = format!(
            "SET search_path = {SCHEMA}; SET statement_timeout = {}; SET lock_timeout = {};
             SET idle_in_transaction_session_timeout = {}",
            milliseconds(self.statement),
            milliseconds(self.lock),
            milliseconds(self.idle_in_transaction),
        );
        if server_version.is_some_and(|version| version >= 170_000) {
            let limit = milliseconds(self.transaction);
            sql.push_str("; SET transaction_timeout = ");
            sql.push_str(&limit.to_string());
        }
        sql
    }
}

/// Sets up a session that has just begun.
pub(crate) async fn set_up(conn: &mut PgConnection, limits: &Limits) -> Result<(), Error> {
    let statements = limits.statements(conn.server_version_num());
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(conn).await?;
    Ok(())
}
