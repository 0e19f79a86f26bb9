//! Columns of a row, whatever is in them.

use serde_json::{Map, Value};

use crate::read::Row;
use crate::rules::text::storable;

/// The text of a column; `None` for NULL, for what is no text, and for what says nothing.
pub(crate) fn text<'a>(row: &'a Row, column: &str) -> Option<&'a str> {
    let text = row.get(column)?.as_str()?.trim();
    (!text.is_empty() && text != "None").then_some(text)
}

/// The text of a column as it is; empty for NULL.
pub(crate) fn whole<'a>(row: &'a Row, column: &str) -> &'a str {
    row.get(column).and_then(Value::as_str).unwrap_or_default()
}

/// An id of Slack, such as that of a channel: letters and digits.
pub(crate) fn slack_id<'a>(row: &'a Row, column: &str) -> Option<&'a str> {
    text(row, column).filter(|id| is_channel_id(id))
}

/// Whether this is the id of a channel.
pub(crate) fn is_channel_id(id: &str) -> bool {
    id.starts_with(['C', 'G']) && (2..40).contains(&id.len()) && id.chars().all(|c| c.is_ascii_alphanumeric())
}

/// A row that Postgres can keep as `jsonb`.
pub(crate) fn record(row: &Row) -> Value {
    clean(&Value::Object(row.clone()))
}

/// A value that Postgres can keep as `jsonb`.
pub(crate) fn clean(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(storable(text)),
        Value::Array(values) => Value::Array(values.iter().map(clean).collect()),
        Value::Object(values) => {
            let cleaned = values.iter().map(|(key, value)| (storable(key), clean(value)));
            Value::Object(cleaned.collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}
