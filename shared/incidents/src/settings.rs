//! Changes of settings, by admins.

use chrono::{DateTime, Utc};
use domain::Settings;
use domain::settings::{InvalidSetting, Kind, Setting};
use serde_json::Value;
use store::PgConnection;
use store::settings::Revision;

use crate::upstream;

/// What a setting is to become.
#[derive(Clone, Debug)]
pub struct SettingChange {
    /// Which setting.
    pub setting: &'static Setting,
    /// Its value as people typed it; `None` for its default.
    pub value: Option<Value>,
    /// Number of the revision that they saw.
    pub revision: i64,
}

/// What became of a setting.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangedSetting {
    /// Its key.
    pub key: &'static str,
    /// Its value before.
    pub was: Value,
    /// Its value now.
    pub value: Value,
}

/// A setting that somebody else changed meanwhile.
#[derive(Clone, Debug)]
pub struct StaleSetting {
    /// Its key.
    pub key: &'static str,
    /// The value that was to be kept.
    pub yours: Value,
    /// The value that is kept.
    pub current: Value,
    /// The change that came before.
    pub revision: Revision,
}

/// Why no setting was changed; the transaction must be rolled back.
#[derive(Debug, thiserror::Error)]
pub enum UpdateSettingsError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The jobs that follow could not be recorded.
    #[error(transparent)]
    Jobs(#[from] queue::EnqueueError),
    /// The values cannot be worked with.
    #[error("{} settings are not valid", .0.len())]
    Invalid(Vec<InvalidSetting>),
    /// Others were changed than those that were seen.
    #[error("{} settings have changed", .0.len())]
    Stale(Vec<StaleSetting>),
}

/// Changes settings for `who`, all of them or none. Those that are as they are to be are left alone.
///
/// A value that is the default is no row, so that a newer release may bring a better one.
pub async fn update_settings(
    conn: &mut PgConnection,
    changes: Vec<SettingChange>,
    who: &str,
    now: DateTime<Utc>,
) -> Result<Vec<ChangedSetting>, UpdateSettingsError> {
    store::settings::lock(conn).await?;
    let before = store::settings::load(conn).await?;
    let mut revisions = store::settings::revisions(conn).await?;
    let (mut values, defaults) = (before.values(), Settings::default().values());
    let (mut changed, mut invalid, mut stale) = (Vec::new(), Vec::new(), Vec::new());
    for SettingChange {
        setting,
        value,
        revision,
    } in changes
    {
        let key = setting.key;
        let value = match value {
            Some(value) => setting.clean(value),
            None => defaults.get(key).cloned().unwrap_or_default(),
        };
        let was = values.get(key).cloned().unwrap_or_default();
        if value == was && !before.is_unreadable(key) {
            continue;
        }
        let last = revisions.remove(key).unwrap_or_default();
        if last.number != revision {
            stale.push(StaleSetting {
                key,
                yours: value,
                current: was,
                revision: last,
            });
            continue;
        }
        invalid.extend(setting.check_value(&value));
        invalid.extend(still_used(conn, setting, &was, &value).await?);
        values.insert(key.to_owned(), value.clone());
        changed.push(ChangedSetting { key, was, value });
    }
    if !stale.is_empty() {
        return Err(UpdateSettingsError::Stale(stale));
    }
    if !invalid.is_empty() {
        return Err(UpdateSettingsError::Invalid(invalid));
    }
    let Some(first) = changed.first() else {
        return Ok(changed);
    };
    let after: Settings = serde_json::from_value(Value::Object(values)).map_err(|error| {
        UpdateSettingsError::Invalid(vec![InvalidSetting {
            setting: first.key,
            path: String::new(),
            reason: error.to_string(),
        }])
    })?;
    let invalid = after.violations();
    if !invalid.is_empty() {
        return Err(UpdateSettingsError::Invalid(invalid));
    }
    for ChangedSetting { key, value, .. } in &changed {
        let value = (defaults.get(*key) != Some(value)).then_some(value);
        store::settings::change(conn, key, value, who, now).await?;
    }
    upstream::poll_new(conn, &before.providers, &after.providers, now).await?;
    Ok(changed)
}

/// Why keys cannot go, or become resolved: open incidents use them.
async fn still_used(
    conn: &mut PgConnection,
    setting: &Setting,
    was: &Value,
    value: &Value,
) -> Result<Vec<InvalidSetting>, store::Error> {
    let (Kind::Items { .. }, Some(was), Some(items)) = (setting.kind, was.as_array(), value.as_array()) else {
        return Ok(Vec::new());
    };
    let uses = store::settings::open_uses(conn, setting.key).await?;
    let mut found = Vec::new();
    for item in was {
        let count = item["key"].as_str().and_then(|key| uses.get(key));
        let kept = items.iter().find(|other| other["key"] == item["key"]);
        let change = match kept {
            None => "removed",
            Some(kept) if kept["resolved"] != item["resolved"] => "changed to resolved",
            Some(_) => continue,
        };
        if let Some(count) = count {
            let label = item["label"].as_str().unwrap_or_default();
            let uses = if *count == 1 {
                "1 open incident uses it".to_owned()
            } else {
                format!("{count} open incidents use it")
            };
            found.push(InvalidSetting {
                setting: setting.key,
                path: String::new(),
                reason: format!("“{label}” can’t be {change}: {uses}"),
            });
        }
    }
    Ok(found)
}
