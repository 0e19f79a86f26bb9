//! Acting as a person: what somebody can do in Slack with mouse and keyboard.

mod blocks;
mod channels;
mod messages;
mod modal;
mod values;

pub(crate) use blocks::Place;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use chrono::Utc;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Sandbox;
use crate::slack::app::{APP_ID, TEAM_DOMAIN, TEAM_ID};
use crate::slack::args::Args;
use crate::slack::methods;
use crate::slack::model::{ChannelKind, Ephemeral, ResponseUrl, Trigger, View};
use crate::slack::state::State;
use crate::slack::text;
use crate::slack::wire;

/// Something that cannot be done: the button is not there, the person is not in the channel, …
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct WrongAct(pub String);

pub(crate) fn wrong(what: impl fmt::Display) -> WrongAct {
    WrongAct(what.to_string())
}

/// How the app took an act.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Answer {
    /// The trigger that was handed out; what it opens is [`Person::view_of`] it.
    pub trigger_id: String,
    /// How long the ack took; none when none came in time.
    pub acked_after: Option<Duration>,
    /// What the ack said.
    pub payload: Option<Value>,
}

impl Answer {
    /// Whether the app acknowledged in time.
    pub fn is_acked(&self) -> bool {
        self.acked_after.is_some()
    }
}

/// What became of a submitted modal.
#[derive(Debug, Clone, serde::Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "value")]
pub enum Submission {
    /// It closed.
    Closed,
    /// It stays open and shows these, by block id.
    Errors(BTreeMap<String, String>),
    /// It shows something else now, in place of itself or on top.
    Updated(Box<View>),
    /// No ack came in time: it stays open and says that it could not be sent.
    Unanswered,
    /// The ack was not understood: it stays open and says so.
    Misunderstood(String),
}

/// Somebody in the workspace to act as.
#[derive(Clone)]
pub struct Person {
    sandbox: Sandbox,
    id: String,
}

/// Gives what was done, or fails the test that tried to do the impossible.
fn done<T>(result: Result<T, WrongAct>) -> T {
    match result {
        Ok(done) => done,
        Err(wrong) => panic!("{wrong}"),
    }
}

impl State {
    pub(crate) fn new_trigger(&mut self, user: &str, view: Option<&str>) -> String {
        let now = Utc::now();
        // Triggers are dead after seconds; half an hour keeps the answer "expired" for them.
        self.triggers
            .retain(|_, trigger| now - trigger.at < chrono::TimeDelta::minutes(30));
        let id = format!(
            "{}.{}.{}",
            now.timestamp_micros(),
            self.triggers.len(),
            Uuid::new_v4().simple()
        );
        self.triggers.insert(
            id.clone(),
            Trigger {
                user: user.to_owned(),
                at: now,
                used: false,
                view: view.map(ToOwned::to_owned),
            },
        );
        id
    }

    pub(crate) fn new_response_url(&mut self, user: &str, channel: &str, source: Option<(String, bool)>) -> String {
        let now = Utc::now();
        // Slack forgets them after half an hour; a while longer keeps the answer "expired".
        self.response_urls
            .retain(|_, url| now - url.at < chrono::TimeDelta::hours(1));
        let key = Uuid::new_v4().simple().to_string();
        self.response_urls.insert(
            key.clone(),
            ResponseUrl {
                user: user.to_owned(),
                channel: channel.to_owned(),
                at: now,
                uses: 0,
                source,
            },
        );
        key
    }
}

impl Person {
    pub(crate) fn new(sandbox: Sandbox, id: String) -> Self {
        Self { sandbox, id }
    }

    /// The person's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> String {
        self.sandbox
            .look(|state| state.user(&self.id).map(|user| user.name.clone()))
            .unwrap_or_default()
    }

    /// The workspace that the person belongs to.
    fn team(&self) -> String {
        self.sandbox
            .look(|state| state.user(&self.id).map(|user| user.team_id.clone()))
            .unwrap_or_default()
    }

    /// Only people of the workspace have the app's shortcuts, commands and home.
    fn has_app(&self) -> Result<(), WrongAct> {
        if self.team() == TEAM_ID {
            Ok(())
        } else {
            Err(wrong("The app is not installed in this person's workspace."))
        }
    }

    /// The fields that every interaction begins with.
    fn interaction(&self, kind: &str, trigger_id: &str) -> Value {
        let name = self.name();
        let own = self.team();
        // Of a modal Slack names the person's own workspace, of everything else the one that the app is installed in.
        let team = if kind.starts_with("view_") {
            own.as_str()
        } else {
            TEAM_ID
        };
        let domain = if team == TEAM_ID { TEAM_DOMAIN } else { "elsewhere" };
        json!({
            "type": kind, "token": "verification-token", "api_app_id": APP_ID,
            "team": { "id": team, "domain": domain },
            "user": { "id": self.id, "username": name, "name": name, "team_id": own },
            "enterprise": null, "is_enterprise_install": false, "trigger_id": trigger_id,
        })
    }

    /// Sends an interaction and waits for its ack.
    async fn interact(&self, kind: &'static str, trigger_id: String, payload: &Value) -> Answer {
        let ack = self.sandbox.sockets().ask(kind, payload).await;
        Answer {
            trigger_id,
            acked_after: ack.as_ref().map(|ack| ack.after),
            payload: ack.and_then(|ack| ack.payload),
        }
    }

    /// Chooses a global shortcut.
    ///
    /// # Panics
    /// When the person is of another workspace.
    pub async fn shortcut(&self, callback_id: &str) -> Answer {
        done(self.try_shortcut(callback_id).await)
    }

    pub(crate) async fn try_shortcut(&self, callback_id: &str) -> Result<Answer, WrongAct> {
        self.has_app()?;
        let trigger = self.sandbox.change(|state, _| state.new_trigger(&self.id, None));
        let mut payload = self.interaction("shortcut", &trigger);
        payload["callback_id"] = json!(callback_id);
        payload["action_ts"] = json!(self.sandbox.change(|state, _| state.next_ts()));
        Ok(self.interact("interactive", trigger, &payload).await)
    }

    /// Chooses a global shortcut and waits for the modal that it opens.
    ///
    /// # Panics
    /// When none opens.
    pub async fn open(&self, callback_id: &str) -> View {
        let answer = self.shortcut(callback_id).await;
        self.view_of(&answer).await
    }

    /// Sends a slash command, such as `/incident`, from a channel (id or name).
    ///
    /// # Panics
    /// When there is no such channel.
    pub async fn slash(&self, command: &str, text: &str, channel: &str) -> Answer {
        done(self.try_slash(command, text, channel).await)
    }

    pub(crate) async fn try_slash(&self, command: &str, text: &str, channel: &str) -> Result<Answer, WrongAct> {
        self.has_app()?;
        let (id, name) = self
            .sandbox
            .look(|state| {
                let channel = state.channel(channel)?;
                let name = match channel.kind {
                    ChannelKind::Public => channel.name.as_str(),
                    ChannelKind::Private => "privategroup",
                    ChannelKind::Direct => "directmessage",
                };
                Some((channel.id.clone(), name.to_owned()))
            })
            .ok_or_else(|| wrong(format!("there is no channel {channel:?}")))?;
        let (trigger, key) = self.sandbox.change(|state, _| {
            (
                state.new_trigger(&self.id, None),
                state.new_response_url(&self.id, &id, None),
            )
        });
        // The app asks for people and channels as tokens (`should_escape`).
        let typed = self.sandbox.look(|state| text::typed(state, text));
        let payload = json!({
            "token": "verification-token", "team_id": TEAM_ID, "team_domain": TEAM_DOMAIN,
            "channel_id": id, "channel_name": name, "user_id": self.id, "user_name": self.name(),
            "command": command, "text": typed, "api_app_id": APP_ID,
            "is_enterprise_install": "false",
            "response_url": format!("{}/respond/{key}", self.sandbox.url()),
            "trigger_id": trigger,
        });
        let answer = self.interact("slash_commands", trigger, &payload).await;
        if let Some(Value::Object(message)) = &answer.payload {
            let args = Args::new(message.clone());
            let refused = self
                .sandbox
                .change(|state, app| methods::respond(state, app, &key, &args));
            if let Err(refusal) = refused {
                tracing::warn!(code = refusal.code, "the answer in an ack was refused");
            }
        }
        if !answer.is_acked() {
            let text = format!("{command} failed because the app did not respond");
            self.sandbox.change(|state, _| {
                let ts = state.next_ts();
                state.ephemerals.push(Ephemeral {
                    ts,
                    channel: id,
                    user: self.id.clone(),
                    text,
                    blocks: Vec::new(),
                    thread_ts: None,
                });
            });
        }
        Ok(answer)
    }

    /// Puts away something that only this person sees.
    pub(crate) fn dismiss(&self, ts: &str) {
        self.sandbox.change(|state, _| {
            state.ephemerals.retain(|seen| !(seen.ts == ts && seen.user == self.id));
        });
    }

    /// Opens the app's home.
    ///
    /// # Panics
    /// When the person is of another workspace.
    pub fn open_home(&self) {
        done(self.try_open_home());
    }

    pub(crate) fn try_open_home(&self) -> Result<(), WrongAct> {
        self.has_app()?;
        self.sandbox.change(|state, app| {
            let (channel, _) = state.open_direct(&self.id);
            let mut event = json!({
                "type": "app_home_opened", "user": self.id, "channel": channel, "tab": "home",
            });
            if let Some(view) = state.home(&self.id) {
                event["view"] = wire::view(state, view);
            }
            state.emit(app, "app_home_opened", event);
        });
        Ok(())
    }
}
