//! What people who are paged read: in PagerDuty, and by direct message in Slack.

use std::fmt::Write;

use domain::paging::Page;
use domain::{Incident, Settings};
use slack::Message;
use slack::blocks::{button_address, paragraphs};
use slack::text::{channel as channel_link, escape};

/// PagerDuty reads this to people on the telephone.
const MAX_TITLE: usize = 250;

/// What people are told first. Of a private incident PagerDuty learns what whoever pages wrote, and no more.
pub(crate) fn title(incident: &Incident, settings: &Settings, page: &Page) -> String {
    let severity = settings.severity_label(&incident.severity);
    let title = match (incident.private, page.message.lines().next()) {
        (false, _) => format!("{severity}: {}", incident.title),
        (true, Some(message)) => format!("{severity}: {message}"),
        (true, None) => format!("{severity}: a private incident needs you"),
    };
    domain::description::cut_at_word(&title, MAX_TITLE)
}

/// What else they are told: why, by whom, and where it happens.
pub(crate) fn details(incident: &Incident, page: &Page, console: Option<&str>) -> String {
    let mut text = String::new();
    if !page.message.is_empty() {
        let _ = writeln!(text, "{}\n", page.message);
    }
    let _ = match page.paged_by.name() {
        "" => writeln!(text, "Paged by incident-bot because of the severity."),
        name => writeln!(text, "Paged by {name}."),
    };
    if let Some(channel) = &incident.channel_id {
        let _ = writeln!(text, "Slack: {}", button_address(channel));
    }
    if let Some(console) = console {
        let _ = writeln!(text, "Console: {console}");
    }
    text.truncate(text.trim_end().len());
    text
}

/// The direct message to somebody who was paged.
pub(crate) fn told(incident: &Incident, settings: &Settings, page: &Page) -> Message {
    let emoji = settings.severity_emoji(&incident.severity);
    let by = match page.paged_by.name() {
        "" => "You were paged".to_owned(),
        name => format!("{} paged you", escape(name)),
    };
    let mut text = format!(
        "📟 {by} ({}) for {emoji} *{}*.",
        escape(&page.team),
        escape(&incident.title)
    );
    if !page.message.is_empty() {
        let _ = write!(text, "\n> {}", escape(&page.message).replace('\n', "\n> "));
    }
    if let Some(channel) = &incident.channel_id {
        let _ = write!(
            text,
            "\nIt happens in {}; you are invited there.",
            channel_link(channel)
        );
    }
    text.push_str("\nAcknowledge it in PagerDuty, so that nobody else is woken.");
    Message {
        text: format!("📟 {by} for “{}”.", escape(&incident.title)),
        blocks: paragraphs(&text),
    }
}

#[cfg(test)]
mod tests {
    use domain::Actor;
    use domain::paging::{PageState, Urgency};

    use super::*;
    use crate::features::testing::{incident, settings};

    fn page() -> Page {
        Page {
            id: incident().id.0,
            incident: incident().id,
            policy_id: "P1".to_owned(),
            team: "Payments".to_owned(),
            person: None,
            urgency: Urgency::High,
            message: "Cards are refused <everywhere>\nPlease look at the gateway".to_owned(),
            paged_by: incident().declared_by,
            paged_at: incident().declared_at,
            state: PageState::Waiting,
            pagerduty_id: None,
            url: None,
            triggered_at: None,
            acknowledged: None,
            late_told: false,
            delay_told: false,
        }
    }

    #[test]
    fn in_pagerduty_and_in_slack() {
        let incident = Incident {
            channel_id: Some("C1".to_owned()),
            ..incident()
        };
        insta::assert_snapshot!(
            "pagerduty",
            format!(
                "{}\n---\n{}",
                title(&incident, &settings(), &page()),
                details(&incident, &page(), Some("https://console.example/incidents/1"))
            )
        );
        insta::assert_json_snapshot!("slack", told(&incident, &settings(), &page()).to_json());
    }

    #[test]
    fn of_a_private_one_only_what_was_written_is_told() {
        let private = Incident {
            private: true,
            ..incident()
        };
        let silent = Page {
            message: String::new(),
            paged_by: Actor::System,
            ..page()
        };
        for page in [page(), silent] {
            let told = format!(
                "{}{}",
                title(&private, &settings(), &page),
                details(&private, &page, None)
            );
            assert!(!told.contains("Payments fail"), "{told}");
        }
    }
}
