//! Posts that list forgotten incidents. What one lists is fixed before it is sent for the first time.

use chrono::{DateTime, Utc};
use domain::{Incident, IncidentId};
use sqlx::{Error, PgConnection};
use uuid::Uuid;

use crate::incidents::incidents;

/// A post, or several where one does not hold them all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StalePost {
    /// Its id.
    pub id: Uuid,
    /// What it lists, the oldest first.
    pub incidents: Vec<IncidentId>,
}

/// The post to send: one that was begun, or a new one for the tick `at`, when the last one is not younger than
/// `last_until` and incidents are open since `declared_until`. Private ones are left out.
pub async fn next(
    conn: &mut PgConnection,
    at: DateTime<Utc>,
    last_until: DateTime<Utc>,
    declared_until: DateTime<Utc>,
) -> Result<Option<StalePost>, Error> {
    let begun = sqlx::query!("SELECT id, incidents FROM stale_posts WHERE posted_at IS NULL ORDER BY at LIMIT 1")
        .fetch_optional(&mut *conn)
        .await?;
    if let Some(begun) = begun {
        return Ok(Some(StalePost {
            id: begun.id,
            incidents: begun.incidents.into_iter().map(IncidentId).collect(),
        }));
    }
    // Two workers with the same tick: the second waits for the first, and then finds its post.
    let new = sqlx::query!(
        "WITH stale AS (
             SELECT array_agg(id ORDER BY declared_at, id) AS ids FROM incidents
             WHERE resolved_at IS NULL AND NOT private AND declared_at <= $3
         )
         INSERT INTO stale_posts (id, at, incidents)
         SELECT $4, $1, ids FROM stale
         WHERE ids IS NOT NULL AND NOT EXISTS (SELECT FROM stale_posts WHERE at > $2)
         ON CONFLICT (at) DO NOTHING
         RETURNING id, incidents",
        at,
        last_until,
        declared_until,
        Uuid::now_v7()
    )
    .fetch_optional(conn)
    .await?;
    Ok(new.map(|new| StalePost {
        id: new.id,
        incidents: new.incidents.into_iter().map(IncidentId).collect(),
    }))
}

/// These incidents, the oldest first.
pub async fn listed(conn: &mut PgConnection, ids: &[IncidentId]) -> Result<Vec<Incident>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = incidents!("WHERE i.id = ANY ($1) ORDER BY declared_at, i.id", &ids)
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Notes that a post was sent.
pub async fn posted(conn: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!("UPDATE stale_posts SET posted_at = $2 WHERE id = $1", id, now)
        .execute(conn)
        .await?;
    Ok(())
}
