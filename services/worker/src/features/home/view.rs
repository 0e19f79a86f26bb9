//! The app home.

use domain::{Incident, Settings};
use slack::blocks::{Block, View, button, buttons, context, header, home, primary, section};
use slack::ids;
use slack::text::{channel as channel_link, escape, moment};

/// The app home of somebody who may see the incidents `open`.
pub(crate) fn view(open: &[Incident], settings: &Settings) -> View {
    let mut blocks: Vec<Block> = buttons(vec![primary(button(ids::ACTION_DECLARE, "Start a new incident"))])
        .into_iter()
        .collect();
    blocks.push(header("Open incidents"));
    if open.is_empty() {
        blocks.push(section("Nothing is on fire. 🎉"));
    }
    for incident in open {
        blocks.push(section(line(incident, settings)));
    }
    blocks.push(header("How it works"));
    blocks.push(context(
        "Start an incident with the button, the ⚡ shortcut, `/incident new`, or by mentioning the bot with `new` and \
         what is happening. It gets a channel of its own; everything else happens there.",
    ));
    home(blocks)
}

fn line(incident: &Incident, settings: &Settings) -> String {
    let place = incident
        .channel_id
        .as_deref()
        .map(|id| format!(" · {}", channel_link(id)))
        .unwrap_or_default();
    format!(
        "{} *{}* · {} · {}{place}",
        settings.severity_emoji(&incident.severity),
        escape(&incident.title),
        escape(settings.status_label(&incident.status)),
        moment(incident.declared_at)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::testing::{incident, settings};

    #[test]
    fn with_and_without_incidents() {
        let open = Incident {
            channel_id: Some("C1".to_owned()),
            ..incident()
        };
        insta::assert_json_snapshot!("open", view(&[open, incident()], &settings()));
        insta::assert_json_snapshot!("calm", view(&[], &settings()));
    }
}
