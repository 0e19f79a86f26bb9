//! A modal that somebody submitted.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use domain::IncidentId;
use incidents::Request;
use slack::blocks::{Block, View, notice};
use slack_morphism::blocks::{SlackBlockPlainText, SlackSectionBlock, SlackStatefulView, SlackViewState};
use slack_morphism::events::SlackInteractionViewSubmissionEvent;

use crate::Gateway;
use crate::answer::{self, Answer};
use crate::pressed::Who;

/// A modal that somebody submitted.
#[derive(Debug)]
pub(crate) struct Submitted {
    pub(crate) user: Who,
    pub(crate) view_id: String,
    /// The modal below it, which is seen when this one closes.
    pub(crate) below: Option<String>,
    pub(crate) callback_id: String,
    /// What the modal is about, as it was given when it was opened.
    pub(crate) about: String,
    state: Option<SlackViewState>,
    view: SlackStatefulView,
}

/// Block that holds the sentence of [`kept_open`].
const NOTICE_BLOCK: &str = "notice";

/// Keeps a modal open with a sentence: at its first field, above all else where it has none.
pub(crate) fn kept_open(view: &SlackStatefulView, sentence: &str) -> Answer {
    let View::Modal(modal) = &view.view else {
        return Answer::done();
    };
    let field = modal.blocks.iter().find_map(|block| match block {
        Block::Input(input) => input.block_id.as_ref(),
        _ => None,
    });
    if let Some(field) = field {
        return Answer::field(&field.0, sentence);
    }
    let mut modal = modal.clone();
    modal.hash = None;
    modal.blocks.retain(|block| {
        !matches!(block, Block::Section(section) if section.block_id.as_ref().is_some_and(|id| id.0 == NOTICE_BLOCK))
    });
    let notice = SlackSectionBlock::new()
        .with_block_id(NOTICE_BLOCK.into())
        .with_text(SlackBlockPlainText::new(format!("⚠️ {sentence}")).into());
    modal.blocks.insert(0, notice.into());
    Answer::update(&View::Modal(modal))
}

impl Submitted {
    /// Reads what Slack sent; `None` for what is no modal.
    pub(crate) fn read(event: SlackInteractionViewSubmissionEvent) -> Option<Self> {
        let View::Modal(modal) = &event.view.view else {
            return None;
        };
        let state_params = &event.view.state_params;
        Some(Self {
            user: Who {
                id: event.user.id.0,
                username: event.user.username,
                name: event.user.name,
            },
            view_id: state_params.id.0.clone(),
            below: state_params.previous_view_id.as_ref().map(|id| id.0.clone()),
            callback_id: modal.callback_id.as_ref().map(|id| id.0.clone()).unwrap_or_default(),
            about: modal.private_metadata.clone().unwrap_or_default(),
            state: state_params.state.clone(),
            view: event.view,
        })
    }

    /// The request that this makes: the same modal submitted again is the same request, whatever its envelope is. Edited
    /// meanwhile it is refused where the first was recorded, so nothing is done twice or answered as if it had been.
    pub(crate) fn request(&self, gateway: &Gateway) -> Request {
        Request {
            // A step that takes another's place in the same modal has its own.
            key: format!("view/{}/{}", self.view_id, self.callback_id),
            actor: self.user.actor(),
            now: gateway.now(),
            channel: None,
            content: Some(format!("{:016x}", self.content())),
            audit: None,
        }
    }

    /// Tells contents apart: what stands in the fields, in whatever order Slack sends them.
    fn content(&self) -> u64 {
        let values = self.state.iter().flat_map(|state| &state.values);
        let fields: BTreeMap<_, BTreeMap<_, _>> = values
            .map(|(block, values)| {
                let values = values.iter().map(|(id, value)| (&id.0, format!("{value:?}")));
                (&block.0, values.collect())
            })
            .collect();
        let mut hasher = DefaultHasher::new();
        fields.hash(&mut hasher);
        hasher.finish()
    }

    /// Keeps it open with a sentence.
    pub(crate) fn kept_open(&self, sentence: &str) -> Answer {
        kept_open(&self.view, sentence)
    }

    /// What it is about was not understood, such as after a new release: nothing is done, and whoever submitted it is told.
    pub(crate) fn unreadable(&self) -> Answer {
        tracing::warn!(
            view = self.callback_id,
            about = self.about,
            "a modal was not understood"
        );
        Answer::update(&notice(
            "This form is out of date, so nothing was done. Close it, and open it again.",
        ))
    }

    /// The text in a field; empty where there is none.
    pub(crate) fn text(&self, id: &str) -> String {
        answer::text_of(self.state.as_ref(), id)
    }

    /// The value of the option chosen in a field.
    pub(crate) fn option(&self, id: &str) -> Option<String> {
        answer::option_of(self.state.as_ref(), id)
    }

    /// The values of the options ticked in a field.
    pub(crate) fn ticked(&self, id: &str) -> Vec<String> {
        let field = answer::field(self.state.as_ref(), id);
        let options = field.and_then(|field| field.selected_options.as_ref());
        options
            .into_iter()
            .flatten()
            .map(|option| option.value.clone())
            .collect()
    }

    /// The day and the time chosen in two fields.
    pub(crate) fn date_and_time(&self, date: &str, time: &str) -> Option<(String, String)> {
        let date = answer::field(self.state.as_ref(), date)?.selected_date.clone()?;
        let time = answer::field(self.state.as_ref(), time)?.selected_time.clone()?;
        Some((date, time))
    }

    /// The person chosen in a field.
    pub(crate) fn person(&self, id: &str) -> Option<String> {
        let field = answer::field(self.state.as_ref(), id)?;
        field.selected_user.as_ref().map(|user| user.0.clone())
    }

    /// The incident chosen in the field that asks for one.
    pub(crate) fn incident(&self) -> Option<IncidentId> {
        self.option(slack::ids::FIELD_INCIDENT)?.parse().ok()
    }

    /// The ids of the fields that begin with this, and who was chosen in each.
    pub(crate) fn people_in(&self, prefix: &str) -> Vec<(String, String)> {
        let fields = self.state.iter().flat_map(|state| state.values.keys());
        let of_prefix = fields.filter(|id| id.0.starts_with(prefix));
        of_prefix
            .filter_map(|id| Some((id.0.strip_prefix(prefix)?.to_owned(), self.person(&id.0)?)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn content(values: &serde_json::Value) -> u64 {
        let event = json!({
            "trigger_id": "t", "team": { "id": "T1", "domain": "acme" }, "user": { "id": "U1" },
            "view": {
                "id": "V1", "type": "modal", "team_id": "T1", "hash": "h", "blocks": [],
                "title": { "type": "plain_text", "text": "Start" }, "state": { "values": values },
            },
        });
        let event = serde_json::from_value(event).unwrap();
        Submitted::read(event).unwrap().content()
    }

    #[test]
    fn an_edited_form_is_told_from_what_it_was() {
        let typed = |text: &str| json!({ "text": { "text": { "type": "plain_text_input", "value": text } } });
        assert_eq!(content(&typed("down")), content(&typed("down")));
        assert_ne!(content(&typed("down")), content(&typed("down, EU only")));
        let chosen = |value: &str| {
            let option = json!({ "text": { "type": "plain_text", "text": value }, "value": value });
            json!({ "severity": { "severity": { "type": "static_select", "selected_option": option } } })
        };
        assert_ne!(content(&chosen("sev1")), content(&chosen("sev2")));
    }
}
