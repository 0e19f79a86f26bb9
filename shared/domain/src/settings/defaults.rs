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
            "Most customers are affected, or data is at risk.",
        ),
        severity(
            "sev2",
            "SEV2",
            "🟧",
            true,
            "Many customers are affected, or an important feature does not work.",
        ),
        severity(
            "sev3",
            "SEV3",
            "🟨",
            false,
            "Some customers are affected, and there is a workaround.",
        ),
        severity(
            "sev4",
            "SEV4",
            "🟦",
            false,
            "Little or no customer impact, but worth investigating.",
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
            "Leads the response: decides what is done next and who does it.",
            [
                "Keep the overview: what is broken, who is affected, what is being tried.",
                "Delegate the work. Don't debug yourself; you'd lose the overview.",
                "Decide when people disagree. A good decision now beats a perfect one later.",
                "Keep severity and status up to date; everybody relies on them.",
                "Resolve the incident when it is over, and make sure that it is reviewed.",
            ],
        ),
        role(
            TECHNICAL_LEAD,
            "Technical lead",
            true,
            "Finds the cause and gets it fixed.",
            [
                "Look for what changed: deploys, configuration, traffic, providers.",
                "Post in the channel what you suspect, what you try, and the result.",
                "Prefer a rollback to an explanation; understanding can wait.",
                "Ask the commander for the people you need.",
                "Tell the commander when it is fixed, and how you know.",
            ],
        ),
        role(
            COMMUNICATIONS_LIAISON,
            "Communications liaison",
            false,
            "Keeps everybody outside the channel up to date.",
            [
                "Send an update when something changes, and when nothing does.",
                "Write for people who weren't there: who is affected, what is being done, what comes next.",
                "Answer support, sales and management, so that the commander doesn't have to.",
                "Announce the time of the next update, and keep it.",
                "Announce when it is over, and thank people for their patience.",
            ],
        ),
    ]
}
