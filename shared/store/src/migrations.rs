//! The schema's history (`migrations/` at the root of the repository), compiled in.
//!
//! Everything, the history's own table included, lives in the schema `incident_bot`: tables of others in the same
//! database are never touched.

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{Connection, PgConnection, PgPool};

/// The schema in which everything of ours lives.
pub const SCHEMA: &str = "incident_bot";

/// The migrations as they were when this binary was built.
pub fn migrator() -> Migrator {
    let mut migrator = sqlx::migrate!("../../migrations");
    migrator.create_schema(SCHEMA);
    // During a rollout an old replica may start after a new one has migrated.
    migrator.set_ignore_missing(true);
    migrator
}

/// Brings the schema up to date. Any number of processes may call this at once: they take turns by an advisory lock.
///
/// # Errors
/// When the database cannot be reached, a migration fails, or one that was applied has since been edited.
pub async fn migrate(pool: &PgPool) -> Result<(), MigrateError> {
    // A connection of its own: a migration may change what the session looks like.
    let mut connection = PgConnection::connect_with(&pool.connect_options()).await?;
    // Migrations carry no schema name, and must not land in `public` whatever the pool's settings are.
    sqlx::query("SELECT set_config('search_path', $1, false)")
        .bind(SCHEMA)
        .execute(&mut connection)
        .await?;
    migrator().run(&mut connection).await?;
    connection.close().await?;
    Ok(())
}
