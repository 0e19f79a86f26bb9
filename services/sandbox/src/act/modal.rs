//! Modals: waiting for one, filling it in, submitting or closing it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::blocks::{Place, find};
use super::values::{chosen, is_empty, set_value};
use super::{Answer, Person, Submission, WrongAct, done, wrong};
use crate::slack::methods::{open_view, replace_view};
use crate::slack::model::View;
use crate::slack::wire;

impl Person {
    /// The modals that the person has open, oldest first; of a stack only the one on top.
    pub fn views(&self) -> Vec<View> {
        self.sandbox
            .look(|state| state.open_views(&self.id).into_iter().cloned().collect())
    }

    /// The newest open modal, once there is one.
    ///
    /// # Panics
    /// After 30 s.
    pub async fn wait_for_view(&self) -> View {
        self.sandbox
            .wait_until(|state| state.open_views(&self.id).last().map(|view| (*view).clone()))
            .await
    }

    /// The modal that was opened with an act's trigger, once it is there.
    ///
    /// # Panics
    /// After 30 s.
    pub async fn view_of(&self, answer: &Answer) -> View {
        self.sandbox
            .wait_until(|state| {
                state
                    .views
                    .values()
                    .find(|view| view.trigger_id.as_deref() == Some(answer.trigger_id.as_str()))
                    .cloned()
            })
            .await
    }

    /// Fills a modal in and submits it. A field is named by its label, `block_id`, `action_id` or
    /// `block_id/action_id`; values are as for [`select`](Person::select).
    ///
    /// # Panics
    /// When a field is not there, or the modal is not open any more.
    pub async fn submit<K, V>(&self, view: &View, values: impl IntoIterator<Item = (K, V)>) -> Submission
    where
        K: AsRef<str>,
        V: Into<Value>,
    {
        let values = values
            .into_iter()
            .map(|(key, value)| (key.as_ref().to_owned(), value.into()))
            .collect();
        done(self.try_submit(&view.id, values).await)
    }

    pub(crate) async fn try_submit(&self, id: &str, values: Vec<(String, Value)>) -> Result<Submission, WrongAct> {
        let view = self.fill(id, values).await?;
        let errors = missing(&view);
        if !errors.is_empty() {
            return Ok(self.refuse(id, errors));
        }
        let (trigger, shown) = self.sandbox.change(|state, _| {
            let trigger = state.new_trigger(&self.id, Some(id));
            (
                trigger,
                state.view(id).map(|view| wire::view(state, view)).unwrap_or_default(),
            )
        });
        let mut payload = self.interaction("view_submission", &trigger);
        payload["view"] = shown;
        payload["response_urls"] = json!([]);
        let answer = self.interact("interactive", trigger, &payload).await;
        if !answer.is_acked() {
            return Ok(Submission::Unanswered);
        }
        Ok(self.follow(id, &answer.payload.unwrap_or_default()))
    }

    /// Puts values into an open modal.
    pub(crate) async fn fill(&self, id: &str, values: Vec<(String, Value)>) -> Result<View, WrongAct> {
        let open = |view: &&View| view.open && view.user == self.id;
        let view = self
            .sandbox
            .look(|state| state.view(id).filter(open).cloned())
            .ok_or_else(|| wrong(format!("{} has no open view {id}", self.id)))?;
        let place = Place::View(id.to_owned());
        let mut set = Vec::new();
        for (key, value) in values {
            let found = find(view.blocks(), &key)?;
            let value = self.resolve_external(&place, &found, value).await?;
            let value = self.sandbox.look(|state| chosen(state, &found.element, &value))?;
            set.push((found, value));
        }
        self.sandbox.change(|state, _| {
            let view = state
                .views
                .get_mut(id)
                .ok_or_else(|| wrong(format!("the view {id} is gone")))?;
            for (found, value) in set {
                set_value(&mut view.values, &found, value);
            }
            Ok(view.clone())
        })
    }

    fn refuse(&self, id: &str, errors: BTreeMap<String, String>) -> Submission {
        self.sandbox.change(|state, _| {
            if let Some(view) = state.views.get_mut(id) {
                view.errors.clone_from(&errors);
            }
        });
        Submission::Errors(errors)
    }

    /// Does what the app's ack to a submission says.
    fn follow(&self, id: &str, payload: &Value) -> Submission {
        let action = payload["response_action"].as_str();
        match action {
            None => {
                self.sandbox.change(|state, _| {
                    if let Some(view) = state.views.get_mut(id) {
                        view.open = false;
                    }
                });
                Submission::Closed
            }
            Some("clear") => {
                self.close_stack(id);
                Submission::Closed
            }
            Some("errors") => {
                let errors: BTreeMap<String, String> =
                    serde_json::from_value(payload["errors"].clone()).unwrap_or_default();
                let inputs: BTreeSet<String> = self
                    .sandbox
                    .look(|state| state.view(id).cloned())
                    .iter()
                    .flat_map(|view| view.blocks().to_vec())
                    .filter(|block| block["type"] == "input")
                    .filter_map(|block| block["block_id"].as_str().map(ToOwned::to_owned))
                    .collect();
                if errors.is_empty() || !errors.keys().all(|key| inputs.contains(key)) {
                    return Submission::Misunderstood(format!(
                        "errors may only name input blocks {inputs:?}: {}",
                        payload["errors"]
                    ));
                }
                self.refuse(id, errors)
            }
            Some(action @ ("update" | "push")) => {
                let content = &payload["view"];
                let shown = self.sandbox.change(|state, _| {
                    if action == "update" {
                        replace_view(state, id, content)
                    } else {
                        open_view(state, &self.id, content, None, Some(id))
                    }
                });
                match shown {
                    Ok(view) => Submission::Updated(Box::new(view)),
                    Err(refusal) => Submission::Misunderstood(refusal.body().to_string()),
                }
            }
            Some(other) => Submission::Misunderstood(format!("response_action {other:?}")),
        }
    }

    /// The views of one stack, and which of them are closed by that.
    fn close_stack(&self, id: &str) -> Vec<View> {
        self.sandbox.change(|state, _| {
            let root = state.view(id).map(|view| view.root_view_id.clone());
            state
                .views
                .values_mut()
                .filter(|view| view.open && Some(&view.root_view_id) == root.as_ref())
                .map(|view| {
                    view.open = false;
                    view.clone()
                })
                .collect()
        })
    }

    /// Closes a modal with its cross: everything below it goes too.
    ///
    /// # Panics
    /// When it is not open.
    pub async fn close(&self, view: &View) {
        done(self.try_close(&view.id).await);
    }

    pub(crate) async fn try_close(&self, id: &str) -> Result<(), WrongAct> {
        let closed = self.close_stack(id);
        if closed.is_empty() {
            return Err(wrong(format!("the view {id} is not open")));
        }
        for view in closed {
            if view.content["notify_on_close"] == true {
                let mut payload = self.interaction("view_closed", "");
                if let Some(fields) = payload.as_object_mut() {
                    fields.remove("trigger_id");
                }
                payload["view"] = self.sandbox.look(|state| wire::view(state, &view));
                payload["is_cleared"] = json!(true);
                self.interact("interactive", String::new(), &payload).await;
            }
        }
        Ok(())
    }
}

/// What Slack's client refuses by itself, before the app hears of it.
fn missing(view: &View) -> BTreeMap<String, String> {
    let mut errors = BTreeMap::new();
    for block in view.blocks().iter().filter(|block| block["type"] == "input") {
        let block_id = block["block_id"].as_str().unwrap_or_default();
        let element = &block["element"];
        let action_id = element["action_id"].as_str().unwrap_or_default();
        let value = &view.values[block_id][action_id];
        if is_empty(value) {
            if block["optional"] != true {
                errors.insert(block_id.to_owned(), "Please complete this required field.".to_owned());
            }
            continue;
        }
        let Some(text) = value["value"].as_str() else {
            continue;
        };
        let length = text.chars().count() as u64;
        let most = element["max_length"].as_u64().unwrap_or(3000);
        let least = element["min_length"].as_u64().unwrap_or(0);
        if length > most {
            errors.insert(block_id.to_owned(), format!("Must be at most {most} characters."));
        } else if length < least {
            errors.insert(block_id.to_owned(), format!("Must be at least {least} characters."));
        }
    }
    errors
}
