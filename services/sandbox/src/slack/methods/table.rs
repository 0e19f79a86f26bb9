//! Which methods there are: the body they read, their rate tier and the scope they need.

use super::{
    Context, auth_test, bookmarks, chat, connections_open, conversations, files, history, marks, membership, people,
    views,
};
use crate::slack::error::Answer;
use crate::slack::rate::Tier;

/// Which scope a method needs.
#[derive(Clone, Copy)]
pub(super) enum Scope {
    None,
    One(&'static str),
    /// Depends on the channel named: public, private, direct.
    PerKind(&'static [&'static str], &'static [&'static str], &'static str),
}

const READ: Scope = Scope::PerKind(&["channels:read"], &["groups:read"], "im:read");
const HISTORY: Scope = Scope::PerKind(&["channels:history"], &["groups:history"], "im:history");
const MANAGE: Scope = Scope::PerKind(&["channels:manage"], &["groups:write"], "im:write");
const INVITE: Scope = Scope::PerKind(
    &["channels:manage", "channels:write.invites"],
    &["groups:write", "groups:write.invites"],
    "im:write",
);
const TOPIC: Scope = Scope::PerKind(
    &["channels:manage", "channels:write.topic"],
    &["groups:write", "groups:write.topic"],
    "im:write",
);

/// One method of the Web API.
pub(crate) struct Method {
    pub(super) name: &'static str,
    /// Whether a JSON body is read; elsewhere it is ignored, as if nothing had been sent.
    pub(crate) json: bool,
    pub(crate) tier: Tier,
    pub(super) scope: Scope,
    pub(super) run: fn(&mut Context<'_>) -> Answer,
}

const fn method(
    name: &'static str,
    json: bool,
    tier: Tier,
    scope: Scope,
    run: fn(&mut Context<'_>) -> Answer,
) -> Method {
    Method {
        name,
        json,
        tier,
        scope,
        run,
    }
}

const METHODS: &[Method] = &[
    method(
        "apps.connections.open",
        true,
        Tier::Three,
        Scope::None,
        connections_open,
    ),
    method("auth.test", true, Tier::Special, Scope::None, auth_test),
    method(
        "bookmarks.add",
        true,
        Tier::Two,
        Scope::One("bookmarks:write"),
        bookmarks::add,
    ),
    method(
        "bookmarks.edit",
        true,
        Tier::Two,
        Scope::One("bookmarks:write"),
        bookmarks::edit,
    ),
    method(
        "bookmarks.list",
        true,
        Tier::Three,
        Scope::One("bookmarks:read"),
        bookmarks::list,
    ),
    method("chat.delete", true, Tier::Three, Scope::One("chat:write"), chat::delete),
    method(
        "chat.getPermalink",
        false,
        Tier::Special,
        Scope::None,
        chat::get_permalink,
    ),
    method(
        "chat.postEphemeral",
        true,
        Tier::Four,
        Scope::One("chat:write"),
        chat::post_ephemeral,
    ),
    method(
        "chat.postMessage",
        true,
        Tier::Special,
        Scope::One("chat:write"),
        chat::post_message,
    ),
    method("chat.update", true, Tier::Three, Scope::One("chat:write"), chat::update),
    method("conversations.archive", true, Tier::Two, MANAGE, conversations::archive),
    method(
        "conversations.create",
        true,
        Tier::Two,
        Scope::None,
        conversations::create,
    ),
    method("conversations.history", true, Tier::Three, HISTORY, history::history),
    method("conversations.info", false, Tier::Three, READ, conversations::info),
    method("conversations.invite", true, Tier::Three, INVITE, membership::invite),
    method(
        "conversations.join",
        true,
        Tier::Three,
        Scope::One("channels:join"),
        membership::join,
    ),
    method("conversations.kick", true, Tier::Three, MANAGE, membership::kick),
    method("conversations.list", false, Tier::Two, Scope::None, conversations::list),
    method("conversations.members", false, Tier::Four, READ, membership::members),
    method(
        "conversations.open",
        true,
        Tier::Three,
        Scope::One("im:write"),
        membership::open,
    ),
    method("conversations.rename", true, Tier::Two, MANAGE, conversations::rename),
    method("conversations.replies", false, Tier::Three, HISTORY, history::replies),
    method(
        "conversations.setPurpose",
        true,
        Tier::Two,
        TOPIC,
        conversations::set_purpose,
    ),
    method(
        "conversations.setTopic",
        true,
        Tier::Two,
        TOPIC,
        conversations::set_topic,
    ),
    method(
        "conversations.unarchive",
        true,
        Tier::Two,
        MANAGE,
        conversations::unarchive,
    ),
    method(
        "files.completeUploadExternal",
        true,
        Tier::Four,
        Scope::One("files:write"),
        files::complete,
    ),
    method(
        "files.getUploadURLExternal",
        false,
        Tier::Four,
        Scope::One("files:write"),
        files::upload_url,
    ),
    method("files.info", false, Tier::Four, Scope::One("files:read"), files::info),
    method("pins.add", true, Tier::Two, Scope::One("pins:write"), marks::pin),
    method("pins.list", false, Tier::Two, Scope::One("pins:read"), marks::pins),
    method("pins.remove", true, Tier::Two, Scope::One("pins:write"), marks::unpin),
    method(
        "reactions.add",
        true,
        Tier::Three,
        Scope::One("reactions:write"),
        marks::react,
    ),
    method(
        "reactions.get",
        false,
        Tier::Three,
        Scope::One("reactions:read"),
        marks::reactions,
    ),
    method(
        "reactions.remove",
        true,
        Tier::Two,
        Scope::One("reactions:write"),
        marks::unreact,
    ),
    method("team.info", true, Tier::Three, Scope::One("team:read"), people::team),
    method(
        "usergroups.list",
        false,
        Tier::Two,
        Scope::One("usergroups:read"),
        people::groups,
    ),
    method(
        "usergroups.users.list",
        false,
        Tier::Two,
        Scope::One("usergroups:read"),
        people::group_users,
    ),
    method(
        "users.conversations",
        false,
        Tier::Three,
        Scope::None,
        conversations::of_user,
    ),
    method("users.info", false, Tier::Four, Scope::One("users:read"), people::info),
    method("users.list", false, Tier::Two, Scope::One("users:read"), people::list),
    method(
        "users.lookupByEmail",
        false,
        Tier::Three,
        Scope::One("users:read.email"),
        people::by_email,
    ),
    method("views.open", true, Tier::Four, Scope::None, views::views_open),
    method("views.publish", true, Tier::Four, Scope::None, views::publish),
    method("views.push", true, Tier::Four, Scope::None, views::push),
    method("views.update", true, Tier::Four, Scope::None, views::update),
];

pub(crate) fn find(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}
