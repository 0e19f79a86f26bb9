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
