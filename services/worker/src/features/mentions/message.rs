//! What somebody reads who mentioned the bot.

use domain::{Incident, Settings};
use jobs::payloads::slack::{Offer, RcaFormat};
use slack::Message;
use slack::blocks::{button, button_of, buttons, primary, section};
use slack::ids;
use slack::text::{channel as channel_link, escape};

/// The incident that they declared.
pub(crate) fn declared(incident: &Incident, settings: &Settings, channel: &str) -> Message {
    let emoji = settings.severity_emoji(&incident.severity);
    let severity = escape(settings.severity_label(&incident.severity));
    let text = format!("{emoji} Declared as {severity}: {}", channel_link(channel));
    Message {
        blocks: vec![section(text.clone())],
        text,
    }
}

/// A button that opens the form.
pub(crate) fn offer() -> Message {
    let text = "What is happening? Write it after `new`, or press the button.".to_owned();
    let mut blocks = vec![section(text.clone())];
    blocks.extend(buttons(vec![primary(button(
        ids::ACTION_DECLARE,
        "Start a new incident",
    ))]));
    Message { text, blocks }
}

/// The incident that was declared from the same message before.
pub(crate) fn existing(incident: &Incident, settings: &Settings, channel: &str) -> Message {
    let emoji = if incident.is_resolved() {
        "✅"
    } else {
        settings.severity_emoji(&incident.severity)
    };
    let status = escape(settings.status_label(&incident.status));
    let text = format!(
        "{emoji} There is already an incident about this: {} · {status}",
        channel_link(channel)
    );
    Message {
        blocks: vec![section(text.clone())],
        text,
    }
}

/// What was answered, and what is offered below.
pub(crate) fn said(text: &str, offers: &[Offer]) -> Message {
    let mut blocks = vec![section(text)];
    let offers = offers.iter().map(|offer| match offer {
        Offer::Declare => primary(button(ids::ACTION_DECLARE, "Start a new incident")),
        Offer::Update(id) => button_of(ids::ACTION_UPDATE, "Send update", id.to_string()),
        Offer::Page(id) => slack::on_call::page_button(*id),
        Offer::Resolve(id) => button_of(ids::ACTION_RESOLVE, "Resolve", id.to_string()),
        Offer::Archive(id) => button_of(ids::ACTION_ARCHIVE, "Archive channel…", id.to_string()),
        Offer::Statuspage(id) => button_of(ids::ACTION_STATUSPAGE, "Statuspage…", id.to_string()),
        Offer::RcaFile(id, RcaFormat::Markdown) => button_of(ids::ACTION_RCA_MARKDOWN, "Markdown file", id.to_string()),
        Offer::RcaFile(id, RcaFormat::Html) => button_of(ids::ACTION_RCA_HTML, "HTML file", id.to_string()),
        Offer::ReplaceHolder {
            incident,
            role,
            holder,
            person,
            label,
        } => slack::roles::replace_button(*incident, role, holder, person, label),
        Offer::RemoveHolder {
            incident,
            role,
            holder,
            label,
        } => slack::roles::remove_button(*incident, role, holder, label),
        Offer::CallOff(job) => button_of(ids::ACTION_CALL_OFF, "Delete", job.to_string()),
    });
    blocks.extend(buttons(offers.collect()));
    Message {
        text: text.to_owned(),
        blocks,
    }
}

/// Why nothing was done.
pub(crate) fn refused(sentence: &str) -> Message {
    let text = format!("No incident was declared. {}", escape(sentence));
    Message {
        blocks: vec![section(text.clone())],
        text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::testing::{incident, settings};

    #[test]
    fn every_answer() {
        insta::assert_json_snapshot!("declared", declared(&incident(), &settings(), "C1").to_json());
        insta::assert_json_snapshot!("offer", offer().to_json());
        insta::assert_json_snapshot!("existing", existing(&incident(), &settings(), "C1").to_json());
        let offers = [
            Offer::Resolve(incident().id),
            Offer::Update(incident().id),
            Offer::Declare,
        ];
        insta::assert_json_snapshot!("said", said("The status is now *Monitoring*.", &offers).to_json());
        insta::assert_json_snapshot!("refused", refused("This is <too> long.").to_json());
    }
}
