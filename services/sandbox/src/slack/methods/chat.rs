//! Writing, changing and deleting messages, and answering through a `response_url`.

use std::fmt::Write;

use chrono::{TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::Context;
use crate::slack::app::{App, BOT_USER_ID};
use crate::slack::args::Args;
use crate::slack::blocks::check_message;
use crate::slack::error::{Answer, Refusal};
use crate::slack::model::{ChannelKind, Ephemeral, Message};
use crate::slack::state::State;
use crate::slack::wire;

const LONGEST_TEXT: usize = 40_000;
const LONGEST_UPDATE: usize = 4_000;
/// What all blocks of a message may take together. Slack documents no number; this is where its
/// refusals were reported to begin.
const LARGEST_BLOCKS: usize = 13_200;
const LARGEST_METADATA: usize = 16_000;
const MOST_ATTACHMENTS: usize = 100;

/// What a message says.
struct Content {
    text: String,
    blocks: Vec<Value>,
    attachments: Vec<Value>,
    metadata: Option<Value>,
}

fn content(args: &Args, longest: usize) -> Result<Content, Refusal> {
    let text = args
        .text("text")
        .or_else(|| args.text("markdown_text"))
        .unwrap_or_default();
    if args.has("markdown_text") && (args.has("text") || args.has("blocks")) {
        return Err("markdown_text_conflict".into());
    }
    let blocks = match args.json("blocks", "invalid_blocks_format")? {
        None => Vec::new(),
        Some(blocks @ Value::Array(_)) => check_message(&blocks).map_err(|messages| {
            let errors = messages.clone();
            Refusal::with_messages("invalid_blocks", messages).with("errors", errors)
        })?,
        Some(_) => return Err("invalid_blocks_format".into()),
    };
    let size: usize = blocks.iter().map(|block| block.to_string().chars().count()).sum();
    if size > LARGEST_BLOCKS {
        return Err("msg_blocks_too_long".into());
    }
    let attachments = match args.json("attachments", "invalid_attachments")? {
        None => Vec::new(),
        Some(Value::Array(attachments)) => attachments,
        Some(_) => return Err("invalid_attachments".into()),
    };
    if attachments.len() > MOST_ATTACHMENTS {
        return Err("too_many_attachments".into());
    }
    if text.trim().is_empty() && blocks.is_empty() && attachments.is_empty() {
        return Err("no_text".into());
    }
    if text.chars().count() > longest {
        return Err("msg_too_long".into());
    }
    Ok(Content {
        text,
        blocks,
        attachments,
        metadata: metadata(args)?,
    })
}

fn metadata(args: &Args) -> Result<Option<Value>, Refusal> {
    let Some(metadata) = args.json("metadata", "invalid_metadata_format")? else {
        return Ok(None);
    };
    if metadata.as_object().is_some_and(Map::is_empty) {
        return Ok(None);
    }
    let typed = metadata["event_type"].as_str().is_some_and(|kind| !kind.is_empty());
    if !typed || !metadata["event_payload"].is_object() {
        return Err("invalid_metadata_format".into());
    }
    if metadata.to_string().len() > LARGEST_METADATA {
        return Err("metadata_too_large".into());
    }
    Ok(Some(metadata))
}

/// Where to write: a channel by id or name, or a person, whose direct message it then is.
fn destination(context: &mut Context<'_>) -> Result<String, Refusal> {
    let named = context.args.required("channel")?;
    if context.state.users.contains_key(&named) && named != BOT_USER_ID {
        return Ok(context.state.open_direct(&named).0);
    }
    let channel = context
        .state
        .channel(&named)
        .filter(|channel| channel.kind == ChannelKind::Public || channel.members.contains(BOT_USER_ID))
        .ok_or_else(|| Refusal::new("channel_not_found"))?;
    if channel.archived {
        return Err("is_archived".into());
    }
    let open = channel.kind == ChannelKind::Public && context.app.has_scope("chat:write.public");
    if !channel.members.contains(BOT_USER_ID) && !open {
        return Err("not_in_channel".into());
    }
    Ok(channel.id.clone())
}

/// The same for a message that is posted: Slack's maintainers say that the message which began the thread has to be there,
/// although the method does not document it.
fn standing_thread(state: &State, channel: &str, args: &Args) -> Result<Option<String>, Refusal> {
    let thread = thread(state, channel, args);
    let stands = |ts: &String| {
        let channel = state.channels.get(channel);
        channel.is_some_and(|channel| channel.message(ts).is_some())
    };
    if thread.as_ref().is_some_and(|ts| !stands(ts)) {
        return Err("thread_not_found".into());
    }
    Ok(thread)
}

/// The thread to answer in: the parent's `ts`, also when a reply was named.
fn thread(state: &State, channel: &str, args: &Args) -> Option<String> {
    let ts = args.text("thread_ts")?;
    let parent = state
        .channels
        .get(channel)
        .and_then(|channel| channel.message(&ts))
        .and_then(|message| message.thread_ts.clone());
    Some(parent.unwrap_or(ts))
}

pub(super) fn post_message(context: &mut Context<'_>) -> Answer {
    context.args.required("channel")?;
    let channel = destination(context)?;
    let said = content(context.args, LONGEST_TEXT)?;
    let thread_ts = standing_thread(context.state, &channel, context.args)?;
    let ts = context.state.next_ts();
    let mut message = Message::new(ts.clone(), BOT_USER_ID, &said.text);
    message.from_app = true;
    message.blocks = said.blocks;
    message.attachments = said.attachments;
    message.metadata = said.metadata;
    message.thread_ts = thread_ts;
    message.broadcast = message.thread_ts.is_some() && context.args.flag("reply_broadcast");
    for name in ["unfurl_links", "unfurl_media"] {
        if context.args.has(name) {
            message.extra.insert(name.to_owned(), json!(context.args.flag(name)));
        }
    }
    context.channel_mut(&channel)?.messages.push(message);
    context.state.emit_message(context.app, &channel, &ts);
    let shown = show(context.state, &channel, &ts);
    Ok(json!({ "channel": channel, "ts": ts, "message": shown }))
}

fn show(state: &State, channel: &str, ts: &str) -> Value {
    state
        .channels
        .get(channel)
        .and_then(|channel| Some(wire::message(state, channel, channel.message(ts)?, true)))
        .unwrap_or_default()
}

/// The bot's own message named by `channel` and `ts`. `archived` is the method's own word for a channel that is.
fn own_message(context: &Context<'_>, refusal: &str, archived: &str) -> Result<(String, String), Refusal> {
    let ts = context.args.required("ts")?;
    let channel = context.channel("channel")?;
    if channel.archived {
        return Err(archived.into());
    }
    let message = channel.message(&ts).ok_or_else(|| Refusal::new("message_not_found"))?;
    if !message.from_app {
        return Err(refusal.into());
    }
    Ok((channel.id.clone(), ts))
}

pub(super) fn update(context: &mut Context<'_>) -> Answer {
    context.args.required("channel")?;
    let (channel, ts) = own_message(context, "cant_update_message", "is_inactive")?;
    let said = content(context.args, LONGEST_UPDATE)?;
    let edited = context.state.next_ts();
    // A change of blocks alone keeps the text only if none was sent at all.
    let keeps_attachments = !context.args.has("attachments") && !context.args.has("blocks");
    let with_metadata = context.args.has("metadata");
    let message = context
        .channel_mut(&channel)?
        .message_mut(&ts)
        .ok_or_else(|| Refusal::new("message_not_found"))?;
    let before = message.clone();
    message.text = said.text;
    message.blocks = said.blocks;
    if !keeps_attachments {
        message.attachments = said.attachments;
    }
    if with_metadata {
        message.metadata = said.metadata;
    }
    message.edited = Some(edited);
    let text = message.text.clone();
    context.state.emit_change(context.app, &channel, &before);
    let shown = show(context.state, &channel, &ts);
    Ok(json!({ "channel": channel, "ts": ts, "text": text, "message": shown }))
}

pub(super) fn delete(context: &mut Context<'_>) -> Answer {
    context.args.required("channel")?;
    let (id, ts) = own_message(context, "cant_delete_message", "is_archived")?;
    context.state.delete_message(context.app, &id, &ts);
    Ok(json!({ "channel": id, "ts": ts }))
}

pub(super) fn post_ephemeral(context: &mut Context<'_>) -> Answer {
    let user = context.args.required("user")?;
    let id = context.open_channel("channel")?;
    let said = content(context.args, LONGEST_TEXT)?;
    if !context.channel_mut(&id)?.members.contains(&user) {
        return Err("user_not_in_channel".into());
    }
    let thread_ts = thread(context.state, &id, context.args);
    let ts = context.state.next_ts();
    context.state.ephemerals.push(Ephemeral {
        ts: ts.clone(),
        channel: id,
        user,
        text: said.text,
        blocks: said.blocks,
        thread_ts,
    });
    Ok(json!({ "message_ts": ts }))
}

pub(super) fn get_permalink(context: &mut Context<'_>) -> Answer {
    let ts = context.args.required("message_ts")?;
    context.args.required("channel")?;
    let channel = context.channel("channel")?;
    let message = channel.message(&ts).ok_or_else(|| Refusal::new("message_not_found"))?;
    let mut link = format!("{}/archives/{}/p{}", context.base_url, channel.id, ts.replace('.', ""));
    if let Some(thread) = &message.thread_ts {
        let _ = write!(link, "?thread_ts={thread}&cid={}", channel.id);
    }
    Ok(json!({ "channel": channel.id, "permalink": link }))
}

const RESPONSES: u32 = 5;
const RESPONSE_LIFE: TimeDelta = TimeDelta::minutes(30);

/// Takes an answer sent to a `response_url`, or one that came with an ack.
pub(crate) fn respond(state: &mut State, app: &App, key: &str, args: &Args) -> Answer {
    let url = state
        .response_urls
        .get_mut(key)
        .ok_or_else(|| Refusal::new("invalid_url"))?;
    if Utc::now() - url.at > RESPONSE_LIFE {
        return Err("expired_url".into());
    }
    if url.uses >= RESPONSES {
        return Err("used_url".into());
    }
    let in_channel = args.text("response_type").as_deref() == Some("in_channel");
    let replace = args.flag("replace_original");
    let source = url.source.clone();
    if args.flag("delete_original") {
        url.uses += 1;
        let channel = url.channel.clone();
        forget(state, app, &channel, source.as_ref());
        return Ok(json!({}));
    }
    let said = content(args, LONGEST_TEXT)?;
    let url = state
        .response_urls
        .get_mut(key)
        .ok_or_else(|| Refusal::new("invalid_url"))?;
    url.uses += 1;
    let (user, channel) = (url.user.clone(), url.channel.clone());
    match source {
        Some((ts, true)) if replace => {
            if let Some(ephemeral) = state.ephemerals.iter_mut().find(|seen| seen.ts == ts) {
                ephemeral.text = said.text;
                ephemeral.blocks = said.blocks;
            }
        }
        Some((ts, false)) if replace => {
            let message = state
                .channels
                .get_mut(&channel)
                .and_then(|channel| channel.message_mut(&ts))
                .ok_or_else(|| Refusal::new("message_not_found"))?;
            let before = message.clone();
            message.text = said.text;
            message.blocks = said.blocks;
            state.emit_change(app, &channel, &before);
        }
        _ if in_channel => {
            let ts = state.next_ts();
            let mut message = Message::new(ts.clone(), BOT_USER_ID, &said.text);
            message.from_app = true;
            message.blocks = said.blocks;
            message.thread_ts = thread(state, &channel, args);
            if let Some(channel) = state.channels.get_mut(&channel) {
                channel.messages.push(message);
            }
            state.emit_message(app, &channel, &ts);
        }
        _ => {
            let ts = state.next_ts();
            state.ephemerals.push(Ephemeral {
                ts,
                channel: channel.clone(),
                user,
                text: said.text,
                blocks: said.blocks,
                thread_ts: args.text("thread_ts"),
            });
        }
    }
    Ok(json!({}))
}

fn forget(state: &mut State, app: &App, channel_id: &str, source: Option<&(String, bool)>) {
    let Some((ts, ephemeral)) = source else {
        return;
    };
    if *ephemeral {
        state.ephemerals.retain(|seen| seen.ts != *ts);
    } else {
        state.delete_message(app, channel_id, ts);
    }
}
