//! What holds until a company says otherwise.

use chrono_tz::Tz;

use super::{
    COMMUNICATIONS_LIAISON, INCIDENT_COMMANDER, ResolvePages, Role, Settings, Severity, Status, TECHNICAL_LEAD,
};
use crate::rca;
use crate::statuspage::OnResolve;

impl Default for Settings {
    fn default() -> Self {
        let severity = |key: &str, label: &str, emoji: &str, reminders, description: &str| Severity {
            key: key.to_owned(),
            label: label.to_owned(),
            description: description.to_owned(),
            emoji: emoji.to_owned(),
            reminders,
            invite_groups: Vec::new(),
            page_teams: Vec::new(),
        };
        let status = |key: &str, label: &str, resolved| Status {
            key: key.to_owned(),
            label: label.to_owned(),
            resolved,
        };
        Self {
            time_zone: Tz::UTC,
            severities: vec![
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
            ],
            default_severity: "sev4".to_owned(),
            statuses: vec![
                status("investigating", "Investigating", false),
                status("identified", "Identified", false),
                status("monitoring", "Monitoring", false),
                status("resolved", "Resolved", true),
            ],
            channel_topic: String::new(),
            guide_link: None,
            postmortems_link: None,
            meeting_link: None,
            roles: default_roles(),
            rca_channel: true,
            archive_after_days: None,
            updates_in_thread: true,
            first_update_minutes: 30,
            update_every_minutes: 25,
            reminder_roles: vec![COMMUNICATIONS_LIAISON.to_owned(), INCIDENT_COMMANDER.to_owned()],
            reminder_here: true,
            nudge_after_minutes: 10,
            stale_after_days: 7,
            stale_every_days: 2,
            chatter_messages: 3,
            private_in_digest: true,
            invite_groups: Vec::new(),
            declare_emoji: None,
            pin_emoji: "pushpin".to_owned(),
            providers: Vec::new(),
            statuspage_groups: Vec::new(),
            statuspage_on_resolve: OnResolve::default(),
            resolve_pages: ResolvePages::Ask,
            page_notes: true,
            guests_may_act: false,
            outsiders_may_act: false,
            page_unacknowledged_minutes: 5,
            rca_template: rca::DEFAULT_TEMPLATE.to_owned(),
            unreadable: Vec::new(),
        }
    }
}

fn default_roles() -> Vec<Role> {
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
