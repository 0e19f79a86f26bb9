//! What an admin of the workspace does: people, user groups, and other apps beside the one under test.

mod control;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::act::{Person, WrongAct, wrong};
use crate::slack::app::{BOT_USER_ID, TEAM_ID};
use crate::slack::model::{Message, User, UserGroup, WebhookMessage};
use crate::slack::state::State;
use crate::slack::wire;
use crate::{NewChannel, Sandbox};

pub(crate) use control::routes;

/// The bot of another app, in whose name webhooks post.
const OTHER_BOT_ID: &str = "B0OTHERAPP";

fn ids(state: &State, people: &[&str]) -> Vec<String> {
    let known = people.iter().filter_map(|who| state.user(who));
    known.map(|user| user.id.clone()).collect()
}

impl Sandbox {
    /// Adds people `{prefix}0`, `{prefix}1`, … who are in no channel yet.
    pub fn add_people(&self, prefix: &str, count: usize) -> Vec<Person> {
        self.change(|state, _| {
            (0..count)
                .map(|number| {
                    let id = state.add_person(&format!("{prefix}{number}"));
                    Person::new(self.clone(), id)
                })
                .collect()
        })
    }

    /// Adds somebody and lets the app hear of it. `change` makes a guest of them, takes their e-mail address away, ….
    ///
    /// ```ignore
    /// let olga = sandbox.add_person("olga", |user| user.is_restricted = true);
    /// ```
    pub fn add_person(&self, name: &str, change: impl FnOnce(&mut User)) -> Person {
        self.change(|state, app| {
            let id = state.add_person(name);
            if let Some(user) = state.users.get_mut(&id) {
                change(user);
            }
            // People of other workspaces do not join this one.
            if let Some(user) = state.users.get(&id).filter(|user| !user.is_external()) {
                let shown = wire::user(state, user, app.has_scope("users:read.email"));
                state.emit(
                    app,
                    "team_join",
                    json!({ "type": "team_join", "user": shown, "cache_ts": 0 }),
                );
            }
            Person::new(self.clone(), id)
        })
    }

    /// Adds somebody of another workspace (`T…`), who is in no channel yet: [`Person::invite`] shares one with them.
    pub fn add_external_person(&self, name: &str, team: &str) -> Person {
        self.add_person(name, |user| team.clone_into(&mut user.team_id))
    }

    /// Changes somebody (id or handle), as they or an admin would.
    ///
    /// # Panics
    /// When there is nobody of that name.
    pub fn change_person(&self, who: &str, change: impl FnOnce(&mut User)) {
        self.change(|state, app| {
            let id = state.user(who).map(|user| user.id.clone()).unwrap_or_default();
            let Some(user) = state.users.get_mut(&id) else {
                panic!("there is nobody called {who:?}");
            };
            change(user);
            let user = user.clone();
            let shown = wire::user(state, &user, app.has_scope("users:read.email"));
            state.emit(
                app,
                "user_change",
                json!({ "type": "user_change", "user": shown, "cache_ts": 0 }),
            );
        });
    }

    /// Deactivates somebody's account, or activates it again.
    ///
    /// # Panics
    /// When there is nobody of that name.
    pub fn set_deactivated(&self, who: &str, deactivated: bool) {
        self.change_person(who, |user| user.deleted = deactivated);
    }

    /// Adds a group of people (ids or handles) and gives its id.
    pub fn add_user_group(&self, handle: &str, people: &[&str]) -> String {
        self.change(|state, app| {
            let id = state.add_user_group(handle, people);
            if let Some(group) = state.user_groups.get(&id) {
                let event = json!({ "type": "subteam_created", "subteam": wire::user_group(group, true, true) });
                state.emit(app, "subteam_created", event);
            }
            id
        })
    }

    /// Puts people (ids or handles) into a group, and nobody else.
    ///
    /// # Panics
    /// When there is no such group.
    pub fn set_user_group(&self, id: &str, people: &[&str]) {
        self.change(|state, app| {
            let now = ids(state, people);
            let Some(group) = state.user_groups.get_mut(id) else {
                panic!("there is no group {id}");
            };
            let before = std::mem::replace(&mut group.users, now.clone());
            let without = |some: &[String], others: &[String]| -> Vec<String> {
                let others: BTreeSet<&String> = others.iter().collect();
                some.iter().filter(|user| !others.contains(user)).cloned().collect()
            };
            let (added, removed) = (without(&now, &before), without(&before, &now));
            let event = json!({
                "type": "subteam_members_changed", "subteam_id": id, "team_id": TEAM_ID,
                "date_previous_update": 1_700_000_000, "date_update": chrono::Utc::now().timestamp(),
                "added_users": added, "added_users_count": added.len(),
                "removed_users": removed, "removed_users_count": removed.len(),
            });
            state.emit(app, "subteam_members_changed", event);
        });
    }

    /// Changes a group's name or handle, or disables it.
    ///
    /// # Panics
    /// When there is no such group.
    pub fn change_user_group(&self, id: &str, change: impl FnOnce(&mut UserGroup)) {
        self.change(|state, app| {
            let Some(group) = state.user_groups.get_mut(id) else {
                panic!("there is no group {id}");
            };
            change(group);
            let event = json!({ "type": "subteam_updated", "subteam": wire::user_group(group, true, true) });
            state.emit(app, "subteam_updated", event);
        });
    }

    /// Adds a channel and gives its id.
    pub fn add_channel(&self, channel: &NewChannel) -> String {
        self.change(|state, app| state.add_channel(app, channel))
    }

    /// From now on a page of a list has at most so many items, whatever is asked for, as Slack reserves for itself.
    pub fn set_page_limit(&self, most: Option<usize>) {
        self.change(|state, _| state.page_limit = most);
    }

    /// Posts into a channel (id or name) what another app's webhook would, and gives the message's `ts`.
    ///
    /// # Panics
    /// When there is no such channel, or nothing is said.
    pub fn post_webhook(&self, channel: &str, message: &WebhookMessage) -> String {
        match self.try_post_webhook(channel, message) {
            Ok(ts) => ts,
            Err(wrong) => panic!("{wrong}"),
        }
    }

    pub(crate) fn try_post_webhook(&self, channel: &str, posted: &WebhookMessage) -> Result<String, WrongAct> {
        if posted.text.is_empty() && posted.blocks.is_empty() && posted.attachments.is_empty() {
            return Err(wrong("A message needs text, blocks or attachments."));
        }
        self.change(|state, app| {
            let found = state
                .channel(channel)
                .ok_or_else(|| wrong(format!("there is no channel {channel:?}")))?;
            if found.archived {
                return Err(wrong(format!("#{} is archived.", found.name)));
            }
            let id = found.id.clone();
            let ts = state.next_ts();
            let mut message = Message::new(ts.clone(), "", &posted.text);
            message.subtype = Some("bot_message".to_owned());
            message.blocks.clone_from(&posted.blocks);
            message.attachments = numbered(&posted.attachments);
            message.thread_ts.clone_from(&posted.thread_ts);
            for (field, value) in [("username", posted.username.as_str()), ("bot_id", OTHER_BOT_ID)] {
                message.extra.insert(field.to_owned(), json!(value));
            }
            if let Some(channel) = state.channels.get_mut(&id) {
                channel.messages.push(message);
            }
            state.emit_message(app, &id, &ts);
            Ok(ts)
        })
    }

    /// Whether the bot is in a channel (id or name).
    pub fn bot_is_in(&self, channel: &str) -> bool {
        self.channel(channel)
            .is_some_and(|channel| channel.members.contains(BOT_USER_ID))
    }
}

/// Attachments with the fields that Slack adds where they are missing.
fn numbered(attachments: &[Value]) -> Vec<Value> {
    let mut out = attachments.to_vec();
    for (index, attachment) in out.iter_mut().enumerate() {
        attachment["id"] = json!(index + 1);
        if attachment["fallback"].is_null() {
            attachment["fallback"] = json!("[no preview available]");
        }
    }
    out
}
