//! What Statuspage says of an incident, and whether it is resolved there too.

use std::fmt::Write;

use domain::statuspage::{Component, OPERATIONAL, Published, label};
use domain::{Actor, Incident, Question, Settled};
use slack::blocks::{Block, button_of, buttons, context, primary, section};
use slack::text::{escape, escape_within, link, moment};
use slack::{Message, ids};
use store::statuspage::{Touched, Update};

/// How many components are named; the page has them all.
const MAX_COMPONENTS: usize = 10;
/// The most characters of what was said last.
const MAX_SAID: usize = 1_500;
/// The most characters of a name.
const MAX_NAME: usize = 300;

/// What is published of an incident, or to be.
pub(super) struct Shown {
    pub(super) published: Published,
    /// In order of time.
    pub(super) updates: Vec<Update>,
    pub(super) touched: Vec<Touched>,
    pub(super) components: Vec<Component>,
}

/// The message as it is now: the offer to publish, what is on its way, or what stands there.
pub(super) fn message(incident: &Incident, shown: Option<&Shown>) -> Message {
    let Some(shown) = shown else {
        return offer(incident);
    };
    if shown.published.statuspage_id.is_none() {
        return on_its_way(incident, shown);
    }
    let published = &shown.published;
    let name = escape_within(&published.name, MAX_NAME);
    let name = published.url.as_deref().map_or(name.clone(), |url| link(url, &name));
    let (sign, state) = if published.removed {
        ("🗑️", "Deleted on Statuspage")
    } else if published.ended_at.is_some() {
        ("✅", label(&published.status))
    } else {
        ("📣", label(&published.status))
    };
    let mut said = format!("{sign} *Statuspage:* {name}\n*{}*", escape(state));
    if published.ended_at.is_none() {
        let _ = write!(said, " · impact {}", escape(&label(&published.impact).to_lowercase()));
    }
    let text = format!("{sign} Statuspage: {} · {}", escape(&published.name), escape(state));
    let mut blocks: Vec<Block> = vec![section(said)];
    let last = shown.updates.iter().rev().find(|update| update.update_id.is_some());
    if let Some(last) = last {
        let quoted = escape_within(&last.body, MAX_SAID).replace('\n', "\n> ");
        blocks.push(section(format!("> {quoted}")));
        let by = match last.actor.name() {
            "" => "on Statuspage".to_owned(),
            name => format!("by {}", escape(name)),
        };
        blocks.push(context(format!(
            "{} {by} {}",
            escape(label(&last.status)),
            moment(last.at)
        )));
    }
    if !shown.touched.is_empty() {
        blocks.push(context(components(shown)));
    }
    for update in shown.updates.iter().filter(|update| update.update_id.is_none()) {
        let state = escape(label(&update.status));
        blocks.push(context(if update.refused {
            format!("⚠️ Statuspage rejected the update “{state}”.")
        } else {
            format!("{} is publishing “{state}”…", who(&update.actor))
        }));
    }
    let id = incident.id;
    if published.ended_at.is_none() {
        blocks.extend(buttons(vec![button_of(ids::ACTION_STATUSPAGE, "Update…", &id)]));
    } else if !incident.is_resolved() {
        let again = button_of(ids::ACTION_STATUSPAGE, "Publish again…", &id);
        blocks.extend(buttons(vec![again]));
    }
    Message { text, blocks }
}

fn offer(incident: &Incident) -> Message {
    if incident.is_resolved() {
        let text = "*Statuspage:* nothing was published about this incident.".to_owned();
        return Message {
            blocks: vec![context(text.clone())],
            text,
        };
    }
    let text = "*Statuspage:* do customers need to know? Nothing is published until you confirm.".to_owned();
    let publish = button_of(ids::ACTION_STATUSPAGE, "Publish on Statuspage…", &incident.id);
    let mut blocks = vec![section(text.clone())];
    blocks.extend(buttons(vec![publish]));
    Message { text, blocks }
}

fn on_its_way(incident: &Incident, shown: &Shown) -> Message {
    let name = escape_within(&shown.published.name, MAX_NAME);
    let first = shown.updates.first();
    if first.is_some_and(|first| first.refused) {
        let text =
            format!("⚠️ *Statuspage:* “{name}” was rejected. The message below says why; correct it, or retry there.");
        let correct = button_of(ids::ACTION_STATUSPAGE, "Correct…", &incident.id);
        let mut blocks = vec![section(text.clone())];
        blocks.extend(buttons(vec![correct]));
        return Message { text, blocks };
    }
    let by = first.map_or_else(|| "Somebody".to_owned(), |first| who(&first.actor));
    let text = format!("*Statuspage:* {by} is publishing “{name}”…");
    Message {
        blocks: vec![section(text.clone())],
        text,
    }
}

fn who(actor: &Actor) -> String {
    match actor.name() {
        "" => "incident-bot".to_owned(),
        name => escape(name),
    }
}

/// The components that it touches, those that do not work first.
fn components(shown: &Shown) -> String {
    let mut touched: Vec<_> = shown.touched.iter().collect();
    touched.sort_by_key(|touched| touched.status == OPERATIONAL);
    let line = |touched: &&Touched| {
        let known = shown.components.iter().find(|known| known.id == touched.component_id);
        let name = known.map_or(touched.component_id.as_str(), |known| &known.name);
        format!(
            "{}: {}",
            escape_within(name, 80),
            escape(&label(&touched.status).to_lowercase())
        )
    };
    let mut lines: Vec<_> = touched.iter().take(MAX_COMPONENTS).map(line).collect();
    if touched.len() > MAX_COMPONENTS {
        lines.push(format!("and {} more", touched.len() - MAX_COMPONENTS));
    }
    lines.join(" · ")
}

/// Whether Statuspage is resolved too.
pub(crate) fn question(incident: &Incident, question: &Question) -> Message {
    let id = incident.id;
    if let Some(settled) = &question.settled {
        let text = match settled {
            Settled::ResolvedThere => "Resolved on Statuspage.".to_owned(),
            Settled::LeftAsIs { by } => format!("{} left Statuspage as it is.", escape(by)),
            Settled::AskedAgain => "Resolve Statuspage too? See the newer message below.".to_owned(),
            _ => "The incident is open again; Statuspage stays as it is.".to_owned(),
        };
        return Message {
            blocks: vec![context(text.clone())],
            text,
        };
    }
    let text = "📣 The incident is resolved, but it's still open on Statuspage. Resolve it there too? Its components \
                go back to operational; you review everything before it's published."
        .to_owned();
    let resolve = button_of(ids::ACTION_STATUSPAGE_RESOLVE, "Resolve on Statuspage…", &id);
    let leave = button_of(ids::ACTION_STATUSPAGE_LEAVE, "Leave as is", &id);
    let mut blocks = vec![section(text.clone())];
    blocks.extend(buttons(vec![primary(resolve), leave]));
    Message { text, blocks }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use domain::Asking;
    use domain::statuspage::RESOLVED;
    use uuid::Uuid;

    use super::*;
    use crate::features::testing::incident;

    fn update(status: &str, update_id: Option<&str>) -> Update {
        Update {
            id: Uuid::nil(),
            published: Uuid::nil(),
            status: status.to_owned(),
            body: "Some cards are <declined>.\nWe are looking into it.".to_owned(),
            components: BTreeMap::new(),
            notify: true,
            actor: incident().declared_by,
            at: incident().declared_at,
            update_id: update_id.map(str::to_owned),
            refused: false,
        }
    }

    fn shown() -> Shown {
        Shown {
            published: Published {
                id: Uuid::nil(),
                incident: incident().id,
                name: "Payments & refunds fail".to_owned(),
                impact: "major".to_owned(),
                status: "identified".to_owned(),
                statuspage_id: Some("p31zjtct2jer".to_owned()),
                url: Some("https://stspg.io/1".to_owned()),
                changed_at: None,
                ended_at: None,
                removed: false,
            },
            updates: vec![update("identified", Some("u1")), update("monitoring", None)],
            touched: vec![
                Touched {
                    component_id: "c2".to_owned(),
                    status: OPERATIONAL.to_owned(),
                    ours: false,
                },
                Touched {
                    component_id: "c1".to_owned(),
                    status: "partial_outage".to_owned(),
                    ours: true,
                },
            ],
            components: vec![Component {
                id: "c1".to_owned(),
                name: "Cards <EU>".to_owned(),
                group: None,
                status: "partial_outage".to_owned(),
                group_position: 1,
                position: 1,
            }],
        }
    }

    #[test]
    fn from_the_offer_to_the_end() {
        insta::assert_json_snapshot!("offered", message(&incident(), None).to_json());
        let mut shown = shown();
        insta::assert_json_snapshot!("published", message(&incident(), Some(&shown)).to_json());
        shown.published.status = RESOLVED.to_owned();
        shown.published.ended_at = Some(incident().declared_at);
        shown.updates = vec![update(RESOLVED, Some("u2"))];
        insta::assert_json_snapshot!("over", message(&incident(), Some(&shown)).to_json());
    }

    #[test]
    fn on_its_way_and_not_taken() {
        let mut shown = shown();
        shown.published.statuspage_id = None;
        shown.updates = vec![update("investigating", None)];
        insta::assert_json_snapshot!("on_its_way", message(&incident(), Some(&shown)).to_json());
        shown.updates[0].refused = true;
        insta::assert_json_snapshot!("not_taken", message(&incident(), Some(&shown)).to_json());
    }

    #[test]
    fn resolved_there_too() {
        let of = |settled| Question {
            id: incident().id.0,
            incident: incident().id,
            asking: Asking::Statuspage,
            asked_at: incident().declared_at,
            posted: None,
            settled,
        };
        insta::assert_json_snapshot!("asked", question(&incident(), &of(None)).to_json());
        let left = of(Some(Settled::LeftAsIs { by: "bob".to_owned() }));
        insta::assert_json_snapshot!("left", question(&incident(), &left).to_json());
    }

    #[test]
    fn the_longest_of_everything_fits() {
        let mut shown = shown();
        shown.published.name = "&".repeat(255);
        shown.published.url = Some(format!("https://stspg.io/{}", "x".repeat(200)));
        shown.updates[0].body = "&\n".repeat(1_500);
        shown.touched = (0..80)
            .map(|number| Touched {
                component_id: format!("{number}{}", "&".repeat(200)),
                status: "degraded_performance".to_owned(),
                ours: true,
            })
            .collect();
        let json = message(&incident(), Some(&shown)).to_json();
        for block in json["blocks"].as_array().unwrap() {
            let texts = [&block["text"]["text"], &block["elements"][0]["text"]];
            for text in texts.into_iter().filter_map(|text| text.as_str()) {
                assert!(text.chars().count() <= 3_000, "{}", text.chars().count());
            }
        }
    }
}
