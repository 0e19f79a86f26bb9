//! Severities, statuses and roles, until a company says otherwise.

use super::{COMMUNICATIONS_LIAISON, INCIDENT_COMMANDER, Role, Severity, Status, TECHNICAL_LEAD};

pub(super) fn severities() -> Vec<Severity> {
    let severity = |key: &str, label: &str, emoji: &str, reminders, description: &str| Severity {
        key: key.to_owned(),
        label: label.to_owned(),
        description: description.to_owned(),
        emoji: emoji.to_owned(),
        reminders,
        invite_groups: Vec::new(),
        page_teams: Vec::new(),
    };
    vec![
        severity(
            "sev1",
            "SEV1",
            "🟥",
            true,
            "Most customers are hit, or data is at risk.",
        ),
        severity(
            "sev2",
            "SEV2",
            "🟧",
            true,
            "Many customers are hit, or something important does not work.",
        ),
        severity(
            "sev3",
            "SEV3",
            "🟨",
            false,
            "Some customers are hit, and there is a way around it.",
        ),
        severity(
            "sev4",
            "SEV4",
            "🟦",
            false,
            "Hardly anybody notices yet. Worth a look together.",
        ),
    ]
}

pub(super) fn statuses() -> Vec<Status> {
    let status = |key: &str, label: &str, resolved| Status {
        key: key.to_owned(),
        label: label.to_owned(),
        resolved,
    };
    vec![
        status("investigating", "Investigating", false),
        status("identified", "Identified", false),
        status("monitoring", "Monitoring", false),
        status("resolved", "Resolved", true),
    ]
}

pub(super) fn roles() -> Vec<Role> {
    let role = |key: &str, label: &str, needed_to_resolve, description: &str, duties: [&str; 5]| Role {
        key: key.to_owned(),
        label: label.to_owned(),
        description: description.to_owned(),
        duties: duties.map(str::to_owned).to_vec(),
        needed_to_resolve,
    };
    vec![
        role(
            INCIDENT_COMMANDER,
            "Incident commander",
            true,
            "Leads: decides what is done next, and by whom.",
            [
                "Keep the whole picture: what is broken, who is hit, what is being tried.",
                "Hand out the work. Do not debug yourself; you would lose the overview.",
                "Decide when people disagree. A good decision now beats the best one later.",
                "Keep severity and status true; everybody else relies on them.",
                "Resolve it when it is over, and see to it that the causes are looked into.",
            ],
        ),
        role(
            TECHNICAL_LEAD,
            "Technical lead",
            true,
            "Finds the cause and gets it fixed.",
            [
                "Look for what changed: deploys, configuration, traffic, providers.",
                "Say in the channel what you think, what you try, and what came of it.",
                "Prefer undoing a change to explaining it; understanding can wait.",
                "Ask the commander for the people you need.",
                "Tell the commander when it is fixed, and how you know.",
            ],
        ),
        role(
            COMMUNICATIONS_LIAISON,
            "Communications liaison",
            false,
            "Keeps everybody who is not in the channel up to date.",
            [
                "Send an update when something changes, and when nothing does.",
                "Write for people who were not there: who is hit, what is done, what comes next.",
                "Keep support, sales and management off the commander's back.",
                "Give the time of the next update, and keep it.",
                "Say when it is over, and thank people for their patience.",
            ],
        ),
    ]
}
