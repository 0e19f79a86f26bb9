//! What people who are paged read: in PagerDuty, and by direct message in Slack.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use domain::paging::{NotSent, Page, PageState, listed};
use domain::timeline::Happening;
use domain::{Incident, Settings};
use slack::Message;
use slack::blocks::{Button, button_address, button_of, buttons, context, paragraphs, section};
use slack::ids;
use slack::text::{channel as channel_link, escape};
use slack::values::{EntryOf, PageOf};

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
        let _ = write!(text, "\nJoin {}; you are invited.", channel_link(channel));
    }
    text.push_str("\nAcknowledge it in PagerDuty so that nobody else is paged.");
    Message {
        text: format!("📟 {by} for “{}”.", escape(&incident.title)),
        blocks: paragraphs(&text),
    }
}

/// What the message of a page shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown<'a> {
    pub(super) page: &'a Page,
    pub(super) incident: &'a Incident,
    pub(super) settings: &'a Settings,
    /// Who can be called without PagerDuty, as Slack shows them.
    pub(super) contacts: &'a [String],
    /// Another page calls the same people, or did so later.
    pub(super) is_superseded: bool,
    /// To whoever paged, instead of in the channel.
    pub(super) directly: bool,
    pub(super) now: DateTime<Utc>,
}

/// What became of a page, as the channel or whoever paged reads it.
pub(super) fn shown(shown: &Shown<'_>) -> Message {
    let mut message = became(shown);
    if shown.directly {
        let title = escape(&shown.incident.title);
        message
            .blocks
            .push(context(format!("This is about your incident “{title}”.")));
    }
    message
}

fn became(shown: &Shown<'_>) -> Message {
    let Shown { page, contacts, .. } = shown;
    let whom = escape(&page.whom());
    let call_them = match contacts {
        [] => "Call them yourself if it can't wait.".to_owned(),
        contacts => format!("Call them yourself: {}", listed(contacts)),
    };
    match page.state {
        PageState::Waiting if page.is_overdue(shown.now) => {
            let text = format!("⚠️ {whom}: PagerDuty hasn't accepted the page yet. Still trying.\n{call_them}");
            message_of(text, Vec::new())
        }
        PageState::Waiting => quiet(match page.paged_by.name() {
            "" => format!("📟 Paging {whom}{}…", because(shown)),
            name => format!("📟 {} is paging {whom}…", escape(name)),
        }),
        PageState::Failed if shown.is_superseded => {
            let sentence = page.failure.as_ref().map_or("", |failure| failure.sentence.as_str());
            quiet(format!("⚠️ {} There is a newer page to {whom}.", escape(sentence)))
        }
        PageState::Failed => {
            let failure = page.failure.as_ref();
            let sentence = failure.map_or("", |failure| failure.sentence.as_str());
            let text = format!("⚠️ {}\n{call_them}", escape(sentence));
            let retry = failure.map(|failure| {
                let (incident, entry) = (page.incident, failure.problem);
                button_of(ids::ACTION_RETRY, "Retry", &EntryOf { incident, entry })
            });
            message_of(text, retry.into_iter().collect())
        }
        PageState::Withdrawn => {
            let because = page.not_sent.unwrap_or(NotSent::Resolved);
            let text = because.sentence(&whom);
            let label = match because {
                NotSent::Again => "Page again",
                NotSent::Lowered | NotSent::Resolved => "Page anyway",
            };
            // Nobody is paged for an incident that is over; reopening it pages them, or says this anew.
            if shown.is_superseded || shown.incident.is_resolved() {
                return quiet(text);
            }
            let value = PageOf {
                incident: page.incident,
                page: page.id,
            };
            message_of(text, vec![button_of(ids::ACTION_PAGE_ANYWAY, label, &value)])
        }
        PageState::Triggered | PageState::Acknowledged | PageState::Resolved => quiet(escape(&paged(shown))),
    }
}

/// That PagerDuty has the page, in the words of the timeline.
fn paged(shown: &Shown<'_>) -> String {
    let page = shown.page;
    let severity = page.severity.as_ref();
    let paged = Happening::Paged {
        team: page.team.clone(),
        person: page.person.as_ref().map(|person| person.name.clone()),
        urgency: page.urgency,
        called: page.called.clone(),
        severity: severity.map(|severity| shown.settings.severity_label(severity).to_owned()),
        url: None,
    };
    paged.sentence(&page.paged_by, shown.settings)
}

/// Which severity an automatic page follows from.
fn because(shown: &Shown<'_>) -> String {
    let label = |severity: &String| format!(" because of {}", escape(shown.settings.severity_label(severity)));
    shown.page.severity.as_ref().map(label).unwrap_or_default()
}

fn quiet(text: String) -> Message {
    Message {
        blocks: vec![context(text.clone())],
        text,
    }
}

fn message_of(text: String, actions: Vec<Button>) -> Message {
    let mut blocks = vec![section(text.clone())];
    if !actions.is_empty() {
        blocks.extend(buttons(actions));
    }
    Message { blocks, text }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use domain::Actor;
    use domain::paging::{PageFailure, Urgency};

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
            severity: None,
            waiting_since: incident().declared_at,
            called: Vec::new(),
            failure: None,
            not_sent: None,
            resolved_at: None,
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
    fn what_became_of_it() {
        let incident = Incident {
            channel_id: Some("C1".to_owned()),
            ..incident()
        };
        let settings = settings();
        let over = Incident {
            resolved_at: Some(incident.declared_at),
            ..incident.clone()
        };
        let read_as = |incident: &Incident, is_superseded, directly, page: &Page, seconds: i64| {
            let message = shown(&Shown {
                page,
                incident,
                settings: &settings,
                contacts: &["<@U2>".to_owned()],
                is_superseded,
                directly,
                now: page.waiting_since + TimeDelta::seconds(seconds),
            });
            message.to_json()
        };
        let read_where = |directly: bool, page: &Page, seconds| read_as(&incident, false, directly, page, seconds);
        let read = |page: &Page, seconds| read_where(false, page, seconds);
        let automatic = Page {
            paged_by: Actor::System,
            severity: Some("sev1".to_owned()),
            ..page()
        };
        insta::assert_json_snapshot!("waiting", [read(&page(), 0), read(&automatic, 7)]);
        insta::assert_json_snapshot!("overdue", read(&page(), 8));
        let failed = Page {
            state: PageState::Failed,
            failure: Some(PageFailure {
                sentence: "Payments was not paged. PagerDuty rejected the request: Service not found <1>.".to_owned(),
                problem: incident.id.0,
            }),
            ..page()
        };
        insta::assert_json_snapshot!("failed", read(&failed, 8));
        let reached = Page {
            state: PageState::Triggered,
            called: vec!["erin".to_owned()],
            ..automatic.clone()
        };
        insta::assert_json_snapshot!("triggered", read(&reached, 60));
        insta::assert_json_snapshot!(
            "directly",
            [read_where(true, &page(), 8), read_where(true, &reached, 60)]
        );
        let not_sent = |because| Page {
            state: PageState::Withdrawn,
            not_sent: Some(because),
            ..automatic.clone()
        };
        let withdrawn = [NotSent::Again, NotSent::Lowered, NotSent::Resolved].map(|why| read(&not_sent(why), 0));
        insta::assert_json_snapshot!("not_sent", withdrawn);
        // A button that would call the same people twice, or for an incident that is over, goes.
        let superseded = [failed, not_sent(NotSent::Again)].map(|page| read_as(&incident, true, false, &page, 0));
        let of_resolved =
            [NotSent::Again, NotSent::Resolved].map(|why| read_as(&over, false, false, &not_sent(why), 0));
        insta::assert_json_snapshot!("without_button", [superseded, of_resolved]);
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
