//! Entries in words, the same in Slack, in the console and in documents.

use std::fmt::Write;

use super::Happening;
use crate::paging::{NotSent, Urgency, listed, whom};
use crate::{Actor, Settings, statuspage};

impl Happening {
    /// The entry as the rest of a sentence that begins with the actor's name, or as a whole one where nobody but the
    /// system acted.
    #[expect(clippy::too_many_lines, reason = "a sentence for each kind, all in one place")]
    pub fn text(&self, actor: &Actor, settings: &Settings) -> String {
        match self {
            Self::Declared { severity } => {
                format!("declared the incident as {}.", settings.severity_label(severity))
            }
            Self::ChannelCreated { name } => format!("The Slack channel #{name} is ready."),
            Self::RoleTaken {
                role,
                user_id,
                name,
                before,
            } => {
                let label = settings.role_label(role);
                let instead = before.as_ref().map(|before| format!(", replacing {before}"));
                let instead = instead.unwrap_or_default();
                if actor.slack_user_id() == Some(user_id) {
                    format!("is now {label}{instead}.")
                } else {
                    format!("made {name} {label}{instead}.")
                }
            }
            Self::RoleGivenUp { role, user_id, name } => {
                let label = settings.role_label(role);
                if actor.slack_user_id() == Some(user_id) {
                    format!("stepped down as {label}. The role is open.")
                } else {
                    format!("removed {name} as {label}. The role is open.")
                }
            }
            Self::HolderLeft {
                role,
                name,
                guest: true,
                ..
            } => format!(
                "{name} is a guest now and can't act in incidents. The role {} needs somebody else.",
                settings.role_label(role)
            ),
            Self::HolderLeft { role, name, .. } => format!(
                "{name}'s account was deactivated. Reassign the role {}.",
                settings.role_label(role)
            ),
            Self::SeverityChanged { from, to } => severity_changed(from, to, settings),
            Self::StatusChanged { from, to } => status_changed(from, to, settings),
            Self::UpdateSent { resources, message } if resources.is_empty() => {
                format!("sent an update: “{message}”")
            }
            Self::UpdateSent { resources, message } => format!("sent an update about {resources}: “{message}”"),
            Self::TitleChanged { from, to } => format!("changed the title from “{from}” to “{to}”."),
            Self::ChannelRenamed { name } if matches!(actor, Actor::System) => {
                format!("The channel was renamed to #{name}.")
            }
            Self::ChannelRenamed { name } => format!("renamed the channel to #{name}."),
            Self::RcaChannelCreated { name } => format!("The post-incident channel #{name} is ready."),
            Self::ChannelArchived { name } if matches!(actor, Actor::System) => {
                format!("The channel #{name} was archived.")
            }
            Self::ChannelArchived { name } => format!("archived the channel #{name}."),
            Self::ChannelUnarchived { name } if matches!(actor, Actor::System) => {
                format!("The channel #{name} was unarchived.")
            }
            Self::ChannelUnarchived { name } => format!("unarchived the channel #{name}."),
            Self::Noted { text } => format!("noted: {text}"),
            Self::Pinned { author, text, .. } if text.is_empty() => format!("pinned an image from {author}."),
            Self::Pinned { author, text, .. } => format!("pinned a message from {author}: “{text}”"),
            Self::Unpinned { author, .. } => format!("unpinned a message from {author}."),
            Self::GroupInvited { group, people: 1 } => format!("@{group} was invited (1 person)."),
            Self::GroupInvited { group, people } => format!("@{group} was invited ({people} people)."),
            Self::AccessGranted { name, .. } => format!("gave {name} access to this private incident."),
            Self::RemindersPaused { minutes: Some(minutes) } => {
                format!(
                    "snoozed update reminders for {minutes} {}.",
                    if *minutes == 1 { "minute" } else { "minutes" }
                )
            }
            Self::RemindersPaused { minutes: None } => "stopped update reminders.".to_owned(),
            Self::PlanDeleted { what } => format!("deleted the scheduled {what}."),
            Self::ChatExported { messages: 1 } => "exported the chat (1 message).".to_owned(),
            Self::ChatExported { messages } => format!("exported the chat ({messages} messages)."),
            Self::UpstreamChanged {
                provider, title, state, ..
            } => format!("{provider} reports “{title}”: {state}."),
            Self::StatuspagePublished { name, status, message } => format!(
                "published “{name}” on Statuspage ({}): “{message}”",
                statuspage::label(status)
            ),
            Self::StatuspageUpdated { status, message } if matches!(actor, Actor::System) => {
                format!("Statuspage now shows {}: “{message}”", statuspage::label(status))
            }
            Self::StatuspageUpdated { status, message } => {
                format!("updated Statuspage ({}): “{message}”", statuspage::label(status))
            }
            Self::StatuspageChanged { what } => format!("On Statuspage, {what}."),
            Self::Paged {
                team,
                person,
                urgency,
                called,
                severity,
                ..
            } => paged(
                actor,
                &whom(team, person.as_deref()),
                *urgency,
                called,
                severity.as_deref(),
            ),
            Self::PageDelayed { whom, reason, minutes } => format!(
                "PagerDuty hasn't accepted the page to {whom} yet: {reason}. Still trying for {minutes} minutes. \
                 Call them yourself if you can."
            ),
            Self::PageWithdrawn { whom, because } => because.unwrap_or(NotSent::Resolved).sentence(whom),
            Self::PageAcknowledged { whom, by, minutes } => {
                let by = if by.is_empty() { "Somebody" } else { by };
                let after = match minutes {
                    0 => "within a minute".to_owned(),
                    1 => "after a minute".to_owned(),
                    minutes => format!("after {minutes} minutes"),
                };
                format!("{by} acknowledged the page to {whom} {after}.")
            }
            Self::PageOpenAgain { whom } => format!(
                "The page to {whom} is no longer acknowledged. PagerDuty is paging people again. \
                 Call them yourself if it can't wait."
            ),
            Self::PageUnacknowledged { whom, minutes } => format!(
                "Nobody has acknowledged the page to {whom} for {}. Page somebody else or call them yourself.",
                if *minutes == 1 {
                    "a minute".to_owned()
                } else {
                    format!("{minutes} minutes")
                }
            ),
            Self::PageResolved { whom, by } if by.is_empty() => {
                format!("The page to {whom} is resolved in PagerDuty.")
            }
            Self::PageResolved { whom, by } => format!("{by} resolved the page to {whom} in PagerDuty."),
            Self::PersonInvited { name, .. } => format!("invited {name} to the channel."),
            Self::RcaDocumentWritten { title, again, .. } => match (again, actor) {
                (false, Actor::System) => format!("The RCA document “{title}” was created."),
                (true, Actor::System) => format!("The RCA document “{title}” was updated."),
                (false, _) => format!("created the RCA document “{title}”."),
                (true, _) => format!("updated the RCA document “{title}”."),
            },
            Self::Problem { sentence, .. } => sentence.clone(),
            Self::TriedAgain { problem } => format!("retried: “{problem}”"),
            Self::ImportedFrom { name, tags, kept } => imported_from(name, tags, kept),
            Self::Imported { what, .. } if what == "created" && !actor.name().is_empty() => {
                "declared the incident.".to_owned()
            }
            Self::Imported {
                text,
                took_effect: Some(false),
                ..
            } => format!("{text} (This did not take effect.)"),
            Self::Imported { text, .. } => text.clone(),
            Self::Unknown => "A newer version recorded this event; this version can't show it.".to_owned(),
        }
    }

    /// The entry as one sentence that stands alone.
    pub fn sentence(&self, actor: &Actor, settings: &Settings) -> String {
        let text = self.text(actor, settings);
        match actor.name() {
            "" => text,
            name => format!("{name} {text}"),
        }
    }
}

/// Severities stand from worst to mildest in the settings.
fn severity_changed(from: &str, to: &str, settings: &Settings) -> String {
    let place = |key| settings.severities.iter().position(|severity| severity.key == key);
    let verb = match (place(from), place(to)) {
        (Some(before), Some(now)) if now < before => "raised",
        (Some(before), Some(now)) if now > before => "lowered",
        _ => "changed",
    };
    let mut text = format!(
        "{verb} the severity from {} to {}.",
        settings.severity_label(from),
        settings.severity_label(to)
    );
    match (settings.has_reminders(from), settings.has_reminders(to)) {
        (false, true) => {
            let every = match settings.update_every_minutes {
                1 => "minute".to_owned(),
                minutes => format!("{minutes} minutes"),
            };
            let _ = write!(text, " Updates are due every {every}.");
        }
        (true, false) => text.push_str(" Update reminders are off."),
        _ => {}
    }
    text
}

/// Whom PagerDuty calls, and because of whom or what.
fn paged(actor: &Actor, whom: &str, urgency: Urgency, called: &[String], severity: Option<&str>) -> String {
    let called = match (called, urgency) {
        ([], _) => " PagerDuty says nobody there is on call right now.".to_owned(),
        // Whoever is paged alone is named already.
        ([one], Urgency::High) if whom.starts_with(one.as_str()) => " PagerDuty is calling them.".to_owned(),
        (called, Urgency::High) => format!(" PagerDuty is calling {}.", listed(called)),
        (called, Urgency::Low) => format!(" PagerDuty notified {} (low urgency).", listed(called)),
    };
    match (actor, severity) {
        (Actor::System, Some(severity)) => format!("{whom} was paged because of {severity}.{called}"),
        (Actor::System, None) => format!("{whom} was paged.{called}"),
        _ => format!("paged {whom}.{called}"),
    }
}

fn imported_from(name: &str, tags: &[String], kept: &[String]) -> String {
    let mut text = format!("Imported from incident-bot 0.8.2, where it was called {name}.");
    if !tags.is_empty() {
        let _ = write!(text, " Tags: {}.", tags.join(", "));
    }
    for sentence in kept {
        let _ = write!(text, " {sentence}");
    }
    text
}

fn status_changed(from: &str, to: &str, settings: &Settings) -> String {
    let label = settings.status_label(to);
    match (settings.is_resolved(from), settings.is_resolved(to)) {
        (false, true) => "resolved the incident.".to_owned(),
        (true, false) => format!("reopened the incident: {label}."),
        _ => format!("set the status to {label}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slack(user_id: &str, name: &str) -> Actor {
        Actor::Slack {
            user_id: user_id.to_owned(),
            name: name.to_owned(),
        }
    }

    #[test]
    fn what_0_8_2_wrote_is_shown_as_it_was() {
        let settings = Settings::default();
        let entry = |what: &str, text: &str, took_effect| Happening::Imported {
            what: what.to_owned(),
            text: text.to_owned(),
            took_effect,
        };
        assert_eq!(
            entry("created", "Incident created.", None).sentence(&slack("U1", "alice"), &settings),
            "alice declared the incident."
        );
        assert_eq!(
            entry("created", "Incident created.", None).sentence(&Actor::System, &settings),
            "Incident created."
        );
        assert_eq!(
            entry("status", "Status was changed to resolved.", Some(false)).sentence(&Actor::System, &settings),
            "Status was changed to resolved. (This did not take effect.)"
        );
        let from = Happening::ImportedFrom {
            name: "inc-1-x".to_owned(),
            tags: vec!["db".to_owned(), "eu".to_owned()],
            kept: vec!["The technical lead was ola.adams.".to_owned()],
        };
        assert_eq!(
            from.sentence(&Actor::System, &settings),
            "Imported from incident-bot 0.8.2, where it was called inc-1-x. Tags: db, eu. The technical lead was ola.adams."
        );
    }

    #[test]
    fn an_older_replica_reads_what_a_newer_one_wrote() {
        let newer = r#"{"kind":"teleported","from":"here","to":"there"}"#;
        assert_eq!(serde_json::from_str::<Happening>(newer).unwrap(), Happening::Unknown);
        let known = Happening::Declared {
            severity: "sev2".to_owned(),
        };
        let stored = serde_json::to_string(&known).unwrap();
        assert_eq!(serde_json::from_str::<Happening>(&stored).unwrap(), known);
    }

    #[test]
    fn the_word_in_the_database_is_the_tag_of_the_json() {
        let paused = Happening::RemindersPaused { minutes: None };
        assert_eq!(serde_json::to_value(&paused).unwrap()["kind"], paused.kind());
        let taken = Happening::RoleGivenUp {
            role: "r".to_owned(),
            user_id: "U1".to_owned(),
            name: "alice".to_owned(),
        };
        assert_eq!(serde_json::to_value(&taken).unwrap()["kind"], taken.kind());
    }

    #[test]
    fn a_role_is_taken_or_given() {
        let settings = Settings::default();
        let taken = Happening::RoleTaken {
            role: "technical_lead".to_owned(),
            user_id: "U2".to_owned(),
            name: "bob".to_owned(),
            before: Some("carol".to_owned()),
        };
        assert_eq!(
            taken.sentence(&slack("U2", "bob"), &settings),
            "bob is now Technical lead, replacing carol."
        );
        assert_eq!(
            taken.sentence(&slack("U1", "alice"), &settings),
            "alice made bob Technical lead, replacing carol."
        );
    }

    #[test]
    fn who_is_called_and_why_is_said() {
        let settings = Settings::default();
        let paged = |person: Option<&str>, urgency, called: &[&str], severity: Option<&str>| Happening::Paged {
            team: "Payments".to_owned(),
            person: person.map(str::to_owned),
            urgency,
            called: called.iter().map(|name| (*name).to_owned()).collect(),
            severity: severity.map(str::to_owned),
            url: None,
        };
        let alice = slack("U1", "alice");
        assert_eq!(
            paged(None, Urgency::High, &["erin", "bob"], None).sentence(&alice, &settings),
            "alice paged Payments. PagerDuty is calling erin and bob."
        );
        assert_eq!(
            paged(Some("erin"), Urgency::High, &["erin"], None).sentence(&alice, &settings),
            "alice paged erin (Payments). PagerDuty is calling them."
        );
        assert_eq!(
            paged(None, Urgency::Low, &["erin"], None).sentence(&alice, &settings),
            "alice paged Payments. PagerDuty notified erin (low urgency)."
        );
        assert_eq!(
            paged(None, Urgency::High, &[], Some("SEV1")).sentence(&Actor::System, &settings),
            "Payments was paged because of SEV1. PagerDuty says nobody there is on call right now."
        );
    }

    #[test]
    fn what_a_change_of_severity_brings_is_said() {
        let settings = Settings::default();
        let changed = |from: &str, to: &str| {
            let changed = Happening::SeverityChanged {
                from: from.to_owned(),
                to: to.to_owned(),
            };
            changed.text(&Actor::System, &settings)
        };
        assert_eq!(
            changed("sev3", "sev1"),
            "raised the severity from SEV3 to SEV1. Updates are due every 25 minutes."
        );
        assert_eq!(
            changed("sev2", "sev4"),
            "lowered the severity from SEV2 to SEV4. Update reminders are off."
        );
        assert_eq!(changed("gone", "sev4"), "changed the severity from gone to SEV4.");
        let often = Settings {
            update_every_minutes: 1,
            ..Settings::default()
        };
        let raised = Happening::SeverityChanged {
            from: "sev3".to_owned(),
            to: "sev1".to_owned(),
        };
        let text = raised.text(&Actor::System, &often);
        assert!(text.ends_with("Updates are due every minute."), "{text}");
    }
}
