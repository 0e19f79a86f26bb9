//! What an import brings: planned from the rows alone, so that a dry run tells what a real one does.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::statuspage::Published;
use domain::timeline::{Happening, TimelineEntry};
use domain::{Incident, Settings};
use serde_json::{Value, json};

use crate::fields::{record, slack_id, text, whole};
use crate::incident::{self, Sources};
use crate::read::{Raw, Row};
use crate::rules::passwords::Digest;
use crate::rules::people::Directory;
use crate::rules::settings::{self, Setting};
use crate::rules::time::{self, Evidence, NotProven, Proof, Written};

/// What a person decides, and what is known here already.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The zone that the process ran in, where somebody says so.
    pub process_time_zone: Option<Tz>,
    /// Our settings.
    pub settings: Settings,
    /// Settings that were ever made here: those of the import do not replace them.
    pub settings_made: BTreeMap<String, Value>,
    /// Ids of Slack's channels by the names that they have now, as far as they are copied here.
    pub channels: HashMap<String, String>,
}

/// Why nothing can be planned.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// It is not known in which zone the process ran.
    #[error(transparent)]
    Zone(#[from] NotProven),
}

/// What an import brings.
#[derive(Clone, Debug)]
pub struct Plan {
    /// In which zone the process ran, and what proves it.
    pub zone: Proof,
    /// The incidents, oldest first.
    pub incidents: Vec<ImportedIncident>,
    /// People of the console.
    pub users: Vec<ImportedUser>,
    /// Settings.
    pub settings: Vec<Setting>,
    /// What belongs to no incident, or to one that is not known.
    pub kept: Vec<Kept>,
    /// What is worth knowing, in sentences.
    pub notes: Vec<String>,
}

/// An incident as it is to be here.
#[derive(Clone, Debug)]
pub struct ImportedIncident {
    /// Its key in the tables of 0.8.2.
    pub name: String,
    /// Its channel, by which it is found again.
    pub channel_id: String,
    /// Of all that 0.8.2 holds of it.
    pub fingerprint: String,
    /// The incident.
    pub incident: Incident,
    /// When the last update was sent: its text is not kept there.
    pub last_update_at: Option<DateTime<Utc>>,
    /// When it came into which status, in order of time.
    pub status_changes: Vec<(String, DateTime<Utc>)>,
    /// When each role was given.
    pub roles_since: Vec<DateTime<Utc>>,
    /// Its timeline, in order of writing.
    pub entries: Vec<TimelineEntry>,
    /// Its pins.
    pub pins: Vec<ImportedPin>,
    /// People who are named in it: Slack's id and their name then.
    pub people: BTreeMap<String, String>,
    /// What was published of it.
    pub statuspage: Option<Published>,
    /// The panel of 0.8.2 in its channel.
    pub panel_ts: Option<String>,
    /// What 0.8.2 says of Statuspage in its channel.
    pub statuspage_ts: Option<String>,
    /// The post of 0.8.2 in the digest channel.
    pub digest_ts: Option<String>,
    /// When something was last done in it.
    pub last_sign_of_life: DateTime<Utc>,
    /// Its rows as they were, and what has no place here.
    pub kept: Vec<Kept>,
    /// What could not be taken as it is, in sentences.
    pub notes: Vec<String>,
}

/// A pinned message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedPin {
    /// Its id in the tables of 0.8.2.
    pub id: i64,
    /// The channel that it was pinned in.
    pub channel_id: String,
    /// Stands for the timestamp of the message, which 0.8.2 does not keep: when it was pinned.
    pub ts: String,
    /// Slack's id of who wrote it; empty where only the name is known.
    pub author: String,
    /// The name of who wrote it.
    pub author_name: String,
    /// What it says, as people read it.
    pub text: String,
    /// When it was pinned.
    pub pinned_at: DateTime<Utc>,
    /// Name and type of its image, which is read by the pin's id.
    pub image: Option<(String, &'static str)>,
}

/// A row as it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Its table.
    pub source: &'static str,
    /// Its key there.
    pub key: String,
    /// The row.
    pub record: Value,
    /// When it was written, where that is known.
    pub at: Option<DateTime<Utc>>,
    /// What it says, as people read it; may be empty.
    pub text: String,
    /// Why it is kept.
    pub reason: String,
    /// The pin whose image is kept too.
    pub image_of: Option<i64>,
}

/// Somebody who may sign in to the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedUser {
    /// Their id there.
    pub id: i64,
    /// As it was written.
    pub email: String,
    /// The name to show.
    pub name: String,
    /// Whether they may do everything.
    pub admin: bool,
    /// Whether they may not sign in.
    pub disabled: bool,
    /// Their password, where it has a form that is known.
    pub password: Option<Digest>,
}

/// The account that 0.8.2 makes by itself.
const DEFAULT_ACCOUNT: &str = "admin@admin.com";

/// Plans the import of these rows.
///
/// # Errors
/// When it is not known in which zone the process ran.
pub fn plan(raw: &Raw, options: &Options) -> Result<Plan, PlanError> {
    let values: BTreeMap<String, Value> = raw
        .settings
        .iter()
        .filter_map(|row| Some((text(row, "name")?.to_owned(), row.get("value")?.clone())))
        .collect();
    let opdata = |id: &str| {
        let row = raw.opdata.iter().find(|row| text(row, "id") == Some(id));
        row.and_then(|row| row.get("json_data")).cloned().unwrap_or_default()
    };
    let company = settings::time_zone(&values).unwrap_or(Tz::UTC);
    let zone = time::prove(&evidence(&raw.incidents), company, options.process_time_zone)?;
    let translated = settings::translate(&values, &opdata("auto_page_teams"), &opdata("pagerduty_auto_mapping"));
    let mut plan = Plan {
        incidents: Vec::new(),
        users: Vec::new(),
        settings: translated.settings,
        kept: Vec::new(),
        notes: raw.notes.clone(),
        zone,
    };
    leave_what_does_not_go_together(&mut plan, &options.settings_made);
    if plan.zone.rows == 0 && !raw.incidents.is_empty() {
        plan.notes
            .push(format!("No row proves that the process ran in {}.", plan.zone.zone));
    }
    plan.notes.extend(translated.notes);
    let directory = Directory::read(&opdata("slack_users"));
    if directory.is_empty() {
        plan.notes
            .push("There is no copy of Slack's people: names stay names.".to_owned());
    }
    let sources = Sources {
        process: plan.zone.zone,
        company,
        directory: &directory,
        options,
        severities: severity_keys(&plan.settings, options),
        default_severity: default_severity(&plan.settings, options),
    };
    plan_incidents(&mut plan, raw, &sources);
    plan_users(&mut plan, &raw.users);
    keep_rest(&mut plan, raw, &values);
    Ok(plan)
}

fn evidence(incidents: &[Row]) -> Vec<Evidence<'_>> {
    let of_row = |row| {
        Some(Evidence {
            row: text(row, "incident_id")?,
            digits: Written::long(text(row, "created_at")?)?.digits,
            posted: time::slack_ts(text(row, "dig_message_ts")?)?,
        })
    };
    incidents.iter().filter_map(of_row).collect()
}

fn keys_of(severities: &Value) -> impl Iterator<Item = &str> {
    let all = severities.as_array().into_iter().flatten();
    all.filter_map(|one| one.get("key")?.as_str())
}

/// The severities and the default among them are taken over together, or not at all.
fn leave_what_does_not_go_together(plan: &mut Plan, made: &BTreeMap<String, Value>) {
    let Some(severities) = plan.settings.iter().find(|setting| setting.key == "severities") else {
        return;
    };
    let ours = made.get("default_severity").and_then(Value::as_str);
    let lacks_ours = ours.filter(|ours| !keys_of(&severities.value).any(|key| key == *ours));
    if made.get("severities").is_some_and(|made| *made != severities.value) {
        plan.settings.retain(|setting| setting.key != "default_severity");
    } else if let (Some(ours), false) = (lacks_ours, made.contains_key("severities")) {
        plan.notes.push(format!(
            "severity_levels are not taken over: default_severity was set here to {ours}, which is not among them."
        ));
        plan.settings
            .retain(|setting| !matches!(setting.key, "severities" | "default_severity"));
    }
}

/// A setting of the import that will be filled here.
fn filled<'a>(imported: &'a [Setting], key: &str, options: &Options) -> Option<&'a Value> {
    let setting = imported.iter().find(|setting| setting.key == key)?;
    (!options.settings_made.contains_key(key)).then_some(&setting.value)
}

/// The severities that there will be: those of the import where they take the place of ours, else ours.
fn severity_keys(imported: &[Setting], options: &Options) -> Vec<String> {
    filled(imported, "severities", options).map_or_else(
        || options.settings.severity_keys(),
        |severities| keys_of(severities).map(str::to_owned).collect(),
    )
}

/// The severity of what has none that is known.
fn default_severity(imported: &[Setting], options: &Options) -> String {
    let filled = filled(imported, "default_severity", options).and_then(Value::as_str);
    filled.unwrap_or(&options.settings.default_severity).to_owned()
}

fn plan_incidents(plan: &mut Plan, raw: &Raw, sources: &Sources<'_>) {
    let mut rows: Vec<&Row> = raw.incidents.iter().collect();
    // Rows have no order.
    rows.sort_by_key(|row| (whole(row, "dig_message_ts"), whole(row, "incident_id")));
    let mut by_name: HashMap<&str, usize> = HashMap::new();
    let mut by_channel: HashMap<&str, usize> = HashMap::new();
    let mut own: Vec<&Row> = Vec::new();
    for row in rows {
        let key = whole(row, "incident_id");
        let channel = slack_id(row, "channel_id");
        let reason = match channel {
            None => "its channel_id is no id of a channel",
            Some(channel) if by_channel.contains_key(channel) => "another row has the same channel",
            Some(_) if incident::declared_at(row, sources).is_none() => "nothing in it tells when it was",
            Some(channel) => {
                by_channel.insert(channel, own.len());
                by_name.insert(key, own.len());
                own.push(row);
                continue;
            }
        };
        plan.notes.push(format!(
            "The incident {key} cannot be imported: {reason}. Its row is kept aside."
        ));
        plan.kept.push(kept("incidents", key, row, reason));
    }
    // A timeline and pins stand under the name that the channel had then.
    let find = |name: &str| -> Option<(usize, bool)> {
        if let Some(place) = by_name.get(name) {
            return Some((*place, false));
        }
        if let Some(place) = name.strip_suffix("-rca").and_then(|name| by_name.get(name)) {
            return Some((*place, true));
        }
        let channel = sources.options.channels.get(name)?;
        by_channel.get(channel.as_str()).map(|place| (*place, false))
    };
    let mut timelines: Vec<Vec<&Row>> = vec![Vec::new(); own.len()];
    let mut pins: Vec<Vec<(&Row, bool)>> = vec![Vec::new(); own.len()];
    let mut unattached: BTreeSet<&str> = BTreeSet::new();
    for row in &raw.timelines {
        let name = whole(row, "incident_id");
        if let Some((place, _)) = find(name) {
            timelines[place].push(row);
        } else {
            unattached.insert(name);
            plan.kept.push(kept("auditlog", name, row, UNATTACHED));
        }
    }
    for row in &raw.pins {
        let name = whole(row, "incident_id");
        if let Some((place, in_rca)) = find(name) {
            pins[place].push((row, in_rca));
            continue;
        }
        unattached.insert(name);
        let has_image = row
            .get("image_bytes")
            .and_then(Value::as_i64)
            .is_some_and(|bytes| bytes > 0);
        plan.kept.push(Kept {
            image_of: pin_id(row).filter(|_| has_image),
            ..kept("incident_logging", &id_of(row), row, UNATTACHED)
        });
    }
    for name in unattached {
        plan.notes.push(format!(
            "The timeline or pins of {name} belong to no incident that is known: it is the later name of a renamed channel. They \
             are kept aside; import again when incident-bot has run for an hour and knows the names of channels."
        ));
    }
    let mut names = BTreeSet::new();
    let mut rca_channels = BTreeSet::new();
    for ((row, mut timelines), mut pins) in own.into_iter().zip(timelines).zip(pins) {
        timelines.sort_by_key(|other| {
            (
                other.get("incident_id") != row.get("incident_id"),
                whole(other, "incident_id"),
            )
        });
        pins.sort_by_key(|(pin, _)| pin_id(pin));
        let Some(mut imported) = incident::incident(row, &timelines, &pins, sources) else {
            continue;
        };
        // Ours are unique; there only the key is.
        let base = imported.incident.channel_name.clone();
        let mut number = 2;
        while !names.insert(imported.incident.channel_name.clone()) {
            imported.incident.channel_name = domain::channel_name::numbered(&base, number);
            number += 1;
        }
        leave_shared_rca_channel(&mut imported, &mut rca_channels);
        plan.incidents.push(imported);
    }
}

/// An RCA channel belongs to one incident here: the first one keeps it.
fn leave_shared_rca_channel(imported: &mut ImportedIncident, taken: &mut BTreeSet<String>) {
    let Some(channel) = imported
        .incident
        .rca_channel
        .take_if(|channel| taken.contains(&channel.id))
    else {
        taken.extend(imported.incident.rca_channel.iter().map(|channel| channel.id.clone()));
        return;
    };
    let note = format!(
        "Its RCA channel {} is another incident's too: it is imported without it.",
        channel.id
    );
    if let Some(Happening::ImportedFrom { kept, .. }) = imported.entries.first_mut().map(|entry| &mut entry.happening) {
        kept.push(note.clone());
    }
    imported.notes.push(note);
}

const UNATTACHED: &str = "it belongs to no incident that is known";

pub(crate) fn pin_id(row: &Row) -> Option<i64> {
    row.get("id").and_then(Value::as_i64)
}

pub(crate) fn id_of(row: &Row) -> String {
    row.get("id").map_or_else(String::new, |id| {
        id.as_str().map_or_else(|| id.to_string(), str::to_owned)
    })
}

pub(crate) fn kept(source: &'static str, key: &str, row: &Row, reason: &str) -> Kept {
    Kept {
        source,
        key: crate::rules::text::storable(key),
        record: record(row),
        at: None,
        text: String::new(),
        reason: reason.to_owned(),
        image_of: None,
    }
}

fn plan_users(plan: &mut Plan, rows: &[Row]) {
    let mut rows: Vec<_> = rows.iter().collect();
    rows.sort_by_key(|row| pin_id(row));
    let mut emails = BTreeMap::new();
    for row in rows {
        let (Some(id), Some(email)) = (pin_id(row), text(row, "email")) else {
            plan.notes
                .push("An account has no e-mail. It is kept aside.".to_owned());
            plan.kept
                .push(kept("users", &id_of(row), &without_password(row), "it has no e-mail"));
            continue;
        };
        if email == DEFAULT_ACCOUNT {
            plan.notes.push(format!(
                "{DEFAULT_ACCOUNT} is not imported: 0.8.2 makes it by itself. The first admin here is made from DEFAULT_WEB_ADMIN_PASSWORD."
            ));
            continue;
        }
        if let Some(other) = emails.insert(email.to_lowercase(), email) {
            emails.insert(email.to_lowercase(), other);
            plan.notes.push(format!(
                "{email} differs from {other} by its case only, and e-mails are one here whatever their case. The older account is \
                 imported; this one is kept aside."
            ));
            plan.kept.push(kept(
                "users",
                &id.to_string(),
                &without_password(row),
                "another account has the same e-mail",
            ));
            continue;
        }
        let flag = |column: &str| row.get(column).and_then(Value::as_bool);
        let password = text(row, "password").and_then(Digest::parse);
        if password.is_none() {
            plan.notes.push(format!(
                "The password of {email} has no form that is known: the account is imported without one."
            ));
        }
        plan.users.push(ImportedUser {
            id,
            email: email.to_owned(),
            name: text(row, "name").unwrap_or(email).to_owned(),
            admin: flag("is_admin").unwrap_or(false),
            // What is not known does not let anybody in.
            disabled: flag("is_disabled").unwrap_or(true),
            password,
        });
    }
}

fn without_password(row: &Row) -> Row {
    let mut row = row.clone();
    row.remove("password");
    row
}

/// Settings without a counterpart, and what 0.8.2 kept without using it.
fn keep_rest(plan: &mut Plan, raw: &Raw, values: &BTreeMap<String, Value>) {
    for row in &raw.settings {
        if let Some(name) = text(row, "name").filter(|name| values.contains_key(*name)) {
            plan.kept
                .push(kept("application_settings", name, row, "a setting as it was"));
        }
    }
    for row in &raw.opdata {
        match text(row, "id") {
            // Copies of what Slack and PagerDuty know better.
            None | Some("slack_users" | "pagerduty_oc_data") => {}
            Some(id) => plan.kept.push(kept("opdata", id, row, "as it was")),
        }
    }
    for (table, row) in &raw.unused {
        plan.kept.push(kept(table, whole(row, "id"), row, "nothing used it"));
    }
}

impl Plan {
    /// The plan in numbers and sentences, for whoever reads it as JSON.
    pub fn summary(&self) -> Value {
        let count = |of: fn(&ImportedIncident) -> usize| self.incidents.iter().map(of).sum::<usize>();
        json!({
            "process_time_zone": { "zone": self.zone.zone.name(), "proven_by_rows": self.zone.rows, "against": self.zone.against },
            "incidents": self.incidents.len(),
            "open": self.incidents.iter().filter(|one| !one.incident.is_resolved()).count(),
            "timeline_entries": count(|one| one.entries.len()),
            "pins": count(|one| one.pins.len()),
            "users": self.users.len(),
            "settings": self.settings.iter().map(|setting| setting.key).collect::<Vec<_>>(),
            "kept_aside": self.kept.len(),
        })
    }
}
