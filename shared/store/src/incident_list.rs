//! Incidents as somebody may see them: lists with filters, one, and what changed.
//!
//! A private incident is visible to who declared it and to its members. The rule stands twice, in SQL for questions and
//! in [`Changed::is_visible_to`] for streams, which are fed from one reading for many watchers; a test holds them together.

use chrono::{DateTime, Utc};
use domain::{Actor, Incident, IncidentId};
use sqlx::{Error, PgConnection};
use uuid::Uuid;

use crate::incidents::incidents;

/// Who looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// The console user, where it is one.
    pub console_user_id: Option<Uuid>,
    /// Who they are in Slack, where that is known.
    pub slack_user_id: Option<String>,
}

impl Viewer {
    /// Somebody in Slack.
    pub fn in_slack(user_id: impl Into<String>) -> Self {
        Self {
            console_user_id: None,
            slack_user_id: Some(user_id.into()),
        }
    }

    /// Somebody who is in no private incident: what they see, everybody may.
    pub fn anybody() -> Self {
        Self {
            console_user_id: None,
            slack_user_id: None,
        }
    }
}

/// Which incidents are wanted; the default wants all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only these severities; empty for all.
    pub severities: Vec<String>,
    /// Only these statuses; empty for all.
    pub statuses: Vec<String>,
    /// Only resolved ones, or only open ones.
    pub resolved: Option<bool>,
    /// Each must be found in title or description, in any case.
    pub words: Vec<String>,
}

impl Filter {
    /// The open ones that have all words of `text` in title or description; signs that are no words do not count.
    pub fn open(text: &str) -> Self {
        let words = text.split_whitespace();
        Self {
            resolved: Some(false),
            words: words
                .filter(|word| word.contains(char::is_alphanumeric))
                .map(str::to_owned)
                .collect(),
            ..Self::default()
        }
    }

    fn patterns(&self) -> Vec<String> {
        self.words
            .iter()
            .map(|word| {
                format!(
                    "%{}%",
                    word.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_")
                )
            })
            .collect()
    }
}

/// The place of an incident in a list, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// When it was declared.
    pub declared_at: DateTime<Utc>,
    /// Settles equal times.
    pub id: IncidentId,
}

/// The incidents that come after the cursor, newest first, at most `limit`.
pub async fn page(
    conn: &mut PgConnection,
    viewer: &Viewer,
    filter: &Filter,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Incident>, Error> {
    let rows = incidents!(
        "WHERE (NOT private OR declared_by_slack_user = $1
                OR (declared_by->>'kind' = 'console' AND declared_by->>'user_id' = $2::uuid::text)
                OR EXISTS (SELECT FROM incident_members m WHERE m.incident_id = i.id AND m.slack_user_id = $1))
           AND (cardinality($3::text[]) = 0 OR severity = ANY ($3))
           AND (cardinality($4::text[]) = 0 OR status = ANY ($4))
           AND ($5::bool IS NULL OR (resolved_at IS NOT NULL) = $5)
           AND (title || ' ' || description) ILIKE ALL ($6::text[])
           AND ($7::timestamptz IS NULL OR (declared_at, i.id) < ($7, $8::uuid))
         ORDER BY declared_at DESC, i.id DESC LIMIT $9",
        viewer.slack_user_id,
        viewer.console_user_id,
        &filter.severities,
        &filter.statuses,
        filter.resolved,
        &filter.patterns(),
        after.map(|cursor| cursor.declared_at),
        after.map(|cursor| cursor.id.0),
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// How many there are in all.
pub async fn count(conn: &mut PgConnection, viewer: &Viewer, filter: &Filter) -> Result<i64, Error> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!"
           FROM incidents i
           WHERE (NOT private OR declared_by_slack_user = $1
                  OR (declared_by->>'kind' = 'console' AND declared_by->>'user_id' = $2::uuid::text)
                  OR EXISTS (SELECT FROM incident_members m WHERE m.incident_id = i.id AND m.slack_user_id = $1))
             AND (cardinality($3::text[]) = 0 OR severity = ANY ($3))
             AND (cardinality($4::text[]) = 0 OR status = ANY ($4))
             AND ($5::bool IS NULL OR (resolved_at IS NOT NULL) = $5)
             AND (title || ' ' || description) ILIKE ALL ($6::text[])"#,
        viewer.slack_user_id,
        viewer.console_user_id,
        &filter.severities,
        &filter.statuses,
        filter.resolved,
        &filter.patterns()
    )
    .fetch_one(conn)
    .await
}

/// The incident, if there is one that this viewer may see.
pub async fn get(conn: &mut PgConnection, viewer: &Viewer, id: IncidentId) -> Result<Option<Incident>, Error> {
    let row = incidents!(
        "WHERE i.id = $3
           AND (NOT private OR declared_by_slack_user = $1
                OR (declared_by->>'kind' = 'console' AND declared_by->>'user_id' = $2::uuid::text)
                OR EXISTS (SELECT FROM incident_members m WHERE m.incident_id = i.id AND m.slack_user_id = $1))",
        viewer.slack_user_id,
        viewer.console_user_id,
        id.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Into::into))
}

/// An incident that changed, with what is needed to decide who may know.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// As it is now.
    pub incident: Incident,
    /// Its members in Slack; empty for one that is not private.
    members: Vec<String>,
}

impl Changed {
    /// Whether this viewer may see the incident.
    pub fn is_visible_to(&self, viewer: &Viewer) -> bool {
        if !self.incident.private {
            return true;
        }
        let declared = match &self.incident.declared_by {
            Actor::Console { user_id, .. } => Some(*user_id) == viewer.console_user_id,
            Actor::Slack { .. } | Actor::System => false,
        };
        let Some(slack_user) = viewer.slack_user_id.as_deref() else {
            return declared;
        };
        declared
            || self.incident.declared_by.slack_user_id() == Some(slack_user)
            || self.members.iter().any(|member| member == slack_user)
    }
}

/// These incidents as they are now, whoever may see them.
pub async fn changed(conn: &mut PgConnection, ids: &[IncidentId]) -> Result<Vec<Changed>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let incidents = incidents!("WHERE i.id = ANY ($1) ORDER BY updated_at, i.id", &ids)
        .fetch_all(&mut *conn)
        .await?;
    let private: Vec<Uuid> = incidents.iter().filter(|row| row.private).map(|row| row.id).collect();
    let members = if private.is_empty() {
        Vec::new()
    } else {
        sqlx::query!(
            "SELECT incident_id, slack_user_id FROM incident_members WHERE incident_id = ANY ($1)",
            &private
        )
        .fetch_all(conn)
        .await?
    };
    Ok(incidents
        .into_iter()
        .map(|row| Changed {
            members: members
                .iter()
                .filter(|member| member.incident_id == row.id)
                .map(|member| member.slack_user_id.clone())
                .collect(),
            incident: row.into(),
        })
        .collect())
}
