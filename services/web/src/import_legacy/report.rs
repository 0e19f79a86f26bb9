//! What an import brought, or would bring.

use std::io::{self, Write};

use incidents::{ImportOutcome, SettingOutcome};
use legacy::Plan;
use legacy::plan::{ImportedIncident, ImportedUser};
use serde_json::{Value, json};

use super::{Counts, setting_words, words};

/// The report of an import.
#[derive(Debug)]
pub struct Report {
    dry_run: bool,
    summary: Value,
    /// How many incidents, by what became of them.
    pub incidents: Counts<ImportOutcome>,
    open: usize,
    notes_of_incidents: Vec<(String, Vec<String>)>,
    users: Vec<(String, String)>,
    /// How many accounts are new.
    pub users_added: usize,
    settings: Vec<(&'static str, SettingOutcome)>,
    /// What is kept aside, and why.
    kept: Vec<(String, String, String)>,
    /// How many rows were kept aside that were not before.
    pub kept_changed: u64,
    notes: Vec<String>,
}

impl Report {
    pub(super) fn new(dry_run: bool, plan: &Plan) -> Self {
        let kept = plan.incidents.iter().flat_map(|one| &one.kept).chain(&plan.kept);
        let aside = kept.filter(|kept| kept.source != "incidents" || kept.reason != "the incident as it was");
        Self {
            dry_run,
            summary: plan.summary(),
            incidents: Counts::new(),
            open: 0,
            notes_of_incidents: Vec::new(),
            users: Vec::new(),
            users_added: 0,
            settings: Vec::new(),
            kept: aside
                .map(|kept| (kept.source.to_owned(), kept.key.clone(), kept.reason.clone()))
                .collect(),
            kept_changed: 0,
            notes: plan.notes.clone(),
        }
    }

    pub(super) fn incident(&mut self, planned: &ImportedIncident, outcome: ImportOutcome) {
        *self.incidents.entry(outcome).or_default() += 1;
        if outcome == ImportOutcome::Added && !planned.incident.is_resolved() {
            self.open += 1;
        }
        let mut notes = planned.notes.clone();
        if outcome == ImportOutcome::ChannelTaken {
            notes.push("An incident of ours has its channel: it is not imported.".to_owned());
        }
        if !notes.is_empty() && outcome != ImportOutcome::Unchanged {
            self.notes_of_incidents.push((planned.name.clone(), notes));
        }
    }

    pub(super) fn user(&mut self, user: &ImportedUser, added: bool) {
        let role = if user.admin { "admin" } else { "responder" };
        let what = match (added, user.disabled, &user.password) {
            (false, ..) => "has an account here already".to_owned(),
            (true, true, _) => format!("{role}, disabled as before"),
            (true, false, Some(_)) => format!("{role}, with the password of before"),
            (true, false, None) => format!("{role}, without a password"),
        };
        self.users_added += usize::from(added);
        self.users.push((user.email.clone(), what));
    }

    pub(super) fn setting(&mut self, key: &'static str, outcome: SettingOutcome) {
        self.settings.push((key, outcome));
    }

    /// The report as JSON.
    pub fn json(&self) -> Value {
        let incidents: serde_json::Map<_, _> = self
            .incidents
            .iter()
            .map(|(outcome, count)| (words(*outcome).to_owned(), json!(count)))
            .collect();
        let settings: serde_json::Map<_, _> = self
            .settings
            .iter()
            .map(|(key, outcome)| ((*key).to_owned(), json!(setting_words(*outcome))))
            .collect();
        json!({
            "dry_run": self.dry_run,
            "plan": self.summary,
            "incidents": incidents,
            "open": self.open,
            "users": self.users.iter().map(|(email, what)| json!({ "email": email, "outcome": what })).collect::<Vec<_>>(),
            "settings": settings,
            "kept_aside": self.kept.iter().map(|(source, key, reason)| json!({ "table": source, "key": key, "reason": reason })).collect::<Vec<_>>(),
            "notes": self.notes,
            "notes_of_incidents": self.notes_of_incidents.iter().map(|(name, notes)| json!({ "incident": name, "notes": notes })).collect::<Vec<_>>(),
        })
    }

    /// Writes the report, as text or as JSON.
    pub fn write(&self, as_json: bool, out: &mut impl Write) -> io::Result<()> {
        if as_json {
            return writeln!(out, "{}", self.json());
        }
        let done = if self.dry_run {
            "Dry run: nothing was written."
        } else {
            "Imported."
        };
        writeln!(out, "{done}")?;
        let zone = &self.summary["process_time_zone"];
        writeln!(
            out,
            "incident-bot 0.8.2 ran in {}, as {} rows prove.",
            zone["zone"].as_str().unwrap_or_default(),
            zone["proven_by_rows"]
        )?;
        for row in zone["against"].as_array().into_iter().flatten() {
            writeln!(out, "  {row} speaks against it: it gets the time of its first message.")?;
        }
        writeln!(
            out,
            "\nIncidents: {}, with {} timeline entries and {} pins",
            self.summary["incidents"], self.summary["timeline_entries"], self.summary["pins"]
        )?;
        for (outcome, count) in &self.incidents {
            writeln!(out, "  {count} {}", words(*outcome))?;
        }
        if self.open > 0 {
            writeln!(
                out,
                "  {} of the new ones are open: their channels are taken over by the worker.",
                self.open
            )?;
        }
        for (name, notes) in &self.notes_of_incidents {
            writeln!(out, "  {name}")?;
            for note in notes {
                writeln!(out, "    - {note}")?;
            }
        }
        writeln!(out, "\nPeople of the console: {}", self.users.len())?;
        for (email, what) in &self.users {
            writeln!(out, "  {email}: {what}")?;
        }
        writeln!(out, "\nSettings")?;
        for (key, outcome) in &self.settings {
            writeln!(out, "  {key}: {}", setting_words(*outcome))?;
        }
        writeln!(
            out,
            "\nKept aside, and shown in the console (on the page of its incident, else under Settings): {}",
            self.kept.len()
        )?;
        for (source, key, reason) in &self.kept {
            writeln!(out, "  {source} {key}: {reason}")?;
        }
        if !self.notes.is_empty() {
            writeln!(out, "\nTo know")?;
        }
        for note in &self.notes {
            writeln!(out, "  - {note}")?;
        }
        Ok(())
    }
}
