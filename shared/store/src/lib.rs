//! SQL: what the services keep, as free functions over a connection, one file per noun.
//!
//! A function takes `&mut PgConnection` and never begins or ends a transaction: whoever calls decides what belongs
//! together. State is changed through `incidents`, which calls these; the queue's own table belongs to `queue`.

pub mod access_requests;
pub mod app_home_views;
pub mod archiving;
pub mod audit_log;
pub mod chat_exports;
pub mod chatter;
pub mod checks;
pub mod console_devices;
pub mod console_keys;
pub mod console_sessions;
pub mod console_users;
pub mod declared_from;
mod durable;
pub mod effects;
pub mod gateway_sockets;
pub mod idempotency_keys;
pub mod incident_changes;
pub mod incident_list;
pub mod incident_pages;
pub mod incidents;
pub mod legacy;
mod listener;
pub mod members;
pub mod migrations;
pub mod missing_in_slack;
pub mod notices;
pub mod on_call;
pub mod pages;
pub mod pins;
pub mod pool;
pub mod posted_messages;
pub mod prompts;
pub mod rca_documents;
pub mod reminders;
pub mod retention;
pub mod roles;
mod session;
pub mod settings;
mod settings_cache;
pub mod sign_in_attempts;
pub mod slack_channels;
pub mod slack_copies;
pub mod slack_groups;
pub mod slack_links;
pub mod slack_names;
pub mod slack_rate_limits;
pub mod slack_users;
pub mod stale_posts;
mod start;
pub mod statuspage;
pub mod timeline;
pub mod upstream;
pub mod vendor_rate_limits;

pub use durable::{commit, commit_without_waiting, flush};
pub use migrations::migrate;
pub use pool::{Config, FirstUse, PgPool, Unreachable, connect, connect_with, keep_open, open, reachable};
pub use session::Limits;
pub use settings_cache::APPLICATION_NAME as SETTINGS_LISTENER;
pub use sqlx::migrate::MigrateError;
pub use sqlx::postgres::PgListener;
pub use sqlx::{Acquire, Connection, Error, PgConnection};
pub use start::{StartError, check, check_connected, prepare, upgrade};

/// A transaction that is rolled back unless it is committed.
pub type Transaction = sqlx::Transaction<'static, sqlx::Postgres>;
