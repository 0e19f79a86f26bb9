//! What Slack sends over a socket, and how it is acknowledged.
//!
//! Only the frame is ours: `envelope_id` is what an acknowledgement names, and an envelope whose payload is not
//! understood must be acknowledged all the same, or Slack sends it for ever.

use serde::Deserialize;
use serde_json::{Value, json};
use slack_morphism::events::{SlackCommandEvent, SlackInteractionEvent, SlackPushEventCallback};

use crate::features::directory::News;
use crate::outsiders::Actor;
use crate::pressed::Pressed;

/// The most bytes of a command's word.
const MAX_WORD: usize = 20;

/// One frame from Slack.
#[derive(Debug, Deserialize)]
pub(crate) struct Frame {
    #[serde(rename = "type")]
    kind: String,
    envelope_id: Option<String>,
    #[serde(default)]
    payload: Value,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    retry_attempt: Option<u32>,
    #[serde(default)]
    num_connections: Option<i64>,
}

/// What a frame is to us.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// The socket is usable.
    Hello {
        /// How many connections of this app Slack has, of whichever process.
        connections: Option<i64>,
    },
    /// Slack will close the socket.
    Disconnect {
        /// Why.
        reason: String,
    },
    /// Something that wants to be acknowledged.
    Envelope(Box<Envelope>),
    /// Nothing that we know.
    Unknown,
}

/// Something that wants to be acknowledged.
#[derive(Debug)]
pub(crate) struct Envelope {
    /// Names it in the acknowledgement.
    pub(crate) id: String,
    /// How often Slack has sent it before.
    pub(crate) retry: u32,
    /// What it is about, for the log.
    pub(crate) about: About,
    /// Who acts, where somebody does.
    pub(crate) actor: Option<Actor>,
    /// What happened; the reason when it was not understood.
    pub(crate) payload: Result<Payload, String>,
}

/// What happened.
#[derive(Debug)]
pub(crate) enum Payload {
    /// Somebody pressed or chose something.
    Pressed(Box<Pressed>),
    /// Somebody chose a shortcut, or submitted a modal.
    Interaction(Box<SlackInteractionEvent>),
    /// Something happened in the workspace.
    Event(Box<Event>),
    /// Something changed that is copied, and what else it is to others where that is understood.
    News(Box<News>, Option<Box<Event>>),
    /// Somebody typed the slash command.
    Command(Box<SlackCommandEvent>),
}

/// What an envelope is about, for the log: ids, and nothing that people wrote.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct About {
    /// The id of the button, the modal, the field or the shortcut, the kind of the event, the word behind the slash command.
    pub(crate) command: String,
    /// The first id of ours that it names: mostly of an incident.
    pub(crate) subject: Option<String>,
    /// The channel's id.
    pub(crate) channel: Option<String>,
}

impl About {
    fn read(payload: &Value) -> Self {
        let text = |pointer: &str| payload.pointer(pointer).and_then(Value::as_str);
        let first = |pointers: &[&str]| pointers.iter().find_map(|pointer| text(pointer));
        let command = if let Some(command) = text("/command") {
            let word = text("/text").unwrap_or_default().split_whitespace().next();
            // Longer ones are no words of ours.
            let word = word.filter(|word| word.len() <= MAX_WORD).unwrap_or_default();
            format!("{command} {word}").trim_end().to_owned()
        } else {
            let ids = [
                "/actions/0/action_id",
                "/action_id",
                "/callback_id",
                "/view/callback_id",
                "/event/type",
            ];
            first(&ids).unwrap_or_default().to_owned()
        };
        let about = [
            "/actions/0/value",
            "/actions/0/selected_option/value",
            "/actions/0/block_id",
            "/view/private_metadata",
            "/view/state/values/incident/incident/selected_option/value",
        ];
        let parts = about
            .iter()
            .filter_map(|pointer| text(pointer))
            .flat_map(|text| text.split('/'));
        let is_id = |part: &&str| part.parse::<uuid::Uuid>().is_ok();
        let channel = ["/channel/id", "/channel_id", "/event/channel", "/event/item/channel"];
        Self {
            command,
            subject: parts.into_iter().find(is_id).map(str::to_owned),
            channel: first(&channel).map(str::to_owned),
        }
    }
}

/// An event of Slack's.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) callback: SlackPushEventCallback,
    /// Whether it happened in a channel that is shared with another workspace, where Slack says.
    pub(crate) in_shared_channel: Option<bool>,
}

impl Event {
    fn read(payload: Value) -> serde_json::Result<Box<Self>> {
        let in_shared_channel = payload["is_ext_shared_channel"].as_bool();
        let callback = serde_json::from_value(payload)?;
        Ok(Box::new(Self {
            callback,
            in_shared_channel,
        }))
    }
}

impl Incoming {
    /// Reads a frame.
    pub(crate) fn parse(text: &str) -> Self {
        let Ok(frame) = serde_json::from_str::<Frame>(text) else {
            return Self::Unknown;
        };
        match (frame.kind.as_str(), frame.envelope_id) {
            ("hello", _) => Self::Hello {
                connections: frame.num_connections,
            },
            ("disconnect", _) => Self::Disconnect {
                reason: frame.reason.unwrap_or_default(),
            },
            (kind, Some(id)) => Self::Envelope(Box::new(Envelope {
                id,
                retry: frame.retry_attempt.unwrap_or(0),
                about: About::read(&frame.payload),
                actor: Actor::read(kind, &frame.payload),
                payload: payload(kind, frame.payload),
            })),
            _ => Self::Unknown,
        }
    }
}

fn payload(kind: &str, payload: Value) -> Result<Payload, String> {
    let read = match kind {
        "interactive" if payload["type"] == "block_actions" => {
            serde_json::from_value(payload).map(|pressed| Payload::Pressed(Box::new(pressed)))
        }
        "interactive" => serde_json::from_value(payload).map(|event| Payload::Interaction(Box::new(event))),
        "events_api" => match News::read(&payload) {
            Some(news) => Ok(Payload::News(Box::new(news), Event::read(payload).ok())),
            None => Event::read(payload).map(Payload::Event),
        },
        "slash_commands" => serde_json::from_value(payload).map(|event| Payload::Command(Box::new(event))),
        other => return Err(format!("unknown type {other}")),
    };
    read.map_err(|error| error.to_string())
}

/// The acknowledgement of an envelope, with an answer where it takes one.
pub(crate) fn acknowledgement(envelope_id: &str, answer: Option<Value>) -> String {
    match answer {
        Some(payload) => json!({ "envelope_id": envelope_id, "payload": payload }).to_string(),
        None => json!({ "envelope_id": envelope_id }).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_understood_can_still_be_acknowledged() {
        let frame = r#"{"type":"events_api","envelope_id":"e1","payload":{"what":"is this"},"retry_attempt":2}"#;
        let Incoming::Envelope(envelope) = Incoming::parse(frame) else {
            panic!("no envelope")
        };
        assert_eq!((envelope.id.as_str(), envelope.retry), ("e1", 2));
        assert!(envelope.payload.is_err());
        assert!(matches!(Incoming::parse("garbage"), Incoming::Unknown));
    }

    #[test]
    fn the_log_says_what_an_envelope_is_about() {
        let incident = "0199b0c4-0000-7000-8000-000000000001";
        let about = |command: &str, subject: Option<&str>, channel: Option<&str>| About {
            command: command.to_owned(),
            subject: subject.map(str::to_owned),
            channel: channel.map(str::to_owned),
        };
        let press = json!({
            "type": "block_actions", "channel": { "id": "C1" },
            "actions": [{ "action_id": "panel.more", "selected_option": { "value": format!("rename/{incident}") } }],
        });
        assert_eq!(About::read(&press), about("panel.more", Some(incident), Some("C1")));
        let submitted = json!({
            "type": "view_submission", "view": { "callback_id": "update", "private_metadata": "", "state": { "values": {
                "incident": { "incident": { "selected_option": { "value": incident } } },
            } } },
        });
        assert_eq!(About::read(&submitted), about("update", Some(incident), None));
        let typed = json!({ "command": "/incident", "text": "update Nobody can pay", "channel_id": "C1" });
        assert_eq!(About::read(&typed), about("/incident update", None, Some("C1")));
        let reaction = json!({ "event": { "type": "reaction_added", "item": { "channel": "C1", "ts": "1.2" } } });
        assert_eq!(About::read(&reaction), about("reaction_added", None, Some("C1")));
    }

    #[test]
    fn an_acknowledgement_names_its_envelope() {
        assert_eq!(acknowledgement("e1", None), r#"{"envelope_id":"e1"}"#);
        assert!(acknowledgement("e1", Some(json!({"text": "hi"}))).contains(r#""payload":{"text":"hi"}"#));
    }

    #[test]
    fn a_disconnect_says_why() {
        let incoming = Incoming::parse(r#"{"type":"disconnect","reason":"warning","debug_info":{"host":"x"}}"#);
        assert!(matches!(incoming, Incoming::Disconnect { reason } if reason == "warning"));
    }
}
