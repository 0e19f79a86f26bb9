//! The control panel.

use std::collections::HashMap;

use domain::description::cut_at_word;
use domain::settings::{Role, Severity, Status};
use domain::{Incident, IncidentId, RoleHolder, Settings};
use slack::blocks::{
    Block, Choice, Confirmation, Element, actions, button_of, buttons, confirmation, confirmed_overflow, context,
    formatted, header, overflow, people_select, primary, section_with, select,
};
use slack::roles::claim_button;
use slack::text::{escape, link, mention, moment};
use slack::values::{HeldRole, HeldRoleChange, PanelOption, encode};
use slack::{Message, ids};

/// Slack takes at most this many things to choose from in a row.
const MAX_ROLES: usize = 25;

/// The most characters of the description: the controls below it stay in sight.
const MAX_DESCRIPTION: usize = 600;
const MAX_LINES: usize = 10;

/// What is switched on beside Slack.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tools {
    /// People can be paged.
    pub(crate) paging: bool,
    /// There is a page to publish on.
    pub(crate) statuspage: bool,
}

/// The control panel as it is now; `console` is the address of the incident's page, `paged` the teams that each severity
/// would page, by its key.
pub(crate) fn message(
    incident: &Incident,
    settings: &Settings,
    console: Option<&str>,
    on: Tools,
    paged: &HashMap<String, Vec<String>>,
) -> Message {
    let severity = settings.severity_label(&incident.severity);
    let emoji = if incident.is_resolved() {
        "✅"
    } else {
        settings.severity_emoji(&incident.severity)
    };
    let status = settings.status_label(&incident.status);
    let mut state = format!(
        "{emoji} *{}* · {} · declared by {} {}",
        escape(severity),
        escape(status),
        escape(incident.declared_by.name()),
        moment(incident.declared_at)
    );
    if incident.private {
        state.push_str(" · private");
    }
    let mut blocks = vec![header(&incident.title), context(state)];
    // A single line that is the title needs no repetition.
    if incident.description != incident.title {
        let lines: Vec<_> = incident.description.lines().take(MAX_LINES).collect();
        let shown = cut_at_word(&lines.join("\n"), MAX_DESCRIPTION);
        let is_cut = shown != incident.description;
        blocks.extend(formatted(&shown));
        if is_cut {
            let all = button_of(ids::ACTION_DESCRIPTION, "Show all", &incident.id);
            blocks.extend(buttons(vec![all]));
        }
    }
    let selects = vec![
        select(
            ids::ACTION_SEVERITY.as_str(),
            &severities(incident, settings, paged),
            &incident.severity,
        ),
        select(
            ids::ACTION_STATUS.as_str(),
            &statuses(incident, settings),
            &incident.status,
        ),
    ];
    blocks.extend(actions(
        Some(ids::panel_block("state", incident.id, incident.revision)),
        selects,
    ));
    blocks.extend(roles(incident, settings));
    blocks.extend(actions(None, tools(incident, on)));
    let links: Vec<_> = [
        ("Guide", settings.guide_link.as_deref()),
        ("Postmortems", settings.postmortems_link.as_deref()),
        ("Meeting", settings.meeting_link.as_deref()),
        ("Console", console),
    ]
    .into_iter()
    .filter_map(|(label, address)| Some(link(address?, label)))
    .collect();
    if !links.is_empty() {
        blocks.push(context(links.join(" · ")));
    }
    Message {
        text: format!(
            "{emoji} {} · {} · {}",
            escape(severity),
            escape(status),
            escape(&incident.title)
        ),
        blocks,
    }
}

/// What was removed from the settings since is still offered where it is what the incident has.
fn severities(incident: &Incident, settings: &Settings, paged: &HashMap<String, Vec<String>>) -> Vec<Choice> {
    let choice = |severity: &Severity| {
        // Choosing it calls people at once.
        let teams = paged.get(&severity.key).map(Vec::as_slice).unwrap_or_default();
        Choice {
            value: severity.key.clone(),
            label: slack::on_call::severity_label(severity, teams),
            description: severity.description.clone(),
        }
    };
    let mut choices: Vec<_> = settings.severities.iter().map(choice).collect();
    if settings.severity(&incident.severity).is_none() {
        choices.push(Choice::new(&incident.severity, &incident.severity));
    }
    choices
}

fn statuses(incident: &Incident, settings: &Settings) -> Vec<Choice> {
    let choice = |status: &Status| Choice::new(&status.key, &status.label);
    let mut choices: Vec<_> = settings.statuses.iter().map(choice).collect();
    if settings.status(&incident.status).is_none() {
        choices.push(Choice::new(&incident.status, &incident.status));
    }
    choices
}

/// The roles, those that nobody has first, and a row of selects that give them to somebody.
fn roles(incident: &Incident, settings: &Settings) -> Vec<Block> {
    let roles = || settings.roles.iter().take(MAX_ROLES);
    let open = roles().filter(|role| incident.holder(&role.key).is_none());
    let mut blocks: Vec<_> = open.map(|role| free_role(incident, role)).collect();
    let held = roles().filter_map(|role| Some((role, incident.holder(&role.key)?)));
    blocks.extend(held.map(|(role, holder)| held_role(incident, role, holder)));
    let selects = roles().map(|role| match incident.holder(&role.key) {
        None => people_select(
            &ids::ASSIGN_PREFIX.with(&role.key),
            &format!("Assign {}", role.label),
            None,
        ),
        Some(holder) => people_select(
            &ids::REASSIGN_PREFIX.with(encode(&seen_holding(incident, role, holder))),
            &format!("Reassign {}", role.label),
            Some(ask_first(role, holder)),
        ),
    });
    blocks.extend(actions(
        Some(ids::panel_block("roles", incident.id, incident.revision)),
        selects.collect(),
    ));
    blocks
}

fn free_role(incident: &Incident, role: &Role) -> Block {
    let claim = claim_button(incident.id, &role.key, "Claim");
    section_with(format!("*{}*  nobody yet", escape(&role.label)), claim)
}

fn seen_holding(incident: &Incident, role: &Role, holder: &RoleHolder) -> HeldRole {
    HeldRole {
        incident: incident.id,
        role: role.key.clone(),
        holder: holder.user_id.clone(),
    }
}

fn held_role(incident: &Incident, role: &Role, holder: &RoleHolder) -> Block {
    let held = seen_holding(incident, role, holder);
    let value = |change: HeldRoleChange| ids::ACTION_ROLE.encode(&change);
    let closed = if holder.active { "" } else { " (can no longer act)" };
    let choices = [
        Choice::new(value(HeldRoleChange::TakeOver(held.clone())), "Take over"),
        Choice::new(value(HeldRoleChange::StepDown(held)), "Step down or remove"),
    ];
    section_with(
        format!("*{}*  {}{closed}", escape(&role.label), mention(&holder.user_id)),
        confirmed_overflow::<slack::blocks::Accessory>(ids::ACTION_ROLE.as_str(), &choices, ask_first(role, holder)),
    )
}

/// Nobody loses a role by a press that was meant for something else.
fn ask_first(role: &Role, holder: &RoleHolder) -> Confirmation {
    confirmation(
        &format!("Change {}?", role.label),
        &format!(
            "{} is currently {}. Whoever loses the role gets a direct message.",
            holder.name, role.label
        ),
        "Change",
    )
}

/// What else can be done.
fn tools(incident: &Incident, on: Tools) -> Vec<Element> {
    let id = Some(incident.id);
    let mut tools: Vec<Element> = vec![primary(button_of(ids::ACTION_UPDATE, "Send update", &id)).into()];
    if on.paging && !incident.is_resolved() {
        tools.push(button_of(ids::ACTION_PAGE, "Page a team", &id).into());
    }
    tools.push(button_of(ids::ACTION_TIMELINE, "Timeline", &id).into());
    if on.statuspage {
        tools.push(button_of(ids::ACTION_STATUSPAGE, "Statuspage", &incident.id).into());
    }
    tools.push(overflow(ids::ACTION_MORE.as_str(), &more(incident)));
    tools
}

/// What is used seldom.
fn more(incident: &Incident) -> Vec<Choice> {
    let entry = |option: fn(IncidentId) -> PanelOption, label: &str| {
        Choice::new(ids::ACTION_MORE.encode(&option(incident.id)), label)
    };
    let mut entries = vec![
        entry(PanelOption::Rename, "Rename…"),
        entry(PanelOption::Export, "Export chat"),
    ];
    if incident.is_resolved() {
        entries.push(entry(PanelOption::Rca, "RCA document"));
    }
    if incident.is_resolved() && incident.archived_at.is_none() {
        entries.push(entry(PanelOption::Archive, "Archive channel…"));
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::testing::{incident, settings};

    #[test]
    fn a_new_incident() {
        insta::assert_json_snapshot!(
            message(
                &incident(),
                &settings(),
                Some("https://console.example/incidents/1"),
                Tools::default(),
                &HashMap::new()
            )
            .to_json()
        );
    }

    #[test]
    fn a_private_one_without_links() {
        let private = Incident {
            private: true,
            ..incident()
        };
        insta::assert_json_snapshot!(
            message(&private, &Settings::default(), None, Tools::default(), &HashMap::new()).to_json()
        );
    }

    #[test]
    fn one_with_roles() {
        let mut incident = incident();
        incident.roles.push(domain::RoleHolder {
            role: "incident_commander".to_owned(),
            user_id: "U2".to_owned(),
            name: "bob".to_owned(),
            active: true,
        });
        insta::assert_json_snapshot!(
            message(
                &incident,
                &settings(),
                None,
                Tools {
                    statuspage: true,
                    ..Tools::default()
                },
                &HashMap::new()
            )
            .to_json()
        );
    }

    #[test]
    fn a_resolved_one_can_be_archived() {
        let over = Incident {
            resolved_at: Some(incident().declared_at),
            status: "resolved".to_owned(),
            ..incident()
        };
        let json = message(&over, &settings(), None, Tools::default(), &HashMap::new())
            .to_json()
            .to_string();
        assert!(
            json.contains(ids::ACTION_MORE.as_str()) && json.contains("Archive channel…"),
            "{json}"
        );
        let json = message(&incident(), &settings(), None, Tools::default(), &HashMap::new())
            .to_json()
            .to_string();
        assert!(!json.contains("Archive channel"), "{json}");
    }

    #[test]
    fn people_can_be_paged_while_it_is_open() {
        let can = |incident: &Incident| {
            let json = message(
                incident,
                &settings(),
                None,
                Tools {
                    paging: true,
                    ..Tools::default()
                },
                &HashMap::new(),
            )
            .to_json()
            .to_string();
            json.contains("Page a team")
        };
        assert!(can(&incident()));
        let over = Incident {
            resolved_at: Some(incident().declared_at),
            ..incident()
        };
        assert!(!can(&over));
    }

    #[test]
    fn a_severity_says_whom_it_pages() {
        let paged = HashMap::from([("sev1".to_owned(), vec!["Payments".to_owned(), "Platform".to_owned()])]);
        let choices = severities(&incident(), &settings(), &paged);
        let labels: Vec<_> = choices.into_iter().map(|choice| choice.label).collect();
        assert_eq!(
            labels,
            ["🟥 SEV1 · pages Payments and Platform", "🟧 SEV2", "🟨 SEV3", "🟦 SEV4"]
        );
    }

    #[test]
    fn as_many_roles_as_slack_takes() {
        let role = |number: usize| Role {
            key: format!("role_{number}"),
            label: format!("Role {number}"),
            ..Settings::default().roles.remove(0)
        };
        let settings = Settings {
            roles: (0..40).map(role).collect(),
            ..settings()
        };
        let message = message(&incident(), &settings, None, Tools::default(), &HashMap::new());
        assert!(message.blocks.len() <= 50, "{}", message.blocks.len());
    }

    #[test]
    fn the_longest_description_fits() {
        let long = Incident {
            description: "&".repeat(3_000),
            ..incident()
        };
        let message = message(&long, &settings(), None, Tools::default(), &HashMap::new());
        // The first of it, and a button that shows the rest.
        assert_eq!(message.blocks.len(), 2 + 2 + 1 + 3 + 1 + 1 + 1);
        let json = message.to_json().to_string();
        assert!(json.contains("Show all"));
    }

    #[test]
    fn a_description_of_many_lines_leaves_the_controls_in_sight() {
        let lines = Incident {
            description: "a line of a log\n".repeat(60),
            ..incident()
        };
        let json = message(&lines, &settings(), None, Tools::default(), &HashMap::new())
            .to_json()
            .to_string();
        assert_eq!(json.matches("a line of a log").count(), MAX_LINES);
        assert!(json.contains("Show all"));
    }
}
