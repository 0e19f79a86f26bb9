//! The Slack app: what it may do, and the manifest that says so.
//!
//! A scope stands here with the reason why it is needed; nothing else is asked for. The ids of shortcuts are those of
//! 0.8.2, so that an existing app takes this manifest and is only reinstalled.

use std::fmt::Write;

use crate::ids;

/// A permission of the app's bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Slack's name.
    pub name: &'static str,
    /// What does not work without it.
    pub needed_for: &'static str,
}

const fn scope(name: &'static str, needed_for: &'static str) -> Scope {
    Scope { name, needed_for }
}

/// Every permission that the bot needs.
pub const SCOPES: &[Scope] = &[
    scope("app_mentions:read", "declaring by a mention"),
    scope("bookmarks:read", "adding the link to the RCA document only once"),
    scope("bookmarks:write", "the link to the RCA document above the channel"),
    scope(
        "channels:history",
        "declaring from messages, pinning them, exporting the chat, noticing discussions in the digest channel, \
         finding a message after a lost response",
    ),
    scope(
        "channels:join",
        "posting in a digest channel that the bot is not in yet",
    ),
    scope(
        "channels:manage",
        "creating incident channels, inviting people, setting topics and names, archiving",
    ),
    scope("channels:read", "finding the digest channel, noticing what is archived"),
    scope("chat:write", "every message"),
    scope("commands", "the slash command and the shortcuts"),
    scope("files:read", "pinning images"),
    scope("files:write", "exporting the chat"),
    scope("groups:history", "the same in a private channel"),
    scope("groups:read", "a private digest channel"),
    scope("groups:write", "private incidents"),
    scope(
        "im:history",
        "answering direct messages, and finding one after a lost response",
    ),
    scope("im:write", "direct messages"),
    scope("pins:write", "pinning the control panel"),
    scope(
        "reactions:read",
        "pinning messages and declaring from them with an emoji",
    ),
    scope("reactions:write", "showing that a message was pinned"),
    scope("usergroups:read", "inviting user groups to incidents"),
    scope("users:read", "people's names"),
    scope("users:read.email", "matching console accounts with people in Slack"),
];

const EVENTS: &[&str] = &[
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
    "reaction_added",
    "reaction_removed",
    "subteam_created",
    "subteam_members_changed",
    "subteam_updated",
    "team_join",
    "user_change",
];

const SHORTCUTS: &[(&str, &str, &str)] = &[
    (
        "Start a new incident",
        ids::SHORTCUT_DECLARE,
        "Declares an incident and creates its channel",
    ),
    (
        "Provide incident update",
        ids::SHORTCUT_UPDATE,
        "Sends an update about an incident",
    ),
    ("Incident Bot Pager", ids::SHORTCUT_PAGER, "Pages a team"),
    (
        "Manage incident timeline",
        ids::SHORTCUT_TIMELINE,
        "Reads and adds to an incident's timeline",
    ),
];

/// The scopes that are needed and not among `granted`.
pub fn missing(granted: &[String]) -> Vec<Scope> {
    SCOPES
        .iter()
        .filter(|scope| !granted.iter().any(|granted| granted == scope.name))
        .copied()
        .collect()
}

/// The manifest as YAML, as Slack's page for apps takes it.
pub fn yaml() -> String {
    let mut yaml = String::from(
        "display_information:
  name: incident-bot
  description: Declares and runs incidents
features:
  app_home:
    home_tab_enabled: true
    messages_tab_enabled: true
    messages_tab_read_only_enabled: false
  bot_user:
    display_name: incident-bot
    always_online: true
  shortcuts:
",
    );
    for (name, id, description) in SHORTCUTS {
        let _ = write!(
            yaml,
            "    - name: {name}\n      type: global\n      callback_id: {id}\n      description: {description}\n"
        );
    }
    let _ = write!(
        yaml,
        "  slash_commands:
    - command: {}
      description: Declares and runs incidents; help lists the commands
      usage_hint: new [what is happening], list, status, sev, role, update, help
      should_escape: true
oauth_config:
  scopes:
    bot:
",
        ids::COMMAND
    );
    for scope in SCOPES {
        let _ = writeln!(yaml, "      - {}", scope.name);
    }
    yaml.push_str("settings:\n  event_subscriptions:\n    bot_events:\n");
    for event in EVENTS {
        let _ = writeln!(yaml, "      - {event}");
    }
    yaml.push_str(
        "  interactivity:
    is_enabled: true
  org_deploy_enabled: false
  socket_mode_enabled: true
  token_rotation_enabled: false
",
    );
    yaml
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let mut granted: Vec<String> = SCOPES.iter().map(|scope| scope.name.to_owned()).collect();
        assert_eq!(missing(&granted), []);
        granted.retain(|name| name != "pins:write");
        assert_eq!(missing(&granted)[0].needed_for, "pinning the control panel");
    }

    #[test]
    fn the_manifest() {
        insta::assert_snapshot!(yaml());
    }
}
