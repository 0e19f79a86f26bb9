//! What buttons, options and modals carry: JSON in their `value` and `private_metadata`, of the type that stands here.
//!
//! Slack takes 2,000 characters in a button's value, 150 in an option's, 3,000 in a modal's metadata, and 255 in an id.

use std::fmt::Display;
use std::marker::PhantomData;

use domain::IncidentId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The id of something to press or to choose, and the type of what it carries.
///
/// One that ends in `/` or `.` is only what ids begin with: ids of one message differ.
pub struct ActionId<V> {
    id: &'static str,
    value: PhantomData<fn() -> V>,
}

impl<V> Clone for ActionId<V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for ActionId<V> {}

impl<V> ActionId<V> {
    /// The one with this id.
    pub const fn new(id: &'static str) -> Self {
        let value = PhantomData;
        Self { id, value }
    }

    /// As Slack knows it.
    pub const fn as_str(self) -> &'static str {
        self.id
    }

    /// Whether it is only what ids begin with.
    pub const fn is_prefix(self) -> bool {
        matches!(self.id.as_bytes().last(), Some(b'/' | b'.'))
    }

    /// The id that goes on with `rest`.
    pub fn with(self, rest: impl Display) -> String {
        format!("{}{rest}", self.id)
    }

    /// What `action_id` goes on with; empty where it does not begin so.
    pub fn rest_of(self, action_id: &str) -> &str {
        action_id.strip_prefix(self.id).unwrap_or_default()
    }
}

impl<V: Serialize> ActionId<V> {
    /// What a button or an option carries.
    pub fn encode(self, value: &V) -> String {
        encode(value)
    }
}

impl<V: DeserializeOwned> ActionId<V> {
    /// What came with a press; `None` where it means something else, such as in a message of another release.
    pub fn decode(self, value: &str) -> Option<V> {
        decode(value)
    }
}

/// Writes a value down.
pub fn encode<V: Serialize>(value: &V) -> String {
    // Plain data of ours: there is nothing in it that JSON cannot hold.
    serde_json::to_string(value).unwrap_or_default()
}

/// Reads what [`encode`] wrote; no text at all reads as [`Nothing`] and as `None`.
pub fn decode<V: DeserializeOwned>(value: &str) -> Option<V> {
    let value = if value.is_empty() { "null" } else { value };
    serde_json::from_str(value).ok()
}

/// Nothing is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nothing;

/// Stands for the key or the Slack id that was chosen in a select, which is its value as it is.
#[derive(Clone, Copy, Debug)]
pub enum Chosen {}

/// A role of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleOf {
    /// In this incident.
    pub incident: IncidentId,
    /// Its key.
    pub role: String,
}

/// A role and who was seen holding it: whoever acts on it means this holder and no later one.
///
/// A list in JSON, because an option has little room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(IncidentId, String, String)", into = "(IncidentId, String, String)")]
pub struct HeldRole {
    /// In this incident.
    pub incident: IncidentId,
    /// Its key.
    pub role: String,
    /// Slack's id of the holder.
    pub holder: String,
}

impl From<(IncidentId, String, String)> for HeldRole {
    fn from((incident, role, holder): (IncidentId, String, String)) -> Self {
        Self { incident, role, holder }
    }
}

impl From<HeldRole> for (IncidentId, String, String) {
    fn from(held: HeldRole) -> Self {
        (held.incident, held.role, held.holder)
    }
}

/// What is done with a role that somebody holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HeldRoleChange {
    /// Whoever presses takes it.
    #[serde(rename = "take")]
    TakeOver(HeldRole),
    /// The holder loses it.
    #[serde(rename = "drop")]
    StepDown(HeldRole),
}

/// Somebody who is to hold a role in the place of somebody else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    /// In this incident.
    pub incident: IncidentId,
    /// Key of the role.
    pub role: String,
    /// Slack's id of whoever was seen holding it.
    pub holder: String,
    /// Slack's id of whoever is to hold it.
    pub person: String,
}

/// An entry of an incident's timeline; of a problem, the one that reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryOf {
    /// In this incident.
    pub incident: IncidentId,
    /// Its id.
    pub entry: Uuid,
}

/// What is done with an entry of the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryChange {
    /// It is edited.
    Edit(EntryOf),
    /// It is deleted.
    Delete(EntryOf),
}

/// A page of an incident's timeline, from 0 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelinePage {
    /// Of this incident.
    pub incident: IncidentId,
    /// Its number.
    pub number: usize,
}

/// The page of a list that begins after, or ends before, an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListPage {
    /// Only open incidents are listed.
    pub open: bool,
    /// The incident.
    pub incident: IncidentId,
}

/// Somebody who was called about an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageOf {
    /// In this incident.
    pub incident: IncidentId,
    /// The page's id.
    pub page: Uuid,
}

/// What is done seldom with an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PanelOption {
    /// The title is changed.
    Rename(IncidentId),
    /// The chat is exported.
    Export(IncidentId),
    /// The RCA document is written.
    Rca(IncidentId),
    /// The channel is archived.
    Archive(IncidentId),
}

/// What is done about a team that is on call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnCallOption {
    /// It is paged.
    PageTeam {
        /// PagerDuty's id of it.
        team: String,
    },
    /// One of its people is paged alone.
    PagePerson {
        /// PagerDuty's id of the team.
        team: String,
        /// PagerDuty's id of the person.
        person: String,
    },
    /// Somebody is invited to an incident.
    Invite {
        /// Slack's id of the person.
        person: String,
    },
    /// PagerDuty is read again.
    Refresh,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_with_the_longest_key_fits_an_option() {
        let incident = IncidentId(Uuid::from_u128(7));
        let held = HeldRole {
            incident,
            role: "r".repeat(75),
            holder: "U0123456789".to_owned(),
        };
        for change in [HeldRoleChange::TakeOver(held.clone()), HeldRoleChange::StepDown(held)] {
            let value = encode(&change);
            assert!(value.len() <= 150, "{}", value.len());
            assert_eq!(decode(&value), Some(change));
        }
    }

    #[test]
    fn nothing_is_read_where_nothing_is_needed() {
        assert_eq!(decode::<Nothing>(""), Some(Nothing));
        assert_eq!(decode::<Option<IncidentId>>(""), Some(None));
        assert_eq!(decode::<IncidentId>(""), None);
        assert_eq!(decode::<IncidentId>("00000000-0000-0000-0000-000000000007"), None);
        let incident = IncidentId(Uuid::from_u128(7));
        assert_eq!(decode(&encode(&incident)), Some(incident));
        assert_eq!(decode(&encode(&Some(incident))), Some(Some(incident)));
    }
}
