//! The one app installed in the workspace: its ids, tokens, scopes and what it registered.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The workspace's id.
pub const TEAM_ID: &str = "T0SANDBOX";
/// The workspace's domain.
pub(crate) const TEAM_DOMAIN: &str = "sandbox";
/// The app's id.
pub const APP_ID: &str = "A0INCIDENTBOT";
/// The bot's id.
pub const BOT_ID: &str = "B0INCIDENTBOT";
/// The bot's user.
pub const BOT_USER_ID: &str = "U0INCIDENTBOT";

/// The scopes an app has unless told otherwise: everything the methods here ask for, without
/// `chat:write.public`, so that the bot must be in a channel to write there.
pub const ALL_SCOPES: &[&str] = &[
    "app_mentions:read",
    "bookmarks:read",
    "bookmarks:write",
    "channels:history",
    "channels:join",
    "channels:manage",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "groups:write",
    "im:history",
    "im:read",
    "im:write",
    "mpim:read",
    "mpim:write",
    "pins:read",
    "pins:write",
    "reactions:read",
    "reactions:write",
    "team:read",
    "usergroups:read",
    "users:read",
    "users:read.email",
];

/// The events an app hears of unless told otherwise.
pub const ALL_EVENTS: &[&str] = &[
    "app_home_opened",
    "app_mention",
    "channel_archive",
    "channel_created",
    "channel_deleted",
    "channel_left",
    "channel_rename",
    "channel_shared",
    "channel_unarchive",
    "channel_unshared",
    "group_archive",
    "group_deleted",
    "group_left",
    "group_rename",
    "group_unarchive",
    "member_joined_channel",
    "member_left_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "pin_added",
    "pin_removed",
    "reaction_added",
    "reaction_removed",
    "subteam_created",
    "subteam_members_changed",
    "subteam_updated",
    "team_join",
    "user_change",
];

/// A global shortcut that the app registered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Shortcut {
    /// What people read in the menu.
    pub name: String,
    /// What the app is told.
    pub callback_id: String,
}

/// The app, as its manifest describes it.
#[derive(Debug, Clone)]
pub struct App {
    /// `xoxb-…`
    pub bot_token: String,
    /// `xapp-…`
    pub app_token: String,
    /// The bot's handle.
    pub bot_name: String,
    /// What it may do.
    pub scopes: BTreeSet<String>,
    /// What it hears of.
    pub events: BTreeSet<String>,
    /// Its global shortcuts.
    pub shortcuts: Vec<Shortcut>,
    /// Its slash commands, each with the slash.
    pub commands: Vec<String>,
}

impl App {
    pub(crate) fn has_scope(&self, scope: &str) -> bool {
        self.scopes.contains(scope)
    }
}

impl Default for App {
    fn default() -> Self {
        let shortcut = |name: &str, callback_id: &str| Shortcut {
            name: name.to_owned(),
            callback_id: callback_id.to_owned(),
        };
        Self {
            bot_token: "xoxb-sandbox".to_owned(),
            app_token: "xapp-sandbox".to_owned(),
            bot_name: "incident-bot".to_owned(),
            scopes: ALL_SCOPES.iter().map(ToString::to_string).collect(),
            events: ALL_EVENTS.iter().map(ToString::to_string).collect(),
            shortcuts: vec![
                shortcut("Start a new incident", "open_incident_modal"),
                shortcut("Send an incident update", "open_incident_general_update_modal"),
                shortcut("Page a team", "open_incident_bot_pager"),
                shortcut("Add to a timeline", "open_incident_bot_timeline"),
            ],
            commands: vec!["/incident".to_owned()],
        }
    }
}
