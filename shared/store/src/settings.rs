//! Settings: one row each, read anew whenever they are needed.

use domain::Settings;
use serde_json::{Map, Value};
use sqlx::{Error, PgConnection};

/// All settings as they are now.
///
/// A row that does not fit (written by a newer release, or by hand) counts as missing and is logged: no setting can stop an
/// incident.
pub async fn load(conn: &mut PgConnection) -> Result<Settings, Error> {
    let rows = sqlx::query!("SELECT key, value FROM settings ORDER BY key")
        .fetch_all(conn)
        .await?;
    let mut fitting = Map::new();
    for row in rows {
        let mut candidate = fitting.clone();
        candidate.insert(row.key.clone(), row.value);
        match parse(candidate.clone()) {
            Ok(_) => fitting = candidate,
            Err(reason) => tracing::warn!(setting = row.key, reason, "a setting does not fit and is left out"),
        }
    }
    Ok(parse(fitting).unwrap_or_default())
}

/// Fills settings that were never made with what the environment says; those that exist rule.
pub async fn fill(conn: &mut PgConnection, seeds: &[(&str, Value)]) -> Result<(), Error> {
    for (key, value) in seeds {
        sqlx::query!(
            "INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING",
            key,
            value
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

fn parse(rows: Map<String, Value>) -> Result<Settings, String> {
    let settings: Settings = serde_json::from_value(Value::Object(rows)).map_err(|error| error.to_string())?;
    settings.validate().map_err(|invalid| invalid.to_string())?;
    Ok(settings)
}
