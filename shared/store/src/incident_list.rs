//! Incidents as somebody may see them: lists with filters, one, and what changed.
//!
//! A private incident is visible to who declared it, to its members and to who holds a role in it. The rule stands twice, in
//! SQL for questions (`visible!`) and in [`Changed::is_visible_to`] for streams, which are fed from one reading for many watchers; a test
//! holds them together. An admin of the console may know that one exists: such a [`Listed`] is sealed.

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
    /// Each must be found in title, channel name or description, in any case.
    pub words: Vec<String>,
}

impl Filter {
    /// The open ones that have all words of `text`, in any order. Signs around words, such as the `#` of a channel, do not
    /// count.
    pub fn search(text: &str) -> Self {
        let words = text.split_whitespace();
        let words = words.map(|word| word.trim_matches(|sign: char| !sign.is_alphanumeric()));
        Self {
            resolved: Some(false),
            words: words.filter(|word| !word.is_empty()).map(str::to_owned).collect(),
            ..Self::default()
        }
    }

    /// Without what every permalink of Slack begins with: it is in the description of whatever was declared from a message.
    fn patterns(&self) -> Vec<String> {
        let told = self.words.iter().map(|word| {
            let id = word.rsplit_once("/archives/").map(|(_, id)| id);
            contains(id.unwrap_or(word))
        });
        told.collect()
    }
}

/// What `ILIKE` finds in texts that have this word.
pub(crate) fn contains(word: &str) -> String {
    let word = word.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    format!("%{word}%")
}

/// The place of an incident in a list, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// When it was declared.
    pub declared_at: DateTime<Utc>,
    /// Settles equal times.
    pub id: IncidentId,
}

/// A question about the incidents that a viewer may see; `$1` and `$2` are the viewer. Where `$3` is true, it is about
/// those too of which they may only know that they exist. What follows goes on with `AND` or `ORDER BY`, from `$4` on.
macro_rules! visible {
    ($question:ident, $viewer:expr, $sealed:expr, $rest:tt $(, $argument:expr)* $(,)?) => {
        $question!(
            "WHERE (NOT i.private OR i.declared_by_slack_user = $1
                    OR (i.declared_by->>'kind' = 'console' AND i.declared_by->>'user_id' = $2::uuid::text)
                    OR EXISTS (SELECT FROM incident_members m WHERE m.incident_id = i.id AND m.slack_user_id = $1)
                    OR EXISTS (SELECT FROM role_holders h WHERE h.incident_id = i.id AND h.slack_user_id = $1)
                    OR $3::bool) " + $rest,
            $viewer.slack_user_id,
            $viewer.console_user_id,
            $sealed
            $(, $argument)*
        )
    };
}

/// A question that [`visible`] takes: how many there are.
macro_rules! counted {
    ($condition:tt + $rest:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM incidents i "# + $condition + $rest
            $(, $argument)*
        )
    };
}

/// A question that [`visible`] takes: which they are.
macro_rules! ids {
    ($condition:tt + $rest:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_scalar!("SELECT i.id FROM incidents i " + $condition + $rest $(, $argument)*)
    };
}

/// An incident in a list of somebody who may know that private ones exist.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// The incident. Of a sealed one only severity, status and times are told.
    pub incident: Incident,
    /// Whether they may only know that it exists.
    pub is_sealed: bool,
}

impl Listed {
    /// As somebody sees it who may only know that it exists.
    fn sealed(incident: &Incident) -> Self {
        Self {
            incident: Incident {
                id: incident.id,
                title: "Private incident".to_owned(),
                description: String::new(),
                severity: incident.severity.clone(),
                status: incident.status.clone(),
                private: true,
                declared_by: Actor::System,
                declared_at: incident.declared_at,
                updated_at: incident.updated_at,
                resolved_at: incident.resolved_at,
                revision: incident.revision,
                channel_name: String::new(),
                channel_id: None,
                panel_ts: None,
                digest: None,
                channel_number: incident.channel_number,
                archived_at: None,
                channel_lost: None,
                rca_channel: None,
                rca_channel_lost: None,
                rca_document_url: None,
                last_update: None,
                roles: Vec::new(),
            },
            is_sealed: true,
        }
    }
}

/// The incidents that come after the cursor, newest first, at most `limit`.
pub async fn page(
    conn: &mut PgConnection,
    viewer: &Viewer,
    filter: &Filter,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Incident>, Error> {
    select(conn, viewer, false, filter, after, limit).await
}

/// Like [`page`], with those that are sealed to the viewer. Words are not looked for in them: whoever finds one by a word
/// knows what it is about.
pub async fn page_with_sealed(
    conn: &mut PgConnection,
    viewer: &Viewer,
    filter: &Filter,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Listed>, Error> {
    let found = select(conn, viewer, filter.words.is_empty(), filter, after, limit).await?;
    listed(conn, viewer, found).await
}

async fn select(
    conn: &mut PgConnection,
    viewer: &Viewer,
    with_sealed: bool,
    filter: &Filter,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Incident>, Error> {
    let rows = visible!(
        incidents,
        viewer,
        with_sealed,
        "AND (cardinality($4::text[]) = 0 OR severity = ANY ($4))
         AND (cardinality($5::text[]) = 0 OR status = ANY ($5))
         AND ($6::bool IS NULL OR (resolved_at IS NOT NULL) = $6)
         AND concat_ws(' ', title, channel_name, regexp_replace(description, 'https?://\\S+/archives/', '', 'g'))
             ILIKE ALL ($7::text[])
         AND ($8::timestamptz IS NULL OR (declared_at, i.id) < ($8, $9::uuid))
         ORDER BY declared_at DESC, i.id DESC LIMIT $10",
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

/// Seals those of `found` that the viewer may not see.
async fn listed(conn: &mut PgConnection, viewer: &Viewer, found: Vec<Incident>) -> Result<Vec<Listed>, Error> {
    let private: Vec<Uuid> = found
        .iter()
        .filter(|incident| incident.private)
        .map(|incident| incident.id.0)
        .collect();
    let seen = if private.is_empty() {
        Vec::new()
    } else {
        visible!(ids, viewer, false, "AND i.id = ANY ($4)", &private)
            .fetch_all(conn)
            .await?
    };
    let list = found.into_iter().map(|incident| {
        if incident.private && !seen.contains(&incident.id.0) {
            Listed::sealed(&incident)
        } else {
            Listed {
                incident,
                is_sealed: false,
            }
        }
    });
    Ok(list.collect())
}

/// How many there are in all.
pub async fn count(conn: &mut PgConnection, viewer: &Viewer, filter: &Filter) -> Result<i64, Error> {
    count_of(conn, viewer, false, filter).await
}

/// Like [`count`], for [`page_with_sealed`].
pub async fn count_with_sealed(conn: &mut PgConnection, viewer: &Viewer, filter: &Filter) -> Result<i64, Error> {
    count_of(conn, viewer, filter.words.is_empty(), filter).await
}

async fn count_of(conn: &mut PgConnection, viewer: &Viewer, with_sealed: bool, filter: &Filter) -> Result<i64, Error> {
    visible!(
        counted,
        viewer,
        with_sealed,
        "AND (cardinality($4::text[]) = 0 OR severity = ANY ($4))
         AND (cardinality($5::text[]) = 0 OR status = ANY ($5))
         AND ($6::bool IS NULL OR (resolved_at IS NOT NULL) = $6)
         AND concat_ws(' ', title, channel_name, regexp_replace(description, 'https?://\\S+/archives/', '', 'g'))
             ILIKE ALL ($7::text[])",
        &filter.severities,
        &filter.statuses,
        filter.resolved,
        &filter.patterns()
    )
    .fetch_one(conn)
    .await
}

/// The private incidents that this viewer may see.
pub async fn private(conn: &mut PgConnection, viewer: &Viewer) -> Result<Vec<IncidentId>, Error> {
    let ids = visible!(ids, viewer, false, "AND i.private").fetch_all(conn).await?;
    Ok(ids.into_iter().map(IncidentId).collect())
}

/// The incident, if there is one that this viewer may see.
pub async fn get(conn: &mut PgConnection, viewer: &Viewer, id: IncidentId) -> Result<Option<Incident>, Error> {
    let row = visible!(incidents, viewer, false, "AND i.id = $4", id.0)
        .fetch_optional(conn)
        .await?;
    Ok(row.map(Into::into))
}

/// The incident, sealed where the viewer may only know that it exists.
pub async fn get_with_sealed(
    conn: &mut PgConnection,
    viewer: &Viewer,
    id: IncidentId,
) -> Result<Option<Listed>, Error> {
    let found = crate::incidents::get(conn, id).await?;
    Ok(listed(conn, viewer, found.into_iter().collect()).await?.pop())
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
    /// As somebody sees it who may only know that it exists.
    pub fn sealed(&self) -> Listed {
        Listed::sealed(&self.incident)
    }

    /// Whether this viewer may see the incident.
    pub fn is_visible_to(&self, viewer: &Viewer) -> bool {
        if !self.incident.private {
            return true;
        }
        let declared = match &self.incident.declared_by {
            Actor::Console { user_id, .. } => Some(*user_id) == viewer.console_user_id,
            Actor::Slack { .. } | Actor::Named { .. } | Actor::System => false,
        };
        let Some(slack_user) = viewer.slack_user_id.as_deref() else {
            return declared;
        };
        declared
            || self.incident.declared_by.slack_user_id() == Some(slack_user)
            || self.members.iter().any(|member| member == slack_user)
            || self.incident.roles.iter().any(|holder| holder.user_id == slack_user)
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
