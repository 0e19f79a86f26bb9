//! The modal was submitted.

use domain::Actor;
use incidents::{Declaration, DeclareError, Request, declare};
use serde_json::json;
use slack::ids;
use slack_morphism::blocks::{SlackView, SlackViewState, SlackViewStateValue};
use slack_morphism::events::SlackInteractionViewSubmissionEvent;

use crate::Gateway;
use crate::route::Answer;

/// What is said when the database did not answer in time.
const UNCONFIRMED: &str =
    "It could not be confirmed that this was recorded. Please press Start again; it will not be done twice.";

/// Declares what was typed. What is wrong is said in the field; the modal closes when it is recorded.
pub(crate) async fn submit(gateway: &Gateway, event: SlackInteractionViewSubmissionEvent) -> Answer {
    let SlackView::Modal(modal) = &event.view.view else {
        return Answer::done();
    };
    if modal.callback_id.as_ref().is_none_or(|id| id.0 != ids::VIEW_DECLARE) {
        tracing::warn!("no feature knows this modal");
        return Answer::done();
    }
    let fields = event.view.state_params.state.as_ref();
    let declaration = Declaration {
        description: field(fields, ids::FIELD_DESCRIPTION)
            .and_then(|field| field.value.clone())
            .unwrap_or_default(),
        severity: field(fields, ids::FIELD_SEVERITY)
            .and_then(|field| field.selected_option.as_ref())
            .map(|option| option.value.clone()),
        private: field(fields, ids::FIELD_PRIVATE)
            .and_then(|field| field.selected_options.as_ref())
            .is_some_and(|options| options.iter().any(|option| option.value == ids::OPTION_PRIVATE)),
        answer_in: None,
    };
    let user = event.user;
    let request = Request {
        // The same modal submitted again is the same wish, whatever its envelope is.
        key: format!("view/{}", event.view.state_params.id.0),
        actor: Actor::Slack {
            name: user.username.or(user.name).unwrap_or_else(|| user.id.0.clone()),
            user_id: user.id.0,
        },
        now: gateway.now(),
    };
    match tokio::time::timeout(gateway.patience, declare(&gateway.pool, &request, declaration)).await {
        Ok(Ok(_)) => Answer::done(),
        Ok(Err(error @ DeclareError::Description(_))) => refuse(ids::FIELD_DESCRIPTION, &error.to_string()),
        Ok(Err(error @ DeclareError::UnknownSeverity(_))) => refuse(ids::FIELD_SEVERITY, &error.to_string()),
        Ok(Err(error)) => {
            tracing::error!(%error, "an incident could not be recorded");
            refuse(ids::FIELD_DESCRIPTION, UNCONFIRMED)
        }
        Err(_) => {
            tracing::error!("an incident could not be recorded in time");
            refuse(ids::FIELD_DESCRIPTION, UNCONFIRMED)
        }
    }
}

/// Keeps the modal open with a sentence at a field.
fn refuse(field: &str, sentence: &str) -> Answer {
    Answer::Acknowledge(Some(
        json!({ "response_action": "errors", "errors": { field: sentence } }),
    ))
}

/// A field's block and its element carry the same id.
fn field<'a>(state: Option<&'a SlackViewState>, id: &str) -> Option<&'a SlackViewStateValue> {
    state?.values.get(&id.into())?.get(&id.into())
}
