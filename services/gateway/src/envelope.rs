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
