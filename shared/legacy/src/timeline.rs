//! The timeline of an incident.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::Actor;
use domain::timeline::{Happening, TimelineEntry};
use serde_json::Value;

use crate::fields::{is_channel_id, text, whole};
use crate::ids;
use crate::incident::{Remarks, Sources};
use crate::plan::kept;
use crate::read::Row;
use crate::rules::entries::{self, Kind};
use crate::rules::text::storable;
use crate::rules::time::Written;

/// What a timeline tells.
#[derive(Default)]
pub(crate) struct Read {
    pub(crate) entries: Vec<TimelineEntry>,
    /// Name of who declared the incident.
    pub(crate) declared_by: Option<String>,
    /// Changes of status that took effect, without the first status.
    pub(crate) status_changes: Vec<(String, DateTime<Utc>)>,
    /// When it was resolved last.
    pub(crate) resolved_at: Option<DateTime<Utc>>,
    /// The first RCA channel that was made.
    pub(crate) rca_channel: Option<String>,
    /// Roles that were given.
    pub(crate) roles: Vec<Given>,
}

/// A role that was given.
pub(crate) struct Given {
    pub(crate) role: String,
    pub(crate) handle: String,
    pub(crate) at: DateTime<Utc>,
}

/// An entry as the table has it.
struct Entry<'a> {
    kind: Kind,
    text: &'a str,
    user: Option<&'a str>,
    content: &'a str,
    written: Option<Written>,
    /// As it stands, which names it.
    raw: String,
}

/// Reads the timelines of an incident: its own, and those under later names of its channel.
pub(crate) fn read(
    channel: &str,
    declared_at: DateTime<Utc>,
    status: &str,
    severity: &str,
    rows: &[&Row],
    sources: &Sources<'_>,
    remarks: &mut Remarks,
) -> Read {
    let mut read = Read::default();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut place = 0;
    for (nth, row) in rows.iter().enumerate() {
        let name = whole(row, "incident_id");
        let entries = entries_of(row, name, nth == 0, remarks);
        let kinds: Vec<_> = entries.iter().map(|entry| (entry.kind, entry.text)).collect();
        // What was tried under another name of the channel never took effect.
        let effects = if nth == 0 {
            entries::took_effect(&kinds, status, severity)
        } else {
            kinds
                .iter()
                .map(|(kind, _)| crate::incident::is_about_state(*kind).then_some(false))
                .collect()
        };
        let mut before = declared_at;
        for (entry, took_effect) in entries.iter().zip(effects) {
            let at = moment(entry, before, sources, remarks);
            // A back-dated entry tells nothing of the next one.
            if entry.kind.is_automatic() {
                before = at;
            }
            tell(&mut read, entry, at, took_effect == Some(true));
            // The same text twice is two entries; one that was deleted there changes no other's number.
            let same = seen.entry(entry.raw.clone()).or_default();
            *same += 1;
            let nth = same.to_string();
            place += 1;
            read.entries.push(TimelineEntry {
                id: ids::id(at, &["entry", channel, name, &entry.raw, &nth]),
                // Seconds are all that is known; what lies below them keeps the order of writing.
                at: at + TimeDelta::microseconds(place),
                actor: actor(entry, sources),
                happening: happening(entry, took_effect),
            });
        }
    }
    if status == "resolved" && read.resolved_at.is_none() && !rows.is_empty() {
        remarks.note("Its timeline does not tell when it was resolved.");
    }
    read
}

fn entries_of<'a>(row: &'a Row, name: &str, own: bool, remarks: &mut Remarks) -> Vec<Entry<'a>> {
    let Some(list) = row.get("data").and_then(Value::as_array) else {
        remarks.note("Its timeline is no list: it is kept aside.");
        remarks.kept.push(kept("auditlog", name, row, "it is not a list"));
        return Vec::new();
    };
    let mut entries = Vec::with_capacity(list.len());
    let mut odd = false;
    for (nth, value) in list.iter().enumerate() {
        let Some((fields, log)) = value
            .as_object()
            .and_then(|fields| Some((fields, fields.get("log")?.as_str()?)))
        else {
            odd = true;
            continue;
        };
        let written = text(fields, "ts").and_then(Written::long);
        odd |= written.is_none();
        let user = text(fields, "user");
        let whole_minute = written.as_ref().is_none_or(Written::is_whole_minute);
        entries.push(Entry {
            kind: Kind::of(log, user.is_some(), whole_minute, own && nth == 0),
            text: log,
            user,
            content: whole(fields, "content"),
            written,
            raw: value.to_string(),
        });
    }
    if odd {
        remarks.note("Parts of its timeline cannot be read: it is kept aside as it was.");
        remarks
            .kept
            .push(kept("auditlog", name, row, "parts of it cannot be read"));
    }
    entries
}

fn moment(entry: &Entry<'_>, before: DateTime<Utc>, sources: &Sources<'_>, remarks: &mut Remarks) -> DateTime<Utc> {
    match &entry.written {
        None => before,
        Some(written) if entry.kind.is_automatic() => written.by_process(sources.process),
        Some(written) => {
            let (at, sure) = written.by_label(sources.company);
            if !sure {
                remarks.note(format!(
                    "The time zone {} of an entry is not known for sure.",
                    written.label
                ));
            }
            at
        }
    }
}

/// Keeps what an entry tells of the incident.
fn tell(read: &mut Read, entry: &Entry<'_>, at: DateTime<Utc>, took_effect: bool) {
    match entry.kind {
        Kind::Status if took_effect => {
            let status = entries::value(entry.text).unwrap_or_default();
            if status == "resolved" {
                read.resolved_at = Some(at);
            }
            read.status_changes.push((storable(&status), at));
        }
        Kind::RcaChannel if read.rca_channel.is_none() && is_channel_id(entry.content) => {
            read.rca_channel = Some(entry.content.to_owned());
        }
        Kind::RoleAssigned | Kind::RoleClaimed => {
            if let Some((_, role)) = entries::role(entry.text) {
                read.roles.push(Given {
                    role: role.role.to_owned(),
                    handle: role.handle.to_owned(),
                    at,
                });
            }
        }
        _ => {}
    }
    if entry.kind == Kind::Created && read.declared_by.is_none() {
        read.declared_by = entry.user.map(storable);
    }
}

fn actor(entry: &Entry<'_>, sources: &Sources<'_>) -> Actor {
    entry
        .user
        .map_or(Actor::System, |name| sources.directory.actor(&storable(name)))
}

fn happening(entry: &Entry<'_>, took_effect: Option<bool>) -> Happening {
    if entry.kind == Kind::Manual {
        return Happening::Noted {
            text: domain::text::clean(entry.text),
        };
    }
    Happening::Imported {
        what: entry.kind.as_str().to_owned(),
        text: storable(entry.text),
        took_effect,
    }
}
