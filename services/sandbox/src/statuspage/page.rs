//! What the page holds.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::Pace;

/// The most characters of a name.
const MOST_NAME: usize = 255;

/// A component of the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PageComponent {
    /// Its id.
    pub id: String,
    /// What people read.
    pub name: String,
    /// How it is.
    pub status: String,
    /// The id of the group that it stands in.
    pub group: Option<String>,
    /// Where it stands, from 1 on.
    pub position: usize,
}

/// A group of components.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct PageGroup {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) position: usize,
}

/// Something that was said about an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PageUpdate {
    /// Its id.
    pub id: String,
    /// Where the incident stood then.
    pub status: String,
    /// What customers read.
    pub body: String,
    /// Whether subscribers were told.
    pub notified: bool,
    /// When.
    pub at: DateTime<Utc>,
}

/// An incident or a maintenance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PageIncident {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub status: String,
    /// How bad it is.
    pub impact: String,
    /// The ids of what it touches.
    pub components: Vec<String>,
    /// What was said, the oldest first.
    pub updates: Vec<PageUpdate>,
    /// What whoever made it attached to it.
    pub metadata: Value,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When a maintenance begins.
    pub scheduled_for: Option<DateTime<Utc>>,
}

impl PageIncident {
    pub(super) fn is_over(&self) -> bool {
        matches!(self.status.as_str(), "resolved" | "completed" | "postmortem")
    }
}

/// All that the page holds.
pub(crate) struct Statuspage {
    pub(super) components: Vec<PageComponent>,
    pub(super) groups: Vec<PageGroup>,
    pub(super) incidents: Vec<PageIncident>,
    last_id: u64,
    /// Two changes of one instant would not be told apart.
    last_at: DateTime<Utc>,
    pub(super) pace: Pace,
}

impl Default for Statuspage {
    fn default() -> Self {
        let mut page = Self {
            components: Vec::new(),
            groups: Vec::new(),
            incidents: Vec::new(),
            last_id: 0,
            last_at: DateTime::UNIX_EPOCH,
            pace: Pace::default(),
        };
        page.add_components(Some("Payments"), &["Cards", "Refunds"]);
        page.add_components(Some("Web"), &["Website", "App"]);
        page.add_components(None, &["API"]);
        page
    }
}

impl Statuspage {
    /// Empties the page; no id is given out again.
    pub(crate) fn begin_anew(&mut self) {
        let last_id = self.last_id;
        *self = Self::default();
        self.last_id = self.last_id.max(last_id);
    }

    fn next_id(&mut self, kind: &str) -> String {
        self.last_id += 1;
        format!("{kind}{:08}", self.last_id)
    }

    fn now(&mut self) -> DateTime<Utc> {
        self.last_at = Utc::now().max(self.last_at + TimeDelta::milliseconds(1));
        self.last_at
    }

    pub(super) fn add_components(&mut self, group: Option<&str>, names: &[&str]) {
        let group = group.map(|name| {
            if let Some(group) = self.groups.iter().find(|group| group.name == name) {
                return group.id.clone();
            }
            let id = self.next_id("g");
            let position = self.groups.len() + 1;
            self.groups.push(PageGroup {
                id: id.clone(),
                name: name.to_owned(),
                position,
            });
            id
        });
        for name in names {
            let id = self.next_id("c");
            let position = self.components.len() + 1;
            self.components.push(PageComponent {
                id,
                name: (*name).to_owned(),
                status: "operational".to_owned(),
                group: group.clone(),
                position,
            });
        }
    }

    pub(super) fn find(&mut self, id: &str) -> Option<&mut PageIncident> {
        self.incidents.iter_mut().find(|incident| incident.id == id)
    }

    pub(super) fn write(&mut self, id: &str, status: &str, body: &str) -> bool {
        let sent = json!({ "status": status, "body": body });
        self.find(id).is_some() && self.apply(id, &sent).is_ok()
    }

    pub(super) fn rename(&mut self, id: &str, name: &str) -> bool {
        self.find(id).is_some() && self.apply(id, &json!({ "name": name })).is_ok()
    }

    pub(super) fn remove(&mut self, id: &str) -> bool {
        let before = self.incidents.len();
        self.incidents.retain(|incident| incident.id != id);
        self.incidents.len() < before
    }

    pub(super) fn begin(&mut self, name: &str, is_maintenance: bool) -> String {
        let status = if is_maintenance { "scheduled" } else { "investigating" };
        let sent = json!({ "name": name, "status": status, "body": "Somebody wrote this on Statuspage itself." });
        let id = self.create(&sent).map(|incident| incident.id).unwrap_or_default();
        let at = Utc::now() + TimeDelta::hours(24);
        if let Some(incident) = self.find(&id).filter(|_| is_maintenance) {
            incident.scheduled_for = Some(at);
        }
        id
    }

    /// Makes an incident of what was sent; else why not.
    pub(super) fn create(&mut self, sent: &Value) -> Result<PageIncident, String> {
        let name = sent["name"].as_str().unwrap_or_default().chars().count();
        if !(1..=MOST_NAME).contains(&name) {
            return Err("Name can't be blank or longer than 255 characters".to_owned());
        }
        self.check_components(sent)?;
        let (id, now) = (self.next_id("i"), self.now());
        self.incidents.push(PageIncident {
            id: id.clone(),
            name: String::new(),
            status: "investigating".to_owned(),
            impact: "none".to_owned(),
            components: Vec::new(),
            updates: Vec::new(),
            metadata: json!({}),
            created_at: now,
            updated_at: now,
            scheduled_for: None,
        });
        self.apply(&id, sent)
    }

    /// Changes an incident to what was sent; else why not.
    pub(super) fn apply(&mut self, id: &str, sent: &Value) -> Result<PageIncident, String> {
        self.check_components(sent)?;
        let (update_id, now) = (self.next_id("u"), self.now());
        for (component, status) in sent["components"].as_object().into_iter().flatten() {
            let found = self.components.iter_mut().find(|known| known.id == *component);
            if let (Some(known), Some(status)) = (found, status.as_str()) {
                status.clone_into(&mut known.status);
            }
        }
        let Some(incident) = self.find(id) else {
            return Err("Not found".to_owned());
        };
        let text = |name: &str| sent[name].as_str().map(str::to_owned);
        incident.name = text("name").unwrap_or_else(|| incident.name.clone());
        incident.impact = text("impact_override").unwrap_or_else(|| incident.impact.clone());
        if sent["metadata"].is_object() {
            incident.metadata = sent["metadata"].clone();
        }
        if let Some(ids) = sent["component_ids"].as_array() {
            incident.components = ids.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        }
        let status = text("status");
        let body = text("body");
        if status.is_some() || body.is_some() {
            incident.status = status.unwrap_or_else(|| incident.status.clone());
            let update = PageUpdate {
                id: update_id,
                status: incident.status.clone(),
                body: body.unwrap_or_default(),
                notified: sent["deliver_notifications"].as_bool().unwrap_or(true),
                at: now,
            };
            incident.updates.push(update);
        }
        incident.updated_at = now;
        Ok(incident.clone())
    }

    fn check_components(&self, sent: &Value) -> Result<(), String> {
        let named = sent["components"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(id, _)| id.as_str());
        let listed = sent["component_ids"].as_array().into_iter().flatten();
        for id in named.chain(listed.filter_map(Value::as_str)) {
            if !self.components.iter().any(|component| component.id == id) {
                return Err(format!("Component {id} does not exist"));
            }
        }
        Ok(())
    }

    /// An incident as it is answered.
    pub(super) fn wire(&self, incident: &PageIncident, base: &str) -> Value {
        let touched = self
            .components
            .iter()
            .filter(|component| incident.components.contains(&component.id));
        let updates: Vec<_> = incident
            .updates
            .iter()
            .rev()
            .map(|update| {
                json!({
                    "id": update.id, "incident_id": incident.id, "status": update.status, "body": update.body,
                    "created_at": time(update.at), "updated_at": time(update.at), "display_at": time(update.at),
                    "deliver_notifications": update.notified, "affected_components": [],
                })
            })
            .collect();
        json!({
            "id": incident.id, "name": incident.name, "status": incident.status, "impact": incident.impact,
            "impact_override": incident.impact, "page_id": super::STATUSPAGE_PAGE_ID,
            "shortlink": format!("{base}/{}", incident.id), "metadata": incident.metadata,
            "created_at": time(incident.created_at), "updated_at": time(incident.updated_at),
            "monitoring_at": null, "resolved_at": incident.is_over().then(|| time(incident.updated_at)),
            "scheduled_for": incident.scheduled_for.map(time),
            "scheduled_until": incident.scheduled_for.map(|at| time(at + TimeDelta::hours(1))),
            "components": touched.map(component).collect::<Vec<_>>(),
            "incident_updates": updates,
        })
    }
}

/// A component as it is answered.
pub(super) fn component(component: &PageComponent) -> Value {
    json!({
        "id": component.id, "page_id": super::STATUSPAGE_PAGE_ID, "name": component.name, "description": null,
        "status": component.status, "position": component.position, "group_id": component.group, "group": false,
        "showcase": true, "only_show_if_degraded": false,
    })
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
