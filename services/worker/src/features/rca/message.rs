//! The first message in the RCA channel.

use domain::{Incident, Settings, local_time};
use slack::blocks::{button_of, buttons, link_button, primary, section};
use slack::text::{channel as channel_link, escape};
use slack::{Message, ids};

use super::document_message::files;

/// What the channel is for, and where to find what happened.
pub(crate) fn greeting(incident: &Incident, settings: &Settings, console: Option<&str>, confluence: bool) -> Message {
    let title = escape(&incident.title);
    let took = incident
        .resolved_at
        .map(|resolved_at| local_time::duration(resolved_at - incident.declared_at));
    let took = took.map(|took| format!(" Duration: {took}.")).unwrap_or_default();
    let place = incident.channel_id.as_deref().map(channel_link);
    let place = place
        .map(|place| format!(" Incident channel: {place}."))
        .unwrap_or_default();
    let text = format!("Post-incident review of “{title}”");
    let shown = format!(
        "{text}.{took}{place}\nWrite down while you remember: what broke and why, what helped, what would have \
         detected it sooner. Write about the system, not about people."
    );
    let links = [
        ("postmortems", "Postmortems", settings.postmortems_link.as_deref()),
        ("console", "Console", console),
    ];
    let links = links
        .into_iter()
        .filter_map(|(name, label, address)| link_button(name, label, address?));
    let mut blocks = vec![section(shown)];
    let write = button_of(ids::ACTION_RCA_WRITE, "Write RCA document", &incident.id);
    // Of a private incident nothing is written where others could read it.
    let mut all: Vec<_> = (confluence && !incident.private)
        .then(|| primary(write))
        .into_iter()
        .collect();
    all.extend(files(incident));
    all.extend(links);
    blocks.extend(buttons(all));
    Message {
        text: format!("{text}."),
        blocks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::testing::{incident, settings};

    #[test]
    fn the_greeting() {
        let incident = Incident {
            channel_id: Some("C1".to_owned()),
            resolved_at: Some(incident().declared_at + chrono::TimeDelta::minutes(72)),
            ..incident()
        };
        let console = Some("https://console.example/incidents/1");
        insta::assert_json_snapshot!(greeting(&incident, &settings(), console, true).to_json());
    }
}
