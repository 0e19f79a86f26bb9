//! The schema's history (`migrations/` at the root of the repository), compiled in.
//!
//! Everything, the history's own table included, lives in the schema `incident_bot`: tables of others in the same
//! database are never touched.

use sqlx::PgPool;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::PgPoolOptions;

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
    // A connection of its own: a migration may change what the session looks like. Migrations carry no schema name, and
    // must not land in `public` whatever the pool's settings are.
    let options = pool
        .connect_options()
        .as_ref()
        .clone()
        .options([("search_path", SCHEMA)]);
    let own = PgPoolOptions::new().max_connections(1).connect_with(options).await?;
    migrator().run(&own).await?;
    own.close().await;
    Ok(())
}
