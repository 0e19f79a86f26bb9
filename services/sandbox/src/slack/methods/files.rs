//! Uploading a file: an address to send the bytes to, then the end that shares it.

use serde_json::{Value, json};

use super::Context;
use crate::slack::app::BOT_USER_ID;
use crate::slack::error::{Answer, Refusal};
use crate::slack::model::{File, Message};
use crate::slack::wire;

pub(super) fn upload_url(context: &mut Context<'_>) -> Answer {
    let name = context.args.required("filename")?;
    let length: usize = context
        .args
        .required("length")?
        .parse()
        .ok()
        .filter(|length| *length > 0)
        .ok_or_else(|| {
            Refusal::with_messages(
                "invalid_arguments",
                vec!["[ERROR] must be an integer [json-pointer:/length]".to_owned()],
            )
        })?;
    let id = context.state.next_id("F");
    context.state.files.insert(
        id.clone(),
        File {
            id: id.clone(),
            user: BOT_USER_ID.to_owned(),
            mimetype: mimetype(&name).to_owned(),
            url_private: format!("{}/files-pri/{id}", context.base_url),
            title: name.clone(),
            name,
            length,
            bytes: Vec::new(),
            channels: Vec::new(),
            complete: false,
        },
    );
    let url = format!("{}/upload/{id}", context.base_url);
    Ok(json!({ "upload_url": url, "file_id": id }))
}

/// What Slack takes a file for by its name.
pub(crate) fn mimetype(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "pdf" => "application/pdf",
        "txt" | "log" => "text/plain",
        _ => "application/octet-stream",
    }
}

pub(super) fn complete(context: &mut Context<'_>) -> Answer {
    let files = context
        .args
        .json("files", "invalid_arguments")?
        .ok_or_else(|| Refusal::missing_argument("files"))?;
    let mut wanted: Vec<(String, Option<String>)> = Vec::new();
    for file in files.as_array().into_iter().flatten() {
        let id = file["id"].as_str().unwrap_or_default().to_owned();
        let known = context.state.files.get(&id).is_some_and(|file| !file.bytes.is_empty());
        if !known {
            return Err("file_not_found".into());
        }
        wanted.push((id, file["title"].as_str().map(ToOwned::to_owned)));
    }
    let channel = if context.args.has("channel_id") {
        Some(context.open_channel("channel_id")?)
    } else {
        None
    };
    let mut shown: Vec<Value> = Vec::new();
    for (id, title) in &wanted {
        if let Some(file) = context.state.files.get_mut(id) {
            file.complete = true;
            if let Some(title) = title {
                file.title.clone_from(title);
            }
            file.channels.extend(channel.clone());
            shown.push(wire::file(file));
        }
    }
    if let Some(channel) = channel {
        let ts = context.state.next_ts();
        let text = context.args.text("initial_comment").unwrap_or_default();
        let mut message = Message::new(ts.clone(), BOT_USER_ID, &text);
        message.from_app = true;
        message.thread_ts = context.args.text("thread_ts");
        message.files = wanted.into_iter().map(|(id, _)| id).collect();
        context.channel_mut(&channel)?.messages.push(message);
        context.state.emit_message(context.app, &channel, &ts);
    }
    Ok(json!({ "files": shown }))
}

pub(super) fn info(context: &mut Context<'_>) -> Answer {
    let id = context.args.required("file")?;
    let file = context
        .state
        .files
        .get(&id)
        .filter(|file| file.complete)
        .ok_or_else(|| Refusal::new("file_not_found"))?;
    Ok(json!({
        "file": wire::file(file), "comments": [], "response_metadata": { "next_cursor": "" },
    }))
}
