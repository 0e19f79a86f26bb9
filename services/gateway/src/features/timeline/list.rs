//! The modal that shows the entries of a timeline, a page at a time.

use std::ops::Range;

use chrono::{DateTime, Utc};
use domain::timeline::TimelineEntry;
use domain::{Actor, Incident, Settings};
use slack::blocks::{
    Accessory, Block, Choice, View, actions, button_of, context, modal, overflow, primary, reading, section,
    section_with,
};
use slack::ids;
use slack::text::{escape, linked, moment, mrkdwn_within_section};
use slack::values::{EntryChange, EntryOf, TimelinePage};

use crate::features::incident::incident_field;

/// The most entries of a page: more than anybody reads at one glance, less than the 100 blocks that Slack takes.
const MAX_ENTRIES: usize = 40;
/// The most bytes of a page's text: also with each of them escaped in JSON below the 250 kB that a view may have.
const MAX_BYTES: usize = 90_000;

/// Which page is shown.
#[derive(Clone, Copy, Debug)]
pub(super) enum Page {
    /// The newest entries.
    Last,
    /// The one with this number, from 0 on, or the last one.
    Number(usize),
    /// The one that holds what happened then.
    At(DateTime<Utc>),
}

/// The modal that asks whose timeline is meant.
pub(super) fn choose() -> View {
    let field = incident_field(None, &Settings::default());
    modal(ids::VIEW_TIMELINE_CHOOSE, "Timeline", "Show", vec![field])
}

/// A page of the timeline as `user` sees it, with what they may change.
pub(super) fn view(
    incident: &Incident,
    settings: &Settings,
    entries: &[TimelineEntry],
    user: &str,
    page: Page,
) -> View {
    let emoji = settings.severity_emoji(&incident.severity);
    let add = primary(button_of(ids::ACTION_TIMELINE_ADD, "Add an entry", &incident.id));
    let mut blocks = vec![section(format!("{emoji} *{}*", escape(&incident.title)))];
    blocks.extend(actions(None, vec![add.into()]));

    let texts: Vec<_> = entries.iter().map(|entry| text(entry, settings)).collect();
    let pages = pages(&texts);
    let last = pages.len().saturating_sub(1);
    let number = match page {
        Page::Last => last,
        Page::Number(number) => number.min(last),
        // Of several that begin by then the last one holds it.
        Page::At(at) => pages
            .iter()
            .rposition(|page| entries.get(page.start).is_some_and(|first| first.at <= at))
            .unwrap_or(0),
    };
    for index in pages.get(number).cloned().unwrap_or_default() {
        if let (Some(entry), Some(text)) = (entries.get(index), texts.get(index)) {
            blocks.push(shown(incident, entry, text, user));
        }
    }
    if pages.len() > 1 {
        let turn = |action, label, number| {
            let incident = incident.id;
            button_of(action, label, &TimelinePage { incident, number }).into()
        };
        let mut turns = Vec::new();
        if number > 0 {
            turns.push(turn(ids::ACTION_TIMELINE_EARLIER, "Earlier", number - 1));
        }
        if number < last {
            turns.push(turn(ids::ACTION_TIMELINE_LATER, "Later", number + 1));
        }
        blocks.push(context(format!("Page {} of {}", number + 1, pages.len())));
        blocks.extend(actions(None, turns));
    }
    reading(ids::VIEW_TIMELINE, &incident.id.to_string(), "Timeline", blocks)
}

/// An entry as mrkdwn that fits a section.
fn text(entry: &TimelineEntry, settings: &Settings) -> String {
    let sentence = entry.happening.sentence(&entry.actor, settings);
    mrkdwn_within_section(format!("{}\n{}", moment(entry.at), linked(&sentence)))
}

/// The entries of each page.
fn pages(texts: &[String]) -> Vec<Range<usize>> {
    let mut pages = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (index, text) in texts.iter().enumerate() {
        if index - start == MAX_ENTRIES || (bytes + text.len() > MAX_BYTES && index > start) {
            pages.push(start..index);
            (start, bytes) = (index, 0);
        }
        bytes += text.len();
    }
    pages.push(start..texts.len());
    pages
}

fn shown(incident: &Incident, entry: &TimelineEntry, text: &str, user: &str) -> Block {
    let reader = Actor::Slack {
        user_id: user.to_owned(),
        name: String::new(),
    };
    if !entry.may_be_changed_by(&reader, incident) {
        return section(text);
    }
    let change = EntryOf {
        incident: incident.id,
        entry: entry.id,
    };
    let value = |change: EntryChange| ids::TIMELINE_ENTRY_PREFIX.encode(&change);
    let choices = [
        Choice::new(value(EntryChange::Edit(change)), "Edit"),
        Choice::new(value(EntryChange::Delete(change)), "Delete …"),
    ];
    let action = ids::TIMELINE_ENTRY_PREFIX.with(entry.id);
    section_with(text, overflow::<Accessory>(&action, &choices))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use domain::timeline::Happening;

    use super::*;
    use crate::features::testing::incident;

    fn entry(number: u8, user: &str, happening: Happening) -> TimelineEntry {
        TimelineEntry {
            id: uuid::Uuid::from_u128(u128::from(number)),
            at: incident().declared_at + TimeDelta::minutes(i64::from(number)),
            actor: Actor::Slack {
                user_id: user.to_owned(),
                name: format!("name of {user}"),
            },
            happening,
        }
    }

    fn noted(number: u8, user: &str, text: &str) -> TimelineEntry {
        let text = text.to_owned();
        entry(number, user, Happening::Noted { text })
    }

    #[test]
    fn whoever_has_a_role_can_change_what_others_wrote() {
        let declared = Happening::Declared {
            severity: "sev2".to_owned(),
        };
        let entries = [
            entry(0, "U2", declared),
            noted(3, "U2", "Rolled back"),
            noted(4, "U3", "Fine"),
        ];
        let changeable = |incident: &Incident| {
            let view = view(incident, &Settings::default(), &entries, "U1", Page::Last);
            serde_json::to_string(&view).unwrap().matches("\"overflow\"").count()
        };
        let mut led = incident();
        assert_eq!(changeable(&led), 0);
        led.roles.push(domain::RoleHolder {
            role: "incident_commander".to_owned(),
            user_id: "U1".to_owned(),
            name: "alice".to_owned(),
            active: true,
        });
        assert_eq!(changeable(&led), 2);
    }

    fn draw(entries: &[TimelineEntry], page: Page) -> serde_json::Value {
        serde_json::to_value(view(&incident(), &Settings::default(), entries, "U1", page)).unwrap()
    }

    #[test]
    fn own_entries_can_be_changed() {
        let declared = Happening::Declared {
            severity: "sev2".to_owned(),
        };
        let entries = [
            entry(0, "U1", declared),
            noted(3, "U1", "Rolled back <b>"),
            noted(4, "U2", "Looks fine"),
        ];
        insta::assert_json_snapshot!("entries", draw(&entries, Page::Last));
        insta::assert_json_snapshot!("to_choose", choose());
    }

    #[test]
    fn a_long_one_is_paged_below_the_limits() {
        let quotes: Vec<_> = (0..120)
            .map(|number| noted(number, "U1", &"\"".repeat(2_000)))
            .collect();
        let first = draw(&quotes, Page::Number(0));
        assert!(first.to_string().len() < 250_000, "{}", first.to_string().len());
        let entries: Vec<_> = (0..120)
            .map(|number| noted(number, "U1", &"🔥&".repeat(1_000)))
            .collect();
        let first = draw(&entries, Page::Number(0));
        assert!(first.to_string().len() < 250_000, "{}", first.to_string().len());
        let short: Vec<_> = (0..120).map(|number| noted(number, "U1", "fine")).collect();
        for page in [Page::Number(0), Page::Number(1), Page::Number(9), Page::Last] {
            let blocks = draw(&short, page)["blocks"].as_array().unwrap().len();
            assert!(blocks <= 100, "{blocks}");
        }
        let middle = draw(&short, Page::At(short[60].at)).to_string();
        assert!(middle.contains("Page 2 of 3") && middle.contains("Earlier") && middle.contains("Later"));
        assert!(middle.contains(&short[60].id.to_string()));
    }
}
