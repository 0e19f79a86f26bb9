//! Buttons and selects: finding one, pressing it, telling the app.

use serde_json::{Value, json};

use super::values::{chosen, set_value};
use super::{Answer, Person, WrongAct, done, wrong};
use crate::slack::model::{Channel, View};
use crate::slack::state::State;
use crate::slack::wire;

/// Where an element stands.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// In a message, or in what only this person sees: channel and ts.
    Message(String, String),
    /// In a modal or home: the view's id.
    View(String),
}

/// An element and the block that it stands in.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) block_id: String,
    pub(crate) element: Value,
}

/// Says whether an element (block, block id, element) is the one meant.
type Test<'a> = &'a dyn Fn(&Value, &str, &Value) -> bool;

/// Finds an element by `action_id`, `block_id/action_id`, its own text, or the label of its block.
pub(crate) fn find(blocks: &[Value], which: &str) -> Result<Found, WrongAct> {
    let mut all = Vec::new();
    for block in blocks {
        let block_id = block["block_id"].as_str().unwrap_or_default();
        let parts = block["elements"]
            .as_array()
            .into_iter()
            .flatten()
            .chain([&block["accessory"], &block["element"]]);
        for element in parts.filter(|element| element["action_id"].is_string()) {
            all.push((block, block_id, element));
        }
    }
    let tests: [Test<'_>; 5] = [
        &|_, _, element| element["action_id"] == which,
        // Both ids may have slashes of their own.
        &|_, block_id, element| {
            let action_id = element["action_id"].as_str().unwrap_or_default();
            which == format!("{block_id}/{action_id}")
        },
        &|block, _, _| block["label"]["text"] == which,
        &|_, _, element| element["text"]["text"] == which,
        &|_, block_id, _| block_id == which,
    ];
    for test in tests {
        let found: Vec<_> = all
            .iter()
            .filter(|(block, block_id, element)| test(block, block_id, element))
            .collect();
        match found.as_slice() {
            [] => {}
            [(_, block_id, element)] => {
                return Ok(Found {
                    block_id: (*block_id).to_owned(),
                    element: (*element).clone(),
                });
            }
            _ => return Err(wrong(format!("there are several {which:?}"))),
        }
    }
    let there: Vec<String> = all
        .iter()
        .map(|(block, block_id, element)| {
            let words = element["text"]["text"]
                .as_str()
                .or_else(|| block["label"]["text"].as_str())
                .unwrap_or_default();
            format!("{block_id}/{} {words:?}", element["action_id"].as_str().unwrap_or(""))
        })
        .collect();
    Err(wrong(format!(
        "This button or field no longer exists.\nThere is no {which:?} among {}",
        there.join(", ")
    )))
}

impl Person {
    /// Presses a button of a message: its `action_id`, `block_id/action_id`, or its text.
    ///
    /// # Panics
    /// When it is not there.
    pub async fn click(&self, channel: &str, ts: &str, which: &str) -> Answer {
        let place = Place::Message(channel.to_owned(), ts.to_owned());
        done(self.try_act(&place, which, Value::Null).await)
    }

    /// Chooses in a select of a message. The value is an option's text or value, somebody's or a
    /// channel's name or id, a date, …; an array for those that take several.
    ///
    /// # Panics
    /// When it is not there.
    pub async fn select(&self, channel: &str, ts: &str, which: &str, value: impl Into<Value>) -> Answer {
        let place = Place::Message(channel.to_owned(), ts.to_owned());
        done(self.try_act(&place, which, value.into()).await)
    }

    /// Presses a button of the app's home.
    ///
    /// # Panics
    /// When it is not there.
    pub async fn click_home(&self, which: &str) -> Answer {
        self.select_home(which, Value::Null).await
    }

    /// Chooses in a select of the app's home.
    ///
    /// # Panics
    /// When it is not there.
    pub async fn select_home(&self, which: &str, value: impl Into<Value>) -> Answer {
        let home = self
            .sandbox
            .home(&self.id)
            .ok_or_else(|| wrong("nothing was published to the home yet"));
        let place = Place::View(done(home).id);
        done(self.try_act(&place, which, value.into()).await)
    }

    /// Presses a button of a modal.
    ///
    /// # Panics
    /// When it is not there.
    pub async fn click_view(&self, view: &View, which: &str) -> Answer {
        self.select_view(view, which, Value::Null).await
    }

    /// Chooses in a modal, in an element that tells the app at once.
    ///
    /// # Panics
    /// When it is not there.
    pub async fn select_view(&self, view: &View, which: &str, value: impl Into<Value>) -> Answer {
        let place = Place::View(view.id.clone());
        done(self.try_act(&place, which, value.into()).await)
    }

    fn blocks_at(&self, place: &Place) -> Result<Vec<Value>, WrongAct> {
        self.sandbox.look(|state| match place {
            Place::View(id) => state
                .view(id)
                .filter(|view| view.open && view.user == self.id)
                .map(|view| view.blocks().to_vec())
                .ok_or_else(|| wrong(format!("This form is no longer open.\n{} {id}", self.id))),
            Place::Message(channel, ts) => message_blocks(state, &self.id, channel, ts).ok_or_else(|| {
                wrong(format!(
                    "This message is gone, or belongs to another app.\n{} {ts} in {channel}",
                    self.id
                ))
            }),
        })
    }

    pub(crate) async fn try_act(&self, place: &Place, which: &str, value: Value) -> Result<Answer, WrongAct> {
        let found = find(&self.blocks_at(place)?, which)?;
        let value = self.resolve_external(place, &found, value).await?;
        let mut action = self.sandbox.look(|state| chosen(state, &found.element, &value))?;
        action["action_id"] = found.element["action_id"].clone();
        action["block_id"] = json!(found.block_id);
        let kind = found.element["type"].as_str().unwrap_or_default().to_owned();
        let (trigger, payload) = self.sandbox.change(|state, _| {
            if kind != "button"
                && kind != "overflow"
                && let Place::View(id) = place
                && let Some(view) = state.views.get_mut(id)
            {
                set_value(&mut view.values, &found, action.clone());
            }
            action["action_ts"] = json!(state.next_ts());
            if kind == "button" {
                for field in ["text", "value", "style"] {
                    if !found.element[field].is_null() {
                        action[field] = found.element[field].clone();
                    }
                }
            }
            let view = match place {
                Place::View(id) => Some(id.as_str()),
                Place::Message(..) => None,
            };
            let trigger = state.new_trigger(&self.id, view);
            let mut payload = json!({ "actions": [action] });
            self.describe(state, place, &found, &mut payload);
            (trigger, payload)
        });
        let mut full = self.interaction("block_actions", &trigger);
        if let (Some(full), Value::Object(rest)) = (full.as_object_mut(), payload) {
            full.extend(rest);
        }
        Ok(self.interact("interactive", trigger, &full).await)
    }

    /// Says where an interaction took place.
    fn describe(&self, state: &mut State, place: &Place, found: &Found, payload: &mut Value) {
        match place {
            Place::View(id) => {
                payload["container"] = json!({ "type": "view", "view_id": id });
                if let Some(view) = state.view(id) {
                    payload["view"] = wire::view(state, view);
                }
            }
            Place::Message(channel, ts) => {
                let Some(channel) = state.channel(channel).cloned() else {
                    return;
                };
                let message = channel.message(ts);
                let ephemeral = message.is_none();
                let mut container = json!({
                    "type": "message", "message_ts": ts, "channel_id": channel.id,
                    "is_ephemeral": ephemeral,
                });
                if let Some(message) = message {
                    if let Some(thread) = &message.thread_ts {
                        container["thread_ts"] = json!(thread);
                    }
                    payload["message"] = wire::message(state, &channel, message, true);
                }
                payload["container"] = container;
                payload["channel"] = json!({ "id": channel.id, "name": shown_name(&channel) });
                let mut values = json!({});
                let kind = found.element["type"].as_str().unwrap_or_default();
                if kind != "button" && kind != "overflow" {
                    set_value(&mut values, found, payload["actions"][0].clone());
                }
                payload["state"] = json!({ "values": values });
                let source = Some((ts.clone(), ephemeral));
                let key = state.new_response_url(&self.id, &channel.id, source);
                payload["response_url"] = json!(format!("{}/respond/{key}", self.sandbox.url()));
            }
        }
    }

    /// What a field of a modal offers for what is typed; nothing where the app does not answer.
    pub async fn suggest(&self, view: &crate::View, which: &str, query: &str) -> Vec<Value> {
        let place = Place::View(view.id.clone());
        self.try_suggest(&place, which, query).await.unwrap_or_default()
    }

    /// What the app offers for a query in an external select.
    pub(crate) async fn try_suggest(&self, place: &Place, which: &str, query: &str) -> Result<Vec<Value>, WrongAct> {
        let found = find(&self.blocks_at(place)?, which)?;
        let mut rest = json!({
            "block_id": found.block_id, "action_id": found.element["action_id"], "value": query,
        });
        self.sandbox
            .change(|state, _| self.describe(state, place, &found, &mut rest));
        let mut payload = self.interaction("block_suggestion", "");
        if let (Some(full), Value::Object(mut rest)) = (payload.as_object_mut(), rest) {
            full.remove("trigger_id");
            rest.remove("response_url");
            rest.remove("state");
            full.extend(rest);
        }
        let answer = self.interact("interactive", String::new(), &payload).await;
        let offered = answer.payload.unwrap_or_default();
        let mut options: Vec<Value> = offered["options"].as_array().cloned().unwrap_or_default();
        for group in offered["option_groups"].as_array().into_iter().flatten() {
            options.extend(group["options"].as_array().cloned().unwrap_or_default());
        }
        if options.len() > 100 {
            return Err(wrong("more than 100 options were offered"));
        }
        Ok(options)
    }

    /// For an external select: looks up the option that a text means.
    pub(super) async fn resolve_external(&self, place: &Place, found: &Found, value: Value) -> Result<Value, WrongAct> {
        let kind = found.element["type"].as_str().unwrap_or_default();
        if !kind.ends_with("external_select") {
            return Ok(value);
        }
        let which = format!(
            "{}/{}",
            found.block_id,
            found.element["action_id"].as_str().unwrap_or_default()
        );
        let texts = match value {
            Value::Array(items) => items,
            Value::Null => return Ok(value),
            one => vec![one],
        };
        let mut options = Vec::new();
        for text in texts {
            let Some(text) = text.as_str() else {
                options.push(text);
                continue;
            };
            let offered = self.try_suggest(place, &which, text).await?;
            let option = offered
                .iter()
                .find(|option| option["value"] == text || option["text"]["text"] == text)
                .ok_or_else(|| wrong(format!("{text:?} is not offered")))?;
            options.push(option.clone());
        }
        if kind.starts_with("multi_") {
            return Ok(Value::Array(options));
        }
        Ok(options.into_iter().next().unwrap_or_default())
    }
}

fn message_blocks(state: &State, person: &str, channel: &str, ts: &str) -> Option<Vec<Value>> {
    let channel = state.channel(channel)?;
    if !state.sees(person, channel) {
        return None;
    }
    // What other apps post is not this app's to answer.
    if let Some(message) = channel.message(ts).filter(|message| message.from_app) {
        // Blocks may hang on an attachment, too.
        let attached = message.attachments.iter().flat_map(|attachment| {
            let blocks = attachment["blocks"].as_array().into_iter().flatten();
            blocks.cloned()
        });
        return Some(message.blocks.iter().cloned().chain(attached).collect());
    }
    let seen = state
        .ephemerals
        .iter()
        .find(|seen| seen.ts == ts && seen.user == person)?;
    Some(seen.blocks.clone())
}

fn shown_name(channel: &Channel) -> &str {
    match channel.kind {
        crate::ChannelKind::Public => &channel.name,
        crate::ChannelKind::Private => "privategroup",
        crate::ChannelKind::Direct => "directmessage",
    }
}
