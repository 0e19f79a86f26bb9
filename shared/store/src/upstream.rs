//! What providers say about their own status, and where an incident's channel shows it.

use chrono::{DateTime, Utc};
use domain::IncidentId;
use domain::upstream::{Answer, Changed, Known, Outage};
use sqlx::{Error, PgConnection};
use uuid::Uuid;

/// How looking at a provider went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provider {
    /// As in the setting.
    pub provider: String,
    /// When its feeds were last polled.
    pub polled_at: Option<DateTime<Utc>>,
    /// When they were last read.
    pub fetched_at: Option<DateTime<Utc>>,
    /// Since when they cannot be read, where they cannot.
    pub failing_since: Option<DateTime<Utc>>,
    /// Why they cannot be read.
    pub error: Option<String>,
    /// It asked not to be asked before.
    pub not_before: Option<DateTime<Utc>>,
}

/// How looking at these providers went; one that was never looked at is left out.
pub async fn providers(conn: &mut PgConnection, providers: &[String]) -> Result<Vec<Provider>, Error> {
    sqlx::query_as!(
        Provider,
        "SELECT provider, polled_at, fetched_at, failing_since, error, not_before FROM upstream_providers
         WHERE provider = ANY ($1)",
        providers
    )
    .fetch_all(conn)
    .await
}

/// Notes what is wrong with the providers that the environment of the workers names.
pub async fn set_warnings(conn: &mut PgConnection, warnings: &[String]) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE upstream_environment SET warnings = $1 WHERE warnings <> $1",
        warnings
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What is wrong with the providers that the environment of the workers names, in sentences.
pub async fn warnings(conn: &mut PgConnection) -> Result<Vec<String>, Error> {
    sqlx::query_scalar!("SELECT warnings FROM upstream_environment")
        .fetch_one(conn)
        .await
}

/// Holds a provider until the transaction ends, so that one change of it follows another.
pub async fn lock(conn: &mut PgConnection, provider: &str) -> Result<Provider, Error> {
    sqlx::query!(
        "INSERT INTO upstream_providers (provider) VALUES ($1) ON CONFLICT DO NOTHING",
        provider
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query_as!(
        Provider,
        "SELECT provider, polled_at, fetched_at, failing_since, error, not_before FROM upstream_providers
         WHERE provider = $1 FOR UPDATE",
        provider
    )
    .fetch_one(conn)
    .await
}

/// Notes that a provider's feeds were read.
pub async fn read(conn: &mut PgConnection, provider: &str, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE upstream_providers
         SET polled_at = $2, fetched_at = $2, failing_since = NULL, error = NULL, not_before = NULL
         WHERE provider = $1",
        provider,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that a provider's feeds could not be read, and until when it does not want to be asked.
pub async fn failed(
    conn: &mut PgConnection,
    provider: &str,
    error: &str,
    not_before: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE upstream_providers
         SET polled_at = $2, failing_since = COALESCE(failing_since, $2), error = $3, not_before = $4
         WHERE provider = $1",
        provider,
        now,
        error,
        not_before
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// With what a feed is asked for what is new only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// Its address.
    pub url: String,
    /// What it called its last answer.
    pub etag: Option<String>,
    /// When its last answer was new, in its own words.
    pub last_modified: Option<String>,
}

/// What is known of these feeds.
pub async fn feeds(conn: &mut PgConnection, urls: &[String]) -> Result<Vec<Feed>, Error> {
    sqlx::query_as!(
        Feed,
        "SELECT url, etag, last_modified FROM upstream_feeds WHERE url = ANY ($1)",
        urls
    )
    .fetch_all(conn)
    .await
}

/// Keeps with what a feed is asked next time.
pub async fn keep_feed(conn: &mut PgConnection, answer: &Answer) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO upstream_feeds (url, etag, last_modified) VALUES ($1, $2, $3)
         ON CONFLICT (url) DO UPDATE SET etag = excluded.etag, last_modified = excluded.last_modified",
        answer.url,
        answer.etag,
        answer.last_modified
    )
    .execute(conn)
    .await?;
    Ok(())
}

struct Row {
    provider: String,
    feed: String,
    outage_id: String,
    title: String,
    state: String,
    impact: String,
    started_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    updated_at: DateTime<Utc>,
    url: Option<String>,
}

impl Row {
    fn outage(self) -> Outage {
        Outage {
            id: self.outage_id,
            title: self.title,
            state: self.state,
            impact: self.impact,
            started_at: self.started_at,
            ended_at: self.ended_at,
            updated_at: self.updated_at,
            url: self.url,
        }
    }
}

/// The outages of a provider that go on, and those that have one of these ids.
pub async fn known(conn: &mut PgConnection, provider: &str, ids: &[String]) -> Result<Vec<Known>, Error> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT provider, feed, outage_id, title, state, impact, started_at, ended_at, updated_at, url
         FROM upstream_outages WHERE provider = $1 AND (ended_at IS NULL OR outage_id = ANY ($2))",
        provider,
        ids
    )
    .fetch_all(conn)
    .await?;
    let known = rows.into_iter().map(|row| Known {
        feed: row.feed.clone(),
        outage: row.outage(),
    });
    Ok(known.collect())
}

/// The outages of these providers that go on or were not over before `since`: what goes on first, then the newest.
pub async fn since(
    conn: &mut PgConnection,
    providers: &[String],
    since: DateTime<Utc>,
) -> Result<Vec<(String, Outage)>, Error> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT provider, feed, outage_id, title, state, impact, started_at, ended_at, updated_at, url
         FROM upstream_outages WHERE provider = ANY ($1) AND (ended_at IS NULL OR ended_at >= $2)
         ORDER BY (ended_at IS NOT NULL), started_at DESC, outage_id LIMIT 2000",
        providers,
        since
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.provider.clone(), row.outage()))
        .collect())
}

/// Keeps an outage as it is now.
pub async fn keep(conn: &mut PgConnection, provider: &str, changed: &Changed, now: DateTime<Utc>) -> Result<(), Error> {
    let Outage {
        id,
        title,
        state,
        impact,
        started_at,
        ended_at,
        updated_at,
        url,
    } = &changed.outage;
    sqlx::query!(
        "INSERT INTO upstream_outages (provider, outage_id, feed, title, state, impact, started_at, ended_at,
                                       updated_at, url, first_seen_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (provider, outage_id) DO UPDATE
             SET feed = excluded.feed, title = excluded.title, state = excluded.state, impact = excluded.impact,
                 started_at = excluded.started_at, ended_at = excluded.ended_at, updated_at = excluded.updated_at,
                 url = excluded.url",
        provider,
        id,
        changed.feed,
        title,
        state,
        impact,
        started_at,
        *ended_at,
        updated_at,
        url.as_deref(),
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The incidents that go on and have a channel to tell, in the order in which they are locked.
pub async fn incidents_to_tell(conn: &mut PgConnection) -> Result<Vec<IncidentId>, Error> {
    let ids = sqlx::query_scalar!(
        "SELECT id FROM incidents
         WHERE resolved_at IS NULL AND channel_id IS NOT NULL AND archived_at IS NULL AND channel_lost IS NULL
         ORDER BY id"
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(IncidentId).collect())
}

/// Notes that somebody reloaded the message of an incident: it is rendered with what is fetched now.
pub async fn reload(conn: &mut PgConnection, incident: IncidentId, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO upstream_reloads (incident_id, reloaded_at) VALUES ($1, $2)
         ON CONFLICT (incident_id) DO UPDATE SET reloaded_at = excluded.reloaded_at",
        incident.0,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The incidents whose message somebody reloaded since then.
pub async fn reloading(conn: &mut PgConnection, since: DateTime<Utc>) -> Result<Vec<IncidentId>, Error> {
    let ids: Vec<Uuid> = sqlx::query_scalar!(
        "SELECT incident_id FROM upstream_reloads WHERE reloaded_at >= $1 ORDER BY incident_id",
        since
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(IncidentId).collect())
}
