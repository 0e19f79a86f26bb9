//! Pages of incidents that people turn with buttons: what needs somebody comes first.
//!
//! Open ones come before resolved ones. Of the open ones the worst severity comes first, and within a severity, as among the
//! resolved ones, the newest. A place is named by an incident and compared by where that one is now.

use domain::{Incident, ListPlace};
use sqlx::{Error, PgConnection};

use crate::incident_list::{self, Filter, Viewer};
use crate::incidents::incidents;

/// Which incidents are listed.
#[derive(Clone, Copy, Debug)]
pub struct Which<'a> {
    /// Who looks.
    pub viewer: &'a Viewer,
    /// Only the open ones.
    pub open: bool,
    /// Leaves those out that somebody in Slack declared or has a role in.
    pub not_of: Option<&'a str>,
    /// Keys of the severities, the worst first; any other counts as the mildest.
    pub severities: &'a [String],
}

/// A page.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// What stands on it.
    pub incidents: Vec<Incident>,
    /// Whether there is a page before it.
    pub newer: bool,
    /// Whether there is a page after it.
    pub older: bool,
}

/// The page at `place`, with at most `limit` incidents. A place that has nothing any more gives the first page.
pub async fn page(conn: &mut PgConnection, which: Which<'_>, place: ListPlace, limit: i64) -> Result<Page, Error> {
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut incidents = read(conn, which, place, limit + 1).await?;
    let more = incidents.len() > size;
    incidents.truncate(size);
    Ok(match place {
        ListPlace::Newest => Page {
            incidents,
            newer: false,
            older: more,
        },
        ListPlace::OlderThan(_) if incidents.is_empty() => return first(conn, which, limit).await,
        ListPlace::OlderThan(_) => Page {
            newer: newer_than_first(conn, which, &incidents).await?,
            incidents,
            older: more,
        },
        // The first page is always full.
        ListPlace::NewerThan(_) if !more => return first(conn, which, limit).await,
        ListPlace::NewerThan(_) => {
            incidents.reverse();
            Page {
                incidents,
                newer: true,
                older: true,
            }
        }
    })
}

async fn first(conn: &mut PgConnection, which: Which<'_>, limit: i64) -> Result<Page, Error> {
    Box::pin(page(conn, which, ListPlace::Newest, limit)).await
}

async fn newer_than_first(conn: &mut PgConnection, which: Which<'_>, incidents: &[Incident]) -> Result<bool, Error> {
    let Some(first) = incidents.first() else {
        return Ok(false);
    };
    let newer = read(conn, which, ListPlace::NewerThan(first.id), 1).await?;
    Ok(!newer.is_empty())
}

/// The page at `place` and how many there are in all, of everybody.
pub async fn listed(
    conn: &mut PgConnection,
    which: Which<'_>,
    place: ListPlace,
    limit: i64,
) -> Result<(Page, i64), Error> {
    let page = page(conn, which, place, limit).await?;
    let filter = Filter {
        resolved: which.open.then_some(false),
        ..Filter::default()
    };
    Ok((page, incident_list::count(conn, which.viewer, &filter).await?))
}

/// The open incidents that somebody in Slack declared or has a role in, in the order of pages; `severities` as in [`Which`].
pub async fn open_of(
    conn: &mut PgConnection,
    slack_user: &str,
    severities: &[String],
    limit: i64,
) -> Result<Vec<Incident>, Error> {
    let rows = incidents!(
        "WHERE resolved_at IS NULL
           AND (declared_by_slack_user = $1
                OR EXISTS (SELECT FROM role_holders r WHERE r.incident_id = i.id AND r.slack_user_id = $1))
           AND (NOT private OR declared_by_slack_user = $1
                OR EXISTS (SELECT FROM incident_members m WHERE m.incident_id = i.id AND m.slack_user_id = $1)
                        OR EXISTS (SELECT FROM role_holders h WHERE h.incident_id = i.id AND h.slack_user_id = $1))
         ORDER BY array_position($3::text[], severity), declared_at DESC, i.id DESC LIMIT $2",
        slack_user,
        limit,
        severities
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The nearest ones after the place, those nearest to it first.
async fn read(conn: &mut PgConnection, which: Which<'_>, place: ListPlace, limit: i64) -> Result<Vec<Incident>, Error> {
    let (older_than, newer_than) = place.cursors();
    let rows = match newer_than {
        None => {
            incidents!(
                "CROSS JOIN LATERAL (SELECT CASE WHEN i.resolved_at IS NULL
                                                 THEN -COALESCE(array_position($6::text[], i.severity), 1000)
                                                 ELSE -2000 END AS rank) ranked
                 WHERE (NOT private OR declared_by_slack_user = $1
                        OR EXISTS (SELECT FROM incident_members m WHERE m.incident_id = i.id AND m.slack_user_id = $1)
                        OR EXISTS (SELECT FROM role_holders h WHERE h.incident_id = i.id AND h.slack_user_id = $1))
                   AND (NOT $2::bool OR resolved_at IS NULL)
                   AND ($3::text IS NULL
                        OR NOT (COALESCE(declared_by_slack_user, '') = $3
                                OR EXISTS (SELECT FROM role_holders r
                                           WHERE r.incident_id = i.id AND r.slack_user_id = $3)))
                   AND ($4::uuid IS NULL
                        OR (ranked.rank, i.declared_at, i.id)
                           < (SELECT CASE WHEN c.resolved_at IS NULL
                                          THEN -COALESCE(array_position($6::text[], c.severity), 1000)
                                          ELSE -2000 END, c.declared_at, c.id FROM incidents c WHERE c.id = $4))
                 ORDER BY ranked.rank DESC, i.declared_at DESC, i.id DESC LIMIT $5",
                which.viewer.slack_user_id,
                which.open,
                which.not_of,
                older_than.map(|id| id.0),
                limit,
                which.severities
            )
            .fetch_all(conn)
            .await?
        }
        Some(id) => {
            incidents!(
                "CROSS JOIN LATERAL (SELECT CASE WHEN i.resolved_at IS NULL
                                                 THEN -COALESCE(array_position($6::text[], i.severity), 1000)
                                                 ELSE -2000 END AS rank) ranked
                 WHERE (NOT private OR declared_by_slack_user = $1
                        OR EXISTS (SELECT FROM incident_members m WHERE m.incident_id = i.id AND m.slack_user_id = $1)
                        OR EXISTS (SELECT FROM role_holders h WHERE h.incident_id = i.id AND h.slack_user_id = $1))
                   AND (NOT $2::bool OR resolved_at IS NULL)
                   AND ($3::text IS NULL
                        OR NOT (COALESCE(declared_by_slack_user, '') = $3
                                OR EXISTS (SELECT FROM role_holders r
                                           WHERE r.incident_id = i.id AND r.slack_user_id = $3)))
                   AND (ranked.rank, i.declared_at, i.id)
                       > (SELECT CASE WHEN c.resolved_at IS NULL
                                      THEN -COALESCE(array_position($6::text[], c.severity), 1000)
                                      ELSE -2000 END, c.declared_at, c.id FROM incidents c WHERE c.id = $4)
                 ORDER BY ranked.rank, i.declared_at, i.id LIMIT $5",
                which.viewer.slack_user_id,
                which.open,
                which.not_of,
                id.0,
                limit,
                which.severities
            )
            .fetch_all(conn)
            .await?
        }
    };
    Ok(rows.into_iter().map(Into::into).collect())
}
