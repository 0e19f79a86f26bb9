//! An incident from its row, its timelines and its pins.

use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound, Utc};
use chrono_tz::Tz;
use domain::settings::{COMMUNICATIONS_LIAISON, INCIDENT_COMMANDER, TECHNICAL_LEAD};
use domain::statuspage::{self, Published};
use domain::timeline::{Happening, TimelineEntry};
use domain::{Actor, Incident, IncidentId, NamedChannel, RoleHolder};
use serde_json::Value;

use crate::fields::{slack_id, text, whole};
use crate::ids;
use crate::plan::{ImportedIncident, Kept, Options, kept};
use crate::read::Row;
use crate::rules::entries::Kind;
use crate::rules::people::Directory;
use crate::rules::text::{storable, title};
use crate::rules::time::{self, Evidence, Written};
use crate::{pins, timeline};

/// What rows are read with.
pub(crate) struct Sources<'a> {
    /// The zone that the process ran in.
    pub(crate) process: Tz,
    /// The company's zone.
    pub(crate) company: Tz,
    /// Who is who.
    pub(crate) directory: &'a Directory,
    pub(crate) options: &'a Options,
    /// Keys of the severities that there will be.
    pub(crate) severities: Vec<String>,
    /// The one of what has none of these.
    pub(crate) default_severity: String,
}

/// The columns of the roles, and what each is called here.
const ROLES: [(&str, &str, &str); 3] = [
    ("commander", INCIDENT_COMMANDER, "incident commander"),
    ("technical_lead", TECHNICAL_LEAD, "technical lead"),
    (
        "communications_liaison",
        COMMUNICATIONS_LIAISON,
        "communications liaison",
    ),
];

/// When an incident was declared: its `created_at` where the message in the digest channel agrees, else what there is.
pub(crate) fn declared_at(row: &Row, sources: &Sources<'_>) -> Option<DateTime<Utc>> {
    let ts = |column| text(row, column).and_then(time::slack_ts).map(|at| at.trunc_subsecs(0));
    let created = text(row, "created_at").and_then(Written::long);
    match (created, ts("dig_message_ts")) {
        (Some(created), Some(posted)) => {
            let evidence = Evidence {
                row: "",
                digits: created.digits,
                posted,
            };
            let read = created.by_process(sources.process);
            Some(
                if evidence.agrees(sources.process) && (read - posted).num_minutes().abs() < 30 {
                    read
                } else {
                    posted
                },
            )
        }
        (Some(created), None) => Some(created.by_process(sources.process)),
        (None, posted) => posted.or_else(|| ts("bp_message_ts")),
    }
}

/// The notes on what could not be taken as it is, and the rows that are kept for it.
#[derive(Default)]
pub(crate) struct Remarks {
    /// In sentences.
    pub(crate) notes: Vec<String>,
    pub(crate) kept: Vec<Kept>,
}

impl Remarks {
    pub(crate) fn note(&mut self, sentence: impl Into<String>) {
        self.notes.push(storable(&sentence.into()));
    }
}

/// The incident, with everything that belongs to it. `None` where nothing tells when it was, or it has no channel.
pub(crate) fn incident(
    row: &Row,
    timelines: &[&Row],
    pins: &[(&Row, bool)],
    sources: &Sources<'_>,
) -> Option<ImportedIncident> {
    let name = storable(whole(row, "incident_id"));
    let channel_id = slack_id(row, "channel_id")?.to_owned();
    let declared_at = declared_at(row, sources)?;
    let mut remarks = Remarks::default();
    let created = text(row, "created_at").and_then(Written::long);
    if created.map(|written| written.by_process(sources.process)) != Some(declared_at) {
        remarks.note("Its created_at could not be used: the time is that of its first message.");
    }
    let updated_at = moment(row, "updated_at", sources, &mut remarks);
    let last_update_at = moment(row, "last_update_sent", sources, &mut remarks);
    let (status, severity) = state(row, sources, &mut remarks);

    let id = IncidentId(ids::id(declared_at, &["incident", &channel_id]));
    let mut timeline = timeline::read(
        &channel_id,
        declared_at,
        &status,
        &severity,
        timelines,
        sources,
        &mut remarks,
    );
    let resolved_at = sources.options.settings.is_resolved(&status).then(|| {
        let told = timeline.resolved_at.or(updated_at).or(last_update_at);
        told.unwrap_or_else(|| {
            remarks.note("Nothing tells when it was resolved: the time is that of its declaration.");
            declared_at
        })
    });
    let roles = roles(row, &timeline, updated_at.unwrap_or(declared_at), sources, &mut remarks);
    let rca_channel = timeline.rca_channel.clone().map(|id| NamedChannel {
        id,
        name: format!("{name}-rca"),
    });
    let fingerprint = fingerprint(row, timelines, pins);
    let pins = pins::read(
        &channel_id,
        rca_channel.as_ref(),
        declared_at,
        pins,
        sources,
        &mut remarks,
    );
    let tags = tags(row, &mut remarks);
    let rca_document_url = link(row, &mut remarks);
    let title = title_of(&name, &channel_id);
    let declared_by = timeline.declared_by.as_deref();
    let declared_by = declared_by.map_or(Actor::System, |name| sources.directory.actor(name));
    let signs = timeline.entries.iter().map(|entry| entry.at);
    let signs = signs.chain(pins.iter().map(|pin| pin.pinned_at)).chain(updated_at);
    let last_sign_of_life = signs.chain(last_update_at).fold(declared_at, DateTime::max);

    remarks
        .kept
        .push(kept("incidents", &name, row, "the incident as it was"));
    let people = people(&declared_by, &timeline.entries, &roles, &pins, sources.directory);
    let imported_from = TimelineEntry {
        id: ids::id(declared_at, &["imported", &channel_id]),
        at: declared_at,
        actor: Actor::System,
        happening: Happening::ImportedFrom {
            name: name.clone(),
            tags,
            kept: remarks.notes.clone(),
        },
    };
    timeline.entries.insert(0, imported_from);
    let (roles, roles_since) = roles.into_iter().unzip();
    let statuspage = published(row, id, &title, &severity, &status, resolved_at, sources);
    let incident = Incident {
        rca_channel,
        rca_document_url,
        roles,
        resolved_at,
        updated_at: updated_at.or(resolved_at).unwrap_or(declared_at).max(declared_at),
        revision: 1 + i64::try_from(timeline.status_changes.len()).unwrap_or_default(),
        channel_name: text(row, "channel_name").map_or_else(|| channel_id.to_lowercase(), storable),
        channel_id: Some(channel_id.clone()),
        ..bare(id, title, severity, status, declared_by, declared_at)
    };
    Some(ImportedIncident {
        fingerprint,
        incident,
        name,
        channel_id,
        last_update_at,
        status_changes: timeline.status_changes,
        roles_since,
        entries: timeline.entries,
        pins,
        people,
        statuspage,
        panel_ts: message(row, "bp_message_ts"),
        statuspage_ts: message(row, "sp_message_ts"),
        digest_ts: message(row, "dig_message_ts"),
        last_sign_of_life,
        kept: remarks.kept,
        notes: remarks.notes,
    })
}

/// An incident of which no more is known.
fn bare(
    id: IncidentId,
    title: String,
    severity: String,
    status: String,
    declared_by: Actor,
    declared_at: DateTime<Utc>,
) -> Incident {
    Incident {
        id,
        description: title.clone(),
        title,
        severity,
        status,
        private: false,
        declared_by,
        declared_at,
        updated_at: declared_at,
        resolved_at: None,
        revision: 1,
        channel_name: String::new(),
        channel_id: None,
        panel_ts: None,
        digest: None,
        channel_number: 1,
        archived_at: None,
        channel_lost: None,
        rca_channel: None,
        rca_channel_lost: None,
        rca_document_url: None,
        last_update: None,
        roles: Vec::new(),
    }
}

/// The timestamp of a message of 0.8.2.
fn message(row: &Row, column: &str) -> Option<String> {
    let ts = text(row, column).filter(|ts| time::slack_ts(ts).is_some());
    ts.map(str::to_owned)
}

/// When the process did something, by a column of the row.
fn moment(row: &Row, column: &str, sources: &Sources<'_>, remarks: &mut Remarks) -> Option<DateTime<Utc>> {
    let written = text(row, column)?;
    let at = Written::long(written).map(|written| written.by_process(sources.process));
    if at.is_none() {
        remarks.note(format!("Its {column} is no time: “{written}”."));
    }
    at
}

/// The title that is left in the name, else the name.
fn title_of(name: &str, channel_id: &str) -> String {
    let title = title(name).map_or_else(|| name.to_owned(), |title| domain::text::clean(&title));
    if domain::text::is_visible(&title) {
        domain::description::cut_at_word(&title, domain::description::MAX_TITLE)
    } else {
        channel_id.to_owned()
    }
}

/// The link to the RCA document.
fn link(row: &Row, remarks: &mut Remarks) -> Option<String> {
    let url = text(row, "rca")?;
    let is_link = url.starts_with("https://") || url.starts_with("http://");
    if !is_link {
        remarks.note(format!("Its link to an RCA document is none: “{url}”."));
    }
    is_link.then(|| storable(url))
}

/// Of all rows of the incident: the same again is not imported again.
fn fingerprint(row: &Row, timelines: &[&Row], pins: &[(&Row, bool)]) -> String {
    let rows = [row]
        .into_iter()
        .chain(timelines.iter().copied())
        .chain(pins.iter().map(|(pin, _)| *pin));
    let texts: Vec<_> = rows.map(|row| Value::Object(row.clone()).to_string()).collect();
    ids::fingerprint(&texts.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Status and severity are those of the columns; what nobody knows is as it is for a new incident.
fn state(row: &Row, sources: &Sources<'_>, remarks: &mut Remarks) -> (String, String) {
    let settings = &sources.options.settings;
    let mut read = |column: &str, known: &[String], instead: &str| {
        let value = text(row, column).unwrap_or_default().to_lowercase();
        if known.contains(&value) {
            return value;
        }
        remarks.note(format!(
            "Its {column} was “{value}”, which there is not: it is {instead} now."
        ));
        instead.to_owned()
    };
    let statuses: Vec<_> = settings.statuses.iter().map(|status| status.key.clone()).collect();
    let status = read("status", &statuses, settings.first_status());
    let severity = read("severity", &sources.severities, &sources.default_severity);
    (status, severity)
}

fn roles(
    row: &Row,
    timeline: &timeline::Read,
    otherwise: DateTime<Utc>,
    sources: &Sources<'_>,
    remarks: &mut Remarks,
) -> Vec<(RoleHolder, DateTime<Utc>)> {
    let mut roles = Vec::new();
    for (column, role, label) in ROLES {
        let Some(handle) = text(row, column) else { continue };
        let Some(user_id) = sources.directory.by_handle(handle) else {
            remarks.note(format!(
                "The {label} was {handle}, who is not among Slack's people as 0.8.2 knew them."
            ));
            continue;
        };
        let holder = RoleHolder {
            role: role.to_owned(),
            user_id: user_id.to_owned(),
            name: sources.directory.name(user_id).unwrap_or(handle).to_owned(),
            active: true,
        };
        let given = timeline
            .roles
            .iter()
            .rev()
            .find(|given| given.role == role && given.handle == handle);
        roles.push((holder, given.map_or(otherwise, |given| given.at)));
    }
    roles
}

/// Tags are a list of texts; the same twice is one.
fn tags(row: &Row, remarks: &mut Remarks) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    match row.get("tags") {
        None | Some(Value::Null) => {}
        Some(Value::Array(values)) => {
            for value in values {
                let tag = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let tag = domain::text::clean(tag.trim());
                if !tag.is_empty() && !tags.contains(&tag) {
                    tags.push(tag);
                }
            }
        }
        Some(other) => remarks.note(format!("Its tags are no list: {other}.")),
    }
    tags
}

/// What was published on Statuspage: only its id there says that something was.
fn published(
    row: &Row,
    incident: IncidentId,
    title: &str,
    severity: &str,
    status: &str,
    resolved_at: Option<DateTime<Utc>>,
    sources: &Sources<'_>,
) -> Option<Published> {
    let id = storable(text(row, "sp_incident_id")?);
    let known = statuspage::STATUSES.iter().any(|word| word.key == status);
    Some(Published {
        id: ids::id(DateTime::UNIX_EPOCH, &["statuspage", &id]),
        incident,
        name: title.to_owned(),
        impact: statuspage::likely_impact(severity, &sources.options.settings).to_owned(),
        status: if known {
            status.to_owned()
        } else {
            "investigating".to_owned()
        },
        statuspage_id: Some(id),
        url: None,
        changed_at: None,
        // What stands there still is polled.
        ended_at: resolved_at,
        removed: false,
    })
}

fn people(
    declared_by: &Actor,
    entries: &[TimelineEntry],
    roles: &[(RoleHolder, DateTime<Utc>)],
    pins: &[crate::plan::ImportedPin],
    directory: &Directory,
) -> BTreeMap<String, String> {
    let acted = entries.iter().map(|entry| &entry.actor).chain([declared_by]);
    let ids = acted
        .filter_map(Actor::slack_user_id)
        .chain(roles.iter().map(|(holder, _)| holder.user_id.as_str()))
        .chain(pins.iter().map(|pin| pin.author.as_str()));
    ids.filter_map(|id| Some((id.to_owned(), directory.name(id)?.to_owned())))
        .collect()
}

/// Whether an entry speaks of status or severity.
pub(crate) fn is_about_state(kind: Kind) -> bool {
    matches!(kind, Kind::Status | Kind::Severity)
}
