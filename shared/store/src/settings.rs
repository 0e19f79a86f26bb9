//! Settings: one row each, typed and validated when they are read.
//!
//! Commands and handlers ask their pool ([`crate::PgPool::settings`]), which keeps them until the database says that one
//! has changed ([`crate::settings_cache`]).

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::Settings;
use serde_json::{Map, Value};
use sqlx::{Error, PgConnection, PgExecutor};

/// All settings as they are now.
///
/// A row that does not fit (written by a newer release, or by hand) does not stop an incident: it is logged and noted in
/// [`Settings::unreadable`], and its default applies, but where that would let people see or do more.
pub async fn load(conn: &mut PgConnection) -> Result<Settings, Error> {
    load_with(conn).await
}

/// The same by whatever can ask.
pub(crate) async fn load_with(conn: impl PgExecutor<'_>) -> Result<Settings, Error> {
    let rows = sqlx::query!("SELECT key, value FROM settings ORDER BY key")
        .fetch_all(conn)
        .await?;
    Ok(fitting(rows.into_iter().map(|row| (row.key, row.value)).collect()))
}

/// Fills settings that were never made with what the environment says; those that were take precedence, also when they are
/// back at their defaults.
pub async fn fill(conn: &mut PgConnection, seeds: &[(&str, Value)]) -> Result<(), Error> {
    for (key, value) in seeds {
        sqlx::query!(
            "INSERT INTO settings (key, value)
             SELECT $1, $2 WHERE NOT EXISTS (SELECT FROM setting_revisions WHERE key = $1)
             ON CONFLICT (key) DO NOTHING",
            key,
            value
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// The last change of a setting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revision {
    /// Grows with every change; 0 for a setting that was never made.
    pub number: i64,
    /// When it was changed.
    pub changed_at: Option<DateTime<Utc>>,
    /// Name of the admin who changed it; `None` where it was not changed in the console.
    pub changed_by: Option<String>,
}

/// The last change of every setting that was ever made, by its key.
pub async fn revisions(conn: &mut PgConnection) -> Result<HashMap<String, Revision>, Error> {
    let rows = sqlx::query!("SELECT key, revision, changed_at, changed_by FROM setting_revisions")
        .fetch_all(conn)
        .await?;
    let revision = rows.into_iter().map(|row| {
        let revision = Revision {
            number: row.revision,
            changed_at: Some(row.changed_at),
            changed_by: row.changed_by,
        };
        (row.key, revision)
    });
    Ok(revision.collect())
}

/// Lets nobody else change settings until the transaction ends.
pub async fn lock(conn: &mut PgConnection) -> Result<(), Error> {
    sqlx::query("LOCK TABLE settings IN SHARE ROW EXCLUSIVE MODE")
        .execute(conn)
        .await?;
    Ok(())
}

/// Gives a setting another value. The caller has seen to it that it fits.
pub async fn set(conn: &mut PgConnection, key: &str, value: &Value) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO settings (key, value) VALUES ($1, $2)
         ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = now()",
        key,
        value
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives a setting another value, or its default, as a change of `who`. The caller has seen to it that it fits.
pub async fn change(
    conn: &mut PgConnection,
    key: &str,
    value: Option<&Value>,
    who: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    match value {
        Some(value) => set(conn, key, value).await?,
        None => {
            sqlx::query!("DELETE FROM settings WHERE key = $1", key)
                .execute(&mut *conn)
                .await?;
        }
    }
    sqlx::query!(
        "UPDATE setting_revisions SET changed_by = $2, changed_at = $3 WHERE key = $1",
        key,
        who,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How many open incidents use which key of a setting that is a list: a severity, a status, or a role that somebody holds.
pub async fn open_uses(conn: &mut PgConnection, setting: &str) -> Result<HashMap<String, i64>, Error> {
    let rows = sqlx::query!(
        r#"SELECT used.key AS "key!", count(*) AS "incidents!"
           FROM (
               SELECT CASE $1::text WHEN 'severities' THEN severity WHEN 'statuses' THEN status END AS key
               FROM incidents WHERE resolved_at IS NULL
               UNION ALL
               SELECT holders.role FROM role_holders holders JOIN incidents ON incidents.id = holders.incident_id
               WHERE incidents.resolved_at IS NULL AND $1::text = 'roles'
           ) used
           WHERE used.key IS NOT NULL
           GROUP BY used.key"#,
        setting
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.key, row.incidents)).collect())
}

/// The settings that the rows make, all of them where they fit together.
fn fitting(rows: Map<String, Value>) -> Settings {
    let reason = match parse(rows.clone()) {
        Ok(settings) => return settings,
        Err(reason) => reason,
    };
    // Mostly it is one row alone, and the others fit together without it.
    for key in rows.keys() {
        let mut others = rows.clone();
        others.remove(key);
        if let Ok(mut settings) = parse(others) {
            leave_out(&mut settings, key, &reason);
            return settings;
        }
    }
    let mut kept = Map::new();
    let mut left_out = Vec::new();
    for (key, value) in rows {
        let mut candidate = kept.clone();
        candidate.insert(key.clone(), value);
        match parse(candidate.clone()) {
            Ok(_) => kept = candidate,
            Err(reason) => left_out.push((key, reason)),
        }
    }
    let mut settings = parse(kept).unwrap_or_default();
    for (key, reason) in left_out {
        leave_out(&mut settings, &key, &reason);
    }
    settings
}

fn leave_out(settings: &mut Settings, key: &str, reason: &str) {
    tracing::error!(setting = key, reason, "a setting cannot be read: correct it");
    settings.mark_unreadable(key);
}

fn parse(rows: Map<String, Value>) -> Result<Settings, String> {
    let settings: Settings = serde_json::from_value(Value::Object(rows)).map_err(|error| error.to_string())?;
    settings.validate().map_err(|invalid| invalid.to_string())?;
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings(rows: &Value) -> Settings {
        fitting(rows.as_object().unwrap().clone())
    }

    #[test]
    fn rows_that_only_fit_together_are_taken_together() {
        let severity = json!({ "key": "p1", "label": "P1", "description": "", "emoji": "🟥" });
        let both = settings(&json!({ "default_severity": "p1", "severities": [severity] }));
        assert_eq!((both.default_severity.as_str(), both.severities.len()), ("p1", 1));
    }

    #[test]
    fn only_what_does_not_fit_is_left_out() {
        let one = settings(&json!({ "channel_topic": "Be kind", "time_zone": "Middle-earth" }));
        assert_eq!(one.channel_topic, "Be kind");
        let two = settings(&json!({ "channel_topic": "Be kind", "pin_emoji": 5, "time_zone": "Middle-earth" }));
        assert_eq!(two.channel_topic, "Be kind");
        assert_eq!(two.pin_emoji, "pushpin");
        assert_eq!(two.unreadable, ["pin_emoji", "time_zone"]);
    }

    #[test]
    fn what_protects_something_fails_closed_and_says_so() {
        let broken = settings(&json!({ "private_in_digest": "perhaps", "statuspage_groups": 5 }));
        assert!(!broken.private_in_digest);
        assert!(broken.is_unreadable("statuspage_groups"));
        let warnings = broken.warnings();
        assert!(warnings[1].contains("nobody may publish on Statuspage"), "{warnings:?}");
        assert_eq!(settings(&json!({})).warnings(), Vec::<String>::new());
    }
}
