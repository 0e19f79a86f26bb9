//! How it is written on the wire.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::statuspage::{Component, Group, Seen, SeenUpdate};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

/// The part of an incident's metadata that is ours.
const METADATA: &str = "incident_bot";

/// Everything that is sent is wrapped so.
#[derive(Serialize)]
pub(crate) struct Wrapped<T> {
    pub(crate) incident: T,
}

/// What is sent of an incident; what is `None` stays as it is.
#[derive(Serialize)]
pub(crate) struct Sent<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<&'a str>,
    pub(crate) status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) impact_override: Option<&'a str>,
    pub(crate) body: &'a str,
    // An empty one might take every component from the incident: what nobody chose is not sent.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) components: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) component_ids: &'a [String],
    pub(crate) deliver_notifications: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) metadata: Option<Value>,
}

/// Metadata that carries a key; all values at the top must be objects.
pub(crate) fn metadata(key: &str) -> Value {
    json!({ METADATA: { "key": key } })
}

/// What is not there may also be null.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[derive(Deserialize)]
pub(crate) struct IncidentWire {
    id: String,
    name: String,
    status: String,
    #[serde(default, deserialize_with = "or_default")]
    impact: String,
    shortlink: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    scheduled_for: Option<DateTime<Utc>>,
    scheduled_until: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "or_default")]
    components: Vec<ComponentWire>,
    #[serde(default, deserialize_with = "or_default")]
    incident_updates: Vec<UpdateWire>,
    #[serde(default, deserialize_with = "or_default")]
    metadata: Value,
}

#[derive(Deserialize)]
struct UpdateWire {
    id: String,
    status: String,
    #[serde(default, deserialize_with = "or_default")]
    body: String,
    created_at: DateTime<Utc>,
}

#[derive(Deserialize)]
pub(crate) struct ComponentWire {
    id: String,
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    status: String,
    #[serde(default, deserialize_with = "or_default")]
    position: i32,
    group_id: Option<String>,
    /// It only holds others.
    #[serde(default, deserialize_with = "or_default")]
    group: bool,
}

#[derive(Deserialize)]
pub(crate) struct GroupWire {
    id: String,
    name: String,
    /// The contract says that it is text; it is a number.
    #[serde(default)]
    position: Value,
}

impl GroupWire {
    fn position(&self) -> i32 {
        let number = self.position.as_i64();
        let number = number.or_else(|| self.position.as_str()?.parse().ok());
        number.and_then(|number| i32::try_from(number).ok()).unwrap_or(i32::MAX)
    }

    pub(crate) fn group(self) -> Group {
        Group {
            position: self.position(),
            id: self.id,
            name: self.name,
        }
    }
}

impl IncidentWire {
    pub(crate) fn seen(self) -> Seen {
        let mut updates: Vec<_> = self
            .incident_updates
            .into_iter()
            .map(|update| SeenUpdate {
                id: update.id,
                status: update.status,
                body: update.body,
                at: update.created_at,
            })
            .collect();
        // They come newest first; of one instant the order is kept.
        updates.reverse();
        updates.sort_by_key(|update| update.at);
        let components = self.components.into_iter().filter(|component| !component.group);
        Seen {
            id: self.id,
            name: self.name,
            status: self.status,
            impact: self.impact,
            url: self.shortlink,
            created_at: self.created_at,
            updated_at: self.updated_at,
            scheduled_for: self.scheduled_for,
            scheduled_until: self.scheduled_until,
            components: components.map(|component| (component.id, component.status)).collect(),
            updates,
            key: self.metadata[METADATA]["key"].as_str().map(str::to_owned),
        }
    }
}

/// A component, with its group where it stands in one; `None` for one that is a group itself.
pub(crate) fn component(wire: ComponentWire, groups: &[Group]) -> Option<Component> {
    if wire.group {
        return None;
    }
    let group = groups
        .iter()
        .find(|group| Some(group.id.as_str()) == wire.group_id.as_deref());
    Some(Component {
        id: wire.id,
        name: wire.name,
        group: group.map(|group| group.name.clone()),
        status: wire.status,
        group_position: group.map_or(wire.position, |group| group.position),
        position: wire.position,
    })
}
