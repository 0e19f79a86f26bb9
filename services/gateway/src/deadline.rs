//! When an envelope is answered at the latest, and what the answer is when that time has come.
//!
//! Slack waits 3 s for an acknowledgement. The deadline is made once, when the envelope arrives, and holds for everything
//! that is done about it, however many steps that takes and whatever the database does.

use std::time::Duration;

use slack::ids;
use slack_morphism::events::SlackInteractionEvent;
use tokio::time::Instant;
use url::Url;

use crate::Gateway;
use crate::answer::{Answer, NOT_LOADED, UNCONFIRMED, UNCONFIRMED_PRESS, not_searched};
use crate::envelope::Payload;
use crate::features::commands;
use crate::forms::{Form, Opener};
use crate::pressed::{Action, Pressed};
use crate::routes::{form_of_action, form_of_shortcut, only_shows};
use crate::submitted::kept_open;

/// When an envelope is answered at the latest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    received: Instant,
    within: Duration,
}

impl Deadline {
    /// Of what is received now.
    pub(crate) fn new(within: Duration) -> Self {
        Self {
            received: Instant::now(),
            within,
        }
    }

    /// When the envelope arrived.
    pub(crate) fn received(&self) -> Instant {
        self.received
    }

    /// When it is answered at the latest.
    pub(crate) fn answer(&self) -> Instant {
        self.received + self.within
    }

    /// When what a form shows has to be there: its trigger must still live afterwards.
    pub(crate) fn form(&self) -> Instant {
        self.received + self.within / 2
    }
}

/// What is answered when the deadline has passed and it is not known what was recorded.
#[derive(Debug)]
pub(crate) enum Late {
    /// Slack sends it again.
    SendAgain,
    /// Whoever pressed is told.
    Told {
        user: String,
        response_url: Option<Url>,
        sentence: &'static str,
    },
    /// Whoever wanted a form and nothing else is told in its place.
    Form(Box<(Opener, Form)>),
    /// This is the acknowledgement.
    Answered(Answer),
}

impl Late {
    /// What it is for this payload.
    pub(crate) fn of(payload: &Payload) -> Self {
        if let Some(asked) = form_of(payload) {
            return Self::Form(Box::new(asked));
        }
        match payload {
            Payload::Event(_) | Payload::News(..) => Self::SendAgain,
            // The client has opened the link already.
            Payload::Pressed(pressed) if is_all(pressed, is_link) => Self::Answered(Answer::done()),
            Payload::Pressed(pressed) => Self::Told {
                user: pressed.user.id.clone(),
                response_url: pressed.response_url.clone(),
                sentence: if is_all(pressed, only_shows) {
                    NOT_LOADED
                } else {
                    UNCONFIRMED_PRESS
                },
            },
            Payload::Command(command) => Self::Answered(unconfirmed_command(command.text.as_deref())),
            Payload::Interaction(event) => Self::Answered(match &**event {
                SlackInteractionEvent::ViewSubmission(submission) => kept_open(&submission.view, UNCONFIRMED),
                SlackInteractionEvent::BlockSuggestion(_) => not_searched(),
                _ => Answer::done(),
            }),
        }
    }

    /// The form that was asked for, where nothing else was.
    pub(crate) fn form(&self) -> Option<&Form> {
        match self {
            Self::Form(asked) => Some(&asked.1),
            _ => None,
        }
    }

    /// Gives the acknowledgement, and tells whoever cannot be told by it.
    pub(crate) fn answer(self, gateway: &Gateway) -> Answer {
        match self {
            Self::SendAgain => Answer::SendAgain,
            Self::Answered(answer) => answer,
            Self::Told {
                user,
                response_url,
                sentence,
            } => {
                gateway.tell_at(response_url, &user, sentence.to_owned());
                Answer::done()
            }
            Self::Form(asked) => {
                gateway.open_unloaded(asked.0, asked.1);
                Answer::done()
            }
        }
    }
}

/// The form that somebody asked for, where they asked for one and nothing else.
fn form_of(payload: &Payload) -> Option<(Opener, Form)> {
    match payload {
        Payload::Pressed(pressed) => pressed
            .actions
            .iter()
            .find_map(|action| form_of_action(pressed, action)),
        Payload::Interaction(event) => match &**event {
            SlackInteractionEvent::Shortcut(shortcut) => {
                let form = form_of_shortcut(&shortcut.callback_id.0)?;
                Some((Opener::of_shortcut(shortcut), form))
            }
            _ => None,
        },
        Payload::Command(command) => {
            let form = commands::form_of(command.text.as_deref().unwrap_or_default())?;
            Some((Opener::of_command(command), form))
        }
        Payload::Event(_) | Payload::News(..) => None,
    }
}

fn is_all(pressed: &Pressed, is_it: impl Fn(&Action) -> bool) -> bool {
    pressed.actions.iter().all(is_it)
}

fn is_link(action: &Action) -> bool {
    action.action_id.starts_with(ids::LINK_PREFIX.as_str())
}

/// The answer to a slash command of which it is not known whether it was carried out. Slack's field is empty by now, so
/// what was typed is given back.
pub(crate) fn unconfirmed_command(typed: Option<&str>) -> Answer {
    let sentence = "We couldn't confirm your change. Check whether it was made, then try again.";
    let typed = typed.unwrap_or_default().trim();
    if typed.is_empty() {
        return Answer::say(sentence);
    }
    Answer::say(&format!("{sentence}\nYou typed: {} {typed}", slack::ids::COMMAND))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::envelope::Incoming;

    fn late(kind: &str, payload: &serde_json::Value) -> Late {
        let frame = json!({ "type": kind, "envelope_id": "e1", "payload": payload });
        let Incoming::Envelope(envelope) = Incoming::parse(&frame.to_string()) else {
            panic!("no envelope");
        };
        Late::of(&envelope.payload.unwrap())
    }

    fn acknowledged(late: Late) -> serde_json::Value {
        match late {
            Late::Answered(Answer::Acknowledge(Some(payload))) => payload,
            other => panic!("{other:?}"),
        }
    }

    fn modal(blocks: &serde_json::Value, values: &serde_json::Value) -> serde_json::Value {
        json!({
            "type": "view_submission", "trigger_id": "t",
            "team": { "id": "T1", "domain": "acme" }, "user": { "id": "U1", "username": "al", "name": "al" },
            "view": {
                "id": "V1", "type": "modal", "callback_id": "archive", "private_metadata": "about",
                "team_id": "T1", "app_id": "A1", "bot_id": "B1", "hash": "h", "root_view_id": "V1", "previous_view_id": null,
                "app_installed_team_id": "T1", "external_id": "", "clear_on_close": false, "notify_on_close": false,
                "title": { "type": "plain_text", "text": "Archive" }, "submit": { "type": "plain_text", "text": "Archive" },
                "blocks": blocks, "state": { "values": values },
            },
        })
    }

    #[test]
    fn an_event_comes_again_and_a_press_is_told() {
        let event = json!({
            "type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event_id": "Ev1", "event_time": 1,
            "event": { "type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "home", "event_ts": "1.0" },
        });
        assert!(matches!(late("events_api", &event), Late::SendAgain));
        let press = json!({
            "type": "block_actions", "trigger_id": "t", "user": { "id": "U1" },
            "response_url": "https://hooks.example/1", "actions": [{ "action_id": "x" }],
        });
        assert!(matches!(
            late("interactive", &press),
            Late::Told {
                response_url: Some(_),
                sentence: UNCONFIRMED_PRESS,
                ..
            }
        ));
        let pressed = |action: &str| {
            let press = json!({
                "type": "block_actions", "trigger_id": "t", "user": { "id": "U1" }, "actions": [{ "action_id": action }],
            });
            late("interactive", &press)
        };
        let turned = pressed(ids::ACTION_LIST_OLDER.as_str());
        assert!(
            matches!(
                turned,
                Late::Told {
                    sentence: NOT_LOADED,
                    ..
                }
            ),
            "{turned:?}"
        );
        let followed = pressed(&ids::LINK_PREFIX.with("guide"));
        assert!(
            matches!(followed, Late::Answered(Answer::Acknowledge(None))),
            "{followed:?}"
        );
    }

    #[test]
    fn a_modal_stays_open_with_the_sentence() {
        let field = json!([{
            "type": "input", "block_id": "text", "label": { "type": "plain_text", "text": "Text" },
            "element": { "type": "plain_text_input", "action_id": "text" },
        }]);
        let with_field = late("interactive", &modal(&field, &json!({})));
        assert_eq!(
            acknowledged(with_field),
            json!({ "response_action": "errors", "errors": { "text": UNCONFIRMED } })
        );
        let section = json!([{ "type": "section", "text": { "type": "mrkdwn", "text": "Sure?" } }]);
        let without = acknowledged(late("interactive", &modal(&section, &json!({}))));
        insta::assert_json_snapshot!("without_a_field", without);
        // Once more: the sentence stands there once.
        let again = late("interactive", &modal(&without["view"]["blocks"], &json!({})));
        assert_eq!(acknowledged(again)["view"]["blocks"], without["view"]["blocks"]);
    }

    #[test]
    fn a_slash_command_gives_back_what_was_typed() {
        let command = json!({
            "team_id": "T1", "channel_id": "C1", "user_id": "U1", "command": "/incident", "text": "update Rolling back",
            "response_url": "https://hooks.example/1", "trigger_id": "t",
        });
        let answer = acknowledged(late("slash_commands", &command));
        assert!(
            answer["text"]
                .as_str()
                .unwrap()
                .ends_with("You typed: /incident update Rolling back"),
            "{answer}"
        );
    }
}
