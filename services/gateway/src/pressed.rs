//! What somebody pressed or chose, as Slack sends it.
//!
//! slack-morphism's type leaves out who was chosen in a select of people, so this is our own.

use domain::Actor;
use incidents::Request;
use serde::Deserialize;

use crate::Gateway;

/// Somebody pressed or chose something.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Pressed {
    pub(crate) user: Who,
    pub(crate) trigger_id: String,
    /// Where an answer goes that only they see; not there in modals and homes.
    pub(crate) response_url: Option<url::Url>,
    pub(crate) channel: Option<Place>,
    pub(crate) message: Option<PressedMessage>,
    pub(crate) view: Option<PressedView>,
    #[serde(default)]
    container: Container,
    #[serde(default)]
    pub(crate) actions: Vec<Action>,
}

/// Who acted.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Who {
    pub(crate) id: String,
    pub(crate) username: Option<String>,
    pub(crate) name: Option<String>,
}

impl Who {
    /// As the actor of a command.
    pub(crate) fn actor(&self) -> Actor {
        let name = self.username.as_ref().or(self.name.as_ref()).unwrap_or(&self.id);
        Actor::Slack {
            user_id: self.id.clone(),
            name: name.clone(),
        }
    }
}

/// Where they acted.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Place {
    pub(crate) id: String,
}

/// The message that what they pressed stands in.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct PressedMessage {
    pub(crate) ts: String,
}

/// The modal or home that what they pressed stands in.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct PressedView {
    pub(crate) id: String,
}

/// What it stands in.
#[derive(Clone, Debug, Default, Deserialize)]
struct Container {
    /// Only they see it.
    #[serde(default)]
    is_ephemeral: bool,
}

/// What they pressed or chose.
#[derive(Clone, Debug, Deserialize)]
#[expect(clippy::struct_field_names, reason = "Slack calls it so")]
pub(crate) struct Action {
    pub(crate) action_id: String,
    #[serde(default)]
    pub(crate) block_id: String,
    /// Of a button.
    value: Option<String>,
    selected_option: Option<Chosen>,
    selected_user: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Chosen {
    value: String,
}

impl Pressed {
    /// Whether only they see the message that it stands in.
    pub(crate) fn is_ephemeral(&self) -> bool {
        self.container.is_ephemeral
    }

    /// The request that pressing `action` makes: the trigger is the same when Slack sends it twice.
    pub(crate) fn request(&self, gateway: &Gateway, action: &Action) -> Request {
        Request {
            key: format!("action/{}/{}", self.trigger_id, action.action_id),
            actor: self.user.actor(),
            now: gateway.now(),
            channel: self.channel.as_ref().map(|channel| channel.id.clone()),
            content: None,
            audit: None,
        }
    }
}

impl Action {
    /// What came with it: a button's value, the option or the person that was chosen.
    pub(crate) fn value(&self) -> &str {
        let chosen = self.selected_option.as_ref().map(|option| &option.value);
        let value = self.value.as_ref().or(chosen).or(self.selected_user.as_ref());
        value.map(String::as_str).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_that_was_chosen_is_read() {
        let pressed: Pressed = serde_json::from_str(
            r#"{"type":"block_actions","trigger_id":"t","user":{"id":"U1","username":"alice","name":"alice"},
                "channel":{"id":"C1","name":"inc"},"message":{"ts":"1.2","text":"x"},
                "response_url":"https://hooks.example/1",
                "actions":[{"type":"users_select","action_id":"roles.assign/lead","block_id":"roles/x/1",
                            "selected_user":"U2","action_ts":"1.3"}]}"#,
        )
        .unwrap();
        assert_eq!(pressed.actions[0].value(), "U2");
        assert_eq!(pressed.user.actor().slack_user_id(), Some("U1"));
    }
}
