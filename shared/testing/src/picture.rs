//! What people see in Slack, as text that two runs can be compared by: without ids and times.

use std::collections::BTreeMap;
use std::fmt::Write;

use sandbox::{ChannelKind, Message, Sandbox, State};
use serde_json::Value;

/// The pages in Confluence, with what is attached to them.
fn documents(sandbox: &Sandbox, without: &[String]) -> String {
    let page = |page: sandbox::ConfluencePage| {
        let today = page.editor() == Some("v2");
        let mut files: Vec<_> = page.attachments.into_iter().map(|file| file.name).collect();
        files.sort();
        // So that the incident's id stands by itself.
        let body = page.body.replace("incident-bot-", "incident-bot ");
        // As Slack shows them.
        let body = body.replace("&#39;", "'").replace("&quot;", "\"");
        let body = body.replace("</tr>", "<tr>");
        // What happens in one moment has no order.
        let mut rows: Vec<_> = body.split("<tr>").map(without_numbers).collect();
        rows.retain(|row| !row.is_empty() && !without.iter().any(|text| row.contains(text)));
        rows.sort();
        let body = rows.join("\n    ");
        let text = format!("page {} [{}] {body}\n", page.title, files.join(","));
        // In words, because numbers are left out.
        let editor = if today { "today's editor" } else { "legacy editor" };
        format!("{editor}: {}", without_numbers(&text))
    };
    sandbox.confluence_pages().into_iter().map(page).collect()
}

/// Everything that people see, channel by channel. Two runs in which the same things happened give the same picture.
pub fn picture(sandbox: &Sandbox) -> String {
    picture_without(sandbox, &[])
}

/// The same without messages and rows of documents that hold one of these sentences.
pub fn picture_without(sandbox: &Sandbox, sentences: &[String]) -> String {
    let without: Vec<_> = sentences
        .iter()
        .map(|sentence| without_numbers(&slack::text::escape(sentence)))
        .collect();
    let page = status_page(sandbox);
    let slack = sandbox.look(|state| {
        let names: BTreeMap<String, String> = state
            .conversations()
            .map(|channel| (channel.id.clone(), label(state, &channel.id)))
            .collect();
        let mut channels: Vec<String> = state
            .conversations()
            .map(|channel| channel_picture(state, channel))
            .collect();
        for text in &mut channels {
            for (id, name) in &names {
                *text = text.replace(id, name);
            }
            *text = without_numbers(text);
        }
        channels.sort();
        channels.extend(homes(state));
        channels.join("\n")
    });
    let told = |line: &&str| !without.iter().any(|text| line.contains(text));
    let slack: Vec<_> = slack.lines().filter(told).collect();
    let slack = slack.join("\n");
    format!("{slack}{page}{}\n{}", pages(sandbox), documents(sandbox, &without))
}

/// What customers read.
fn status_page(sandbox: &Sandbox) -> String {
    let mut text = String::new();
    for incident in sandbox.page_incidents() {
        let _ = write!(
            text,
            "\npage: {} {} {}",
            incident.name, incident.status, incident.impact
        );
        for update in incident.updates {
            let _ = write!(text, "\n  {} {} {}", update.status, update.body, update.notified);
        }
    }
    for component in sandbox.components() {
        let _ = write!(text, "\ncomponent: {} {}", component.name, component.status);
    }
    without_numbers(&text)
}

/// What PagerDuty holds of ours.
fn pages(sandbox: &Sandbox) -> String {
    let account = sandbox.pagerduty();
    let mut pages: Vec<_> = account
        .incidents
        .iter()
        .map(|page| {
            let notes: Vec<_> = page.notes.iter().map(|note| note.content.as_str()).collect();
            let page = format!(
                "\npage {} {} {:?} {:?} {} {notes:?}",
                page.status, page.title, page.details, page.assigned, page.urgency
            );
            without_numbers(&page)
        })
        .collect();
    pages.sort();
    pages.concat()
}

/// What those see who look at the app's home.
fn homes(state: &State) -> impl Iterator<Item = String> {
    let homes = state
        .users()
        .filter_map(|user| Some((&user.name, state.home(&user.id)?)));
    homes.map(|(name, home)| without_numbers(&format!("home of {name}: {}", blocks(home.blocks()))))
}

fn label(state: &State, id: &str) -> String {
    match state.channel(id) {
        Some(channel) if channel.kind == ChannelKind::Direct => {
            format!(
                "direct:{}",
                channel.members.iter().cloned().collect::<Vec<_>>().join("+")
            )
        }
        Some(channel) => format!("#{}", channel.name),
        None => id.to_owned(),
    }
}

fn channel_picture(state: &State, channel: &sandbox::Channel) -> String {
    let mut text = format!(
        "{} ({:?}) members={} topic={:?} pins={}\n",
        label(state, &channel.id),
        channel.kind,
        channel.members.iter().cloned().collect::<Vec<_>>().join(","),
        channel.topic,
        channel.pins.len()
    );
    // What runs at the same time has no order.
    let mut messages: Vec<String> = channel
        .messages
        .iter()
        // Whoever could not be shown a form is told, and then tried again.
        .filter(|message| {
            message.subtype.is_none() && !message.text.starts_with("Slack was too slow to open the form.")
        })
        // A page that PagerDuty accepted late on a slow machine.
        .filter(|message| message.text.starts_with('⚠') || !is_told_directly(message))
        .flat_map(|message| {
            // How many notices make one message depends on when they came.
            if is_notice(message) {
                return message.text.lines().map(|line| format!("  {line}")).collect();
            }
            let thread = if message.thread_ts.as_ref().is_some_and(|ts| *ts != message.ts) {
                "↳ "
            } else {
                ""
            };
            vec![format!(
                "  {thread}{}: {} {}{}",
                message.user,
                message.text,
                blocks(&message.blocks),
                marks(state, message)
            )]
        })
        .collect();
    messages.sort();
    for message in messages {
        let _ = writeln!(text, "{message}");
    }
    text
}

/// What hangs on a message: files and reactions.
fn marks(state: &State, message: &Message) -> String {
    let files = state.files().filter(|file| message.files.contains(&file.id));
    let files = files.map(|file| format!(" [{}]", file.title));
    let reactions = message.reactions.iter().map(|reaction| {
        let mut users = reaction.users.clone();
        users.sort();
        format!(" :{}: {}", reaction.name, users.join(","))
    });
    files.chain(reactions).collect()
}

/// Whether this tells whoever paged what became of the page.
fn is_told_directly(message: &Message) -> bool {
    blocks(&message.blocks).contains("This is about your incident “")
}

/// Whether a message only tells what happened: the app wrote it, in small type alone.
pub fn is_notice(message: &Message) -> bool {
    message.from_app && !message.blocks.is_empty() && message.blocks.iter().all(|block| block["type"] == "context")
}

/// Blocks without the ids that Slack makes up.
fn blocks(blocks: &[Value]) -> String {
    let mut blocks = blocks.to_vec();
    for block in &mut blocks {
        if let Some(block) = block.as_object_mut() {
            block.remove("block_id");
        }
    }
    Value::Array(blocks).to_string()
}

/// Whether a word is an id of Slack's, such as `C0A344000001`: a letter, then hexadecimal digits that differ by workspace.
fn is_slack_id(word: &str) -> bool {
    let mut chars = word.chars();
    let kind = chars.next().is_some_and(|c| c.is_ascii_uppercase());
    let rest = chars.as_str();
    kind && rest.len() >= 8
        && rest.chars().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase())
        && rest.chars().any(|c| c.is_ascii_digit())
}

/// Every number, and every id made of hexadecimal groups, becomes `#`.
fn without_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(|c: char| !(c.is_ascii_alphanumeric() || c == '-')) {
        let bare = word.trim_end_matches(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        if uuid::Uuid::try_parse(bare).is_ok() {
            out.push_str("<id>");
            out.push_str(&word[bare.len()..]);
            continue;
        }
        for part in word.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
            let id = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            if is_slack_id(id) {
                out.push_str(&part[..1]);
                out.push('#');
                out.push_str(&part[id.len()..]);
            } else {
                mask_numbers(part, &mut out);
            }
        }
    }
    out
}

fn mask_numbers(text: &str, out: &mut String) {
    let mut in_number = false;
    for c in text.chars() {
        if c.is_ascii_digit() {
            if !in_number {
                out.push('#');
            }
            in_number = true;
        } else {
            in_number = false;
            out.push(c);
        }
    }
}
