//! Reading messages back: `conversations.history` and `conversations.replies`.

use serde_json::{Value, json};

use super::{Context, next_cursor};
use crate::slack::app::BOT_USER_ID;
use crate::slack::error::{Answer, Refusal};
use crate::slack::model::{Channel, Message};
use crate::slack::wire;

/// The time asked for; Slack takes seconds with or without a fraction.
fn time(context: &Context<'_>, name: &str) -> Result<Option<i64>, Refusal> {
    let Some(text) = context.args.text(name) else {
        return Ok(None);
    };
    micros(&text)
        .map(Some)
        .ok_or_else(|| Refusal::new(&format!("invalid_ts_{name}")))
}

fn micros(ts: &str) -> Option<i64> {
    let (seconds, fraction) = ts.split_once('.').unwrap_or((ts, ""));
    let seconds: i64 = seconds.parse().ok()?;
    if fraction.chars().any(|c| !c.is_ascii_digit()) {
        return None;
    }
    let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
    seconds.checked_mul(1_000_000)?.checked_add(digits.parse().ok()?)
}

struct Range {
    oldest: Option<i64>,
    latest: Option<i64>,
    inclusive: bool,
}

impl Range {
    fn of(context: &Context<'_>) -> Result<Self, Refusal> {
        Ok(Self {
            oldest: time(context, "oldest")?.filter(|oldest| *oldest > 0),
            latest: time(context, "latest")?,
            inclusive: context.args.flag("inclusive"),
        })
    }

    fn holds(&self, ts: &str) -> bool {
        let at = micros(ts).unwrap_or_default();
        let after = self
            .oldest
            .is_none_or(|oldest| at > oldest || (self.inclusive && at == oldest));
        let before = self
            .latest
            .is_none_or(|latest| at < latest || (self.inclusive && at == latest));
        after && before
    }
}

/// The channel to read: the bot must be in it.
fn readable<'a>(context: &'a Context<'_>) -> Result<&'a Channel, Refusal> {
    let channel = context.channel("channel")?;
    if channel.members.contains(BOT_USER_ID) {
        Ok(channel)
    } else {
        Err("not_in_channel".into())
    }
}

fn show(context: &Context<'_>, channel: &Channel, messages: &[&Message]) -> Vec<Value> {
    let all_metadata = context.args.flag("include_all_metadata");
    messages
        .iter()
        .map(|message| wire::message(context.state, channel, message, all_metadata))
        .collect()
}

pub(super) fn history(context: &mut Context<'_>) -> Answer {
    let limit = context.limit(100, 999)?;
    let cursor = context.cursor()?;
    let channel = readable(context)?;
    let range = Range::of(context)?;
    let mut newest_first = channel
        .messages
        .iter()
        .rev()
        .filter(|message| message.thread_ts.is_none() || message.broadcast)
        .filter(|message| range.holds(&message.ts))
        .filter(|message| cursor.as_deref().is_none_or(|cursor| message.ts.as_str() < cursor));
    let messages: Vec<&Message> = newest_first.by_ref().take(limit).collect();
    let more = newest_first.next().is_some();
    let mut out = json!({
        "messages": show(context, channel, &messages), "has_more": more,
        "pin_count": channel.pins.len(), "channel_actions_ts": null, "channel_actions_count": 0,
    });
    if more {
        out["response_metadata"] = next_cursor(messages.last().map(|message| message.ts.as_str()));
    }
    Ok(out)
}

pub(super) fn replies(context: &mut Context<'_>) -> Answer {
    let limit = context.limit(1000, 1000)?;
    let cursor = context.cursor()?;
    let ts = context.args.required("ts")?;
    let channel = readable(context)?;
    let range = Range::of(context)?;
    let asked = channel.message(&ts).ok_or_else(|| Refusal::new("thread_not_found"))?;
    let parent = asked
        .thread_ts
        .as_deref()
        .and_then(|thread| channel.message(thread))
        .unwrap_or(asked);
    let mut oldest_first = channel
        .messages
        .iter()
        .filter(|message| message.thread_ts.as_deref() == Some(parent.ts.as_str()))
        .filter(|message| range.holds(&message.ts))
        .filter(|message| cursor.as_deref().is_none_or(|cursor| message.ts.as_str() > cursor));
    // The parent opens every page.
    let mut messages = vec![parent];
    messages.extend(oldest_first.by_ref().take(limit.saturating_sub(1).max(1)));
    let more = oldest_first.next().is_some();
    let mut out = json!({ "messages": show(context, channel, &messages), "has_more": more });
    if more {
        out["response_metadata"] = next_cursor(messages.last().map(|message| message.ts.as_str()));
    }
    Ok(out)
}
