//! Links above a channel.

use serde_json::{Value, json};

use super::Context;
use crate::slack::app::{APP_ID, BOT_USER_ID, TEAM_ID};
use crate::slack::error::{Answer, Refusal};
use crate::slack::model::Bookmark;

const MOST: usize = 100;

fn show(channel: &str, bookmark: &Bookmark) -> Value {
    json!({
        "id": bookmark.id, "channel_id": channel, "title": bookmark.title, "link": bookmark.link,
        "emoji": bookmark.emoji, "icon_url": null, "type": "link", "entity_id": null,
        "date_created": 1_700_000_000, "date_updated": 0, "rank": "i",
        "last_updated_by_user_id": BOT_USER_ID, "last_updated_by_team_id": TEAM_ID,
        "shortcut_id": null, "app_id": APP_ID, "app_action_id": null,
    })
}

fn link(context: &Context<'_>) -> Result<Option<String>, Refusal> {
    let Some(link) = context.args.text("link") else {
        return Ok(None);
    };
    if !(link.starts_with("https://") || link.starts_with("http://")) {
        return Err("invalid_link".into());
    }
    Ok(Some(link))
}

pub(super) fn add(context: &mut Context<'_>) -> Answer {
    let title = context.args.required("title")?;
    let kind = context.args.required("type")?;
    let id = context.open_channel("channel_id")?;
    if kind != "link" {
        return Err("invalid_bookmark_type".into());
    }
    let link = link(context)?.ok_or_else(|| Refusal::new("invalid_link"))?;
    let bookmark = Bookmark {
        id: context.state.next_id("Bk"),
        title,
        link,
        emoji: context.args.text("emoji").unwrap_or_default(),
    };
    let channel = context.channel_mut(&id)?;
    if channel.bookmarks.len() >= MOST {
        return Err("too_many_bookmarks".into());
    }
    let shown = show(&id, &bookmark);
    channel.bookmarks.push(bookmark);
    Ok(json!({ "bookmark": shown }))
}

pub(super) fn edit(context: &mut Context<'_>) -> Answer {
    let bookmark_id = context.args.required("bookmark_id")?;
    let id = context.open_channel("channel_id")?;
    let link = link(context)?;
    let title = context.args.text("title");
    let emoji = context.args.text("emoji");
    let channel = context.channel_mut(&id)?;
    let bookmark = channel
        .bookmarks
        .iter_mut()
        .find(|bookmark| bookmark.id == bookmark_id)
        .ok_or_else(|| Refusal::new("not_found"))?;
    if let Some(link) = link {
        bookmark.link = link;
    }
    if let Some(title) = title {
        bookmark.title = title;
    }
    if let Some(emoji) = emoji {
        bookmark.emoji = emoji;
    }
    Ok(json!({ "bookmark": show(&id, bookmark) }))
}

pub(super) fn list(context: &mut Context<'_>) -> Answer {
    let channel = context.joined_channel("channel_id")?;
    let bookmarks: Vec<Value> = channel
        .bookmarks
        .iter()
        .map(|bookmark| show(&channel.id, bookmark))
        .collect();
    Ok(json!({ "bookmarks": bookmarks }))
}
