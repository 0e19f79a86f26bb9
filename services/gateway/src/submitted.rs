//! A modal that somebody submitted.

use domain::IncidentId;
use incidents::Request;
use slack_morphism::blocks::{SlackView, SlackViewState};
use slack_morphism::events::SlackInteractionViewSubmissionEvent;

use crate::Gateway;
use crate::answer;
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
}

impl Submitted {
    /// Reads what Slack sent; `None` for what is no modal.
    pub(crate) fn read(event: SlackInteractionViewSubmissionEvent) -> Option<Self> {
        let SlackView::Modal(modal) = event.view.view else {
            return None;
        };
        Some(Self {
            user: Who {
                id: event.user.id.0,
                username: event.user.username,
                name: event.user.name,
            },
            view_id: event.view.state_params.id.0,
            below: event.view.state_params.previous_view_id.map(|id| id.0),
            callback_id: modal.callback_id.map(|id| id.0).unwrap_or_default(),
            about: modal.private_metadata.unwrap_or_default(),
            state: event.view.state_params.state,
        })
    }

    /// The request that this makes: the same modal submitted again is the same wish, whatever its envelope is.
    pub(crate) fn request(&self, gateway: &Gateway) -> Request {
        Request {
            key: format!("view/{}", self.view_id),
            actor: self.user.actor(),
            now: gateway.now(),
            channel: None,
        }
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
