//! What people are told whose form did not open: what they typed, and how they go on without it.

use std::time::Duration;

use domain::description::cut_at_word;
use incidents::{Declaration, DeclareError, Request};
use serde::{Deserialize, Serialize};
use slack::Message;
use slack::blocks::{Button, button, buttons, context, primary, prose, section};
use slack::ids;
use slack::text::escape;
use slack::values::encode;
use url::Url;

use crate::Gateway;
use crate::answer::UNCONFIRMED;
use crate::feature::{Feature, action, opens};
use crate::forms::{Form, Opener};
use crate::pressed::{Action, Pressed};
use crate::views::NotShown;

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    actions: &[
        action!(ids::ACTION_DECLARE_NOW, declare),
        // *Try again* where a form had not opened.
        opens!(ids::ACTION_OPEN_FORM, |_, form| serde_json::from_value(form).ok()),
    ],
    ..Feature::NOTHING
};

/// The most that a button carries, counted as Slack does.
const MAX_VALUE: usize = 2_000;
/// The most characters of a button's label.
const MAX_LABEL: usize = 75;
/// How often one place is tried where Slack asks to wait, and how long a wait may be.
const TRIES: u32 = 3;
const MAX_WAIT: Duration = Duration::from_secs(10);

/// Why a form did not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The trigger ended before Slack had opened it.
    Slow,
    /// Slack refused it.
    Refused,
    /// Slack gave no answer: it may be open.
    Unclear,
    /// The database did not answer.
    NotLoaded,
}

impl Cause {
    /// What Slack's answer means.
    pub(crate) fn of(NotShown { error, may_be_open }: &NotShown) -> Self {
        match error {
            _ if *may_be_open => Self::Unclear,
            slack::Error::Transient { .. } | slack::Error::RateLimited { .. } => Self::Slow,
            error if error.code().is_some_and(|code| code.contains("trigger")) => Self::Slow,
            _ => Self::Refused,
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::Slow => "Slack was too slow to open the form.",
            Self::Refused => "Slack didn't open the form.",
            Self::Unclear => "Slack didn't confirm that it opened the form. If it's open, use it.",
            Self::NotLoaded => "We couldn't load the form.",
        }
    }
}

/// What *Declare now* carries. The key is the same each time it is pressed, so it declares once.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    key: String,
    typed: String,
}

/// Where somebody is told.
#[derive(Clone, Debug)]
enum Place {
    /// By the address that came with what they did.
    Address(Url),
    /// In the channel where they are; only they see it.
    Channel(String),
    /// By direct message.
    Direct,
}

/// Tells whoever wanted the form, where they are: the first place that takes it.
pub(crate) async fn tell(gateway: &Gateway, opener: &Opener, form: &Form, cause: Cause) {
    let severity = default_severity(gateway).await;
    let message = message(form, &opener.trigger_id, cause, severity.as_deref());
    let address = opener.response_url.clone().map(Place::Address);
    let channel = opener.channel.clone().map(Place::Channel);
    for place in address.into_iter().chain(channel).chain([Place::Direct]) {
        if tell_at(gateway, &place, &opener.user, &message).await {
            return;
        }
    }
    tracing::error!(user = opener.user, "nobody could be told that a form did not open");
}

/// Whether somebody was told. A call whose answer is lost is not repeated here.
async fn tell_at(gateway: &Gateway, place: &Place, user: &str, message: &Message) -> bool {
    let slack = &gateway.slack;
    for _ in 0..TRIES {
        let told = match place {
            Place::Address(address) => slack.respond_with(address, message).await,
            Place::Channel(channel) => slack.send_ephemeral(channel, user, message).await,
            Place::Direct => slack.send_directly(user, message).await,
        };
        match told {
            Ok(()) => return true,
            Err(slack::Error::RateLimited { after, .. }) => tokio::time::sleep(after.min(MAX_WAIT)).await,
            Err(error) => {
                tracing::warn!(%error, "a person could not be told that a form did not open");
                return false;
            }
        }
    }
    false
}

/// The severity that an incident gets which is declared without the form, where that is known now.
async fn default_severity(gateway: &Gateway) -> Option<String> {
    let read = gateway.in_background(async {
        let mut conn = gateway.pool.acquire().await?;
        Ok(gateway.pool.settings(&mut conn).await?)
    });
    let settings = read.await.ok()?;
    Some(settings.severity_label(&settings.default_severity).to_owned())
}

/// The message.
fn message(form: &Form, trigger_id: &str, cause: Cause, severity: Option<&str>) -> Message {
    let typed = form.typed();
    let (declare, again) = (declare_now(form, trigger_id, severity), try_again(form));
    let mut text = cause.sentence().to_owned();
    if cause == Cause::Unclear && declare.is_some() {
        text.push_str(" Declaring here as well would create a second incident.");
    }
    let mut blocks = vec![section(text.clone())];
    if !typed.is_empty() {
        blocks.push(context("You typed:"));
        blocks.extend(prose(typed));
        text = format!("{text} You typed: {}", escape(typed));
    }
    let cut = [declare.as_ref(), Some(&again)]
        .into_iter()
        .flatten()
        .any(|(_, cut)| *cut);
    let row = declare.map(|(button, _)| primary(button)).into_iter().chain([again.0]);
    blocks.extend(buttons(row.collect()));
    if cut {
        blocks.push(context(
            "Your text is longer than a button can hold: the buttons use its beginning. Copy the rest from here.",
        ));
    }
    Message { text, blocks }
}

/// Declares without the form; whether the text had to be cut.
fn declare_now(form: &Form, trigger_id: &str, severity: Option<&str>) -> Option<(Button, bool)> {
    let Form::Declare { typed } = form else { return None };
    if typed.is_empty() {
        return None;
    }
    let key = format!("form/{trigger_id}");
    let (value, cut) = fitting(typed, |typed| Kept {
        key: key.clone(),
        typed: typed.to_owned(),
    });
    let label = match severity {
        Some(severity) => cut_at_word(&format!("Declare as {severity} now"), MAX_LABEL),
        None => "Declare now".to_owned(),
    };
    Some((button(ids::ACTION_DECLARE_NOW, &label).with_value(value), cut))
}

fn try_again(form: &Form) -> (Button, bool) {
    let (value, cut) = fitting(form.typed(), |typed| form.with_typed(typed));
    (button(ids::ACTION_OPEN_FORM, "Try again").with_value(value), cut)
}

/// The value of a button that holds as much of `typed` as fits; whether that is less than all.
fn fitting<T: Serialize>(typed: &str, make: impl Fn(&str) -> T) -> (String, bool) {
    let mut kept = typed;
    loop {
        let value = encode(&make(kept));
        let over = value.encode_utf16().count().saturating_sub(MAX_VALUE);
        if over == 0 || kept.is_empty() {
            return (value, kept.len() < typed.len());
        }
        // A character takes between one and six signs in JSON.
        let drop = over.div_ceil(6);
        let end = kept.char_indices().rev().nth(drop - 1).map_or(0, |(at, _)| at);
        kept = &kept[..end];
    }
}

/// *Declare now* was pressed.
async fn declare(gateway: &Gateway, pressed: &Pressed, action: &Action, kept: serde_json::Value) {
    let Ok(Kept { key, typed }) = serde_json::from_value(kept) else {
        return gateway.unreadable(pressed, action);
    };
    let request = Request {
        key,
        ..pressed.request(gateway, action)
    };
    let declaration = Declaration {
        description: typed,
        ..Declaration::default()
    };
    let declared = match gateway.desk.declare(request, declaration).await {
        Ok(declared) => declared,
        Err(error @ (DeclareError::Description(_) | DeclareError::UnknownSeverity(_))) => {
            return gateway.send_ephemeral(pressed, error.to_string());
        }
        Err(error) => {
            tracing::error!(%error, "an incident could not be recorded");
            return gateway.send_ephemeral(pressed, UNCONFIRMED.to_owned());
        }
    };
    let text = format!(
        "✅ Declared: *{}*. You'll get a direct message with its channel.",
        escape(&declared.title)
    );
    let Some(address) = pressed.response_url.clone() else {
        return;
    };
    let message = Message {
        blocks: vec![section(text.clone())],
        text,
    };
    let slack = gateway.slack.clone();
    gateway.errands.spawn(async move {
        if let Err(error) = slack.respond_in_place(&address, &message).await {
            tracing::warn!(%error, "a person was not told that their incident is declared");
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::testing::incident;

    fn declare(typed: &str) -> Form {
        let typed = typed.to_owned();
        Form::Declare { typed }
    }

    fn shown(form: &Form, cause: Cause) -> serde_json::Value {
        message(form, "12.34.ab", cause, Some("SEV4")).to_json()
    }

    #[test]
    fn what_was_typed_and_how_to_go_on() {
        insta::assert_json_snapshot!("declare", shown(&declare("Payments <fail>\nin the EU"), Cause::Slow));
        insta::assert_json_snapshot!("shortcut", shown(&Form::declare(), Cause::Slow));
        insta::assert_json_snapshot!("maybe_open", shown(&declare("Payments fail"), Cause::Unclear));
        insta::assert_json_snapshot!("maybe_open_shortcut", shown(&Form::declare(), Cause::Unclear));
        let update = Form::Update {
            incident: Some(incident().id),
            typed: "Rolling back".to_owned(),
        };
        insta::assert_json_snapshot!("update", shown(&update, Cause::NotLoaded));
        let rename = Form::Rename {
            incident: incident().id,
        };
        insta::assert_json_snapshot!("rename", shown(&rename, Cause::Refused));
    }

    #[test]
    fn a_severity_that_could_not_be_read_is_not_guessed() {
        let message = message(&declare("Payments fail"), "12.34.ab", Cause::NotLoaded, None).to_json();
        assert_eq!(message["blocks"][3]["elements"][0]["text"]["text"], "Declare now");
    }

    #[test]
    fn the_longest_text_fits_and_is_shown_whole() {
        for long in ["\u{1}".repeat(3_000), "🔥".repeat(3_000), "a\n\"b\" ".repeat(700)] {
            let message = message(&declare(&long), "12.34.ab", Cause::Slow, Some(&"S".repeat(100)));
            let json = message.to_json();
            let row = json["blocks"].as_array().unwrap().iter();
            let row = row.clone().find(|block| block["type"] == "actions").unwrap();
            for button in row["elements"].as_array().unwrap() {
                let value = button["value"].as_str().unwrap();
                let length = value.encode_utf16().count();
                assert!((1_990..=MAX_VALUE).contains(&length), "{length}");
                assert!(button["text"]["text"].as_str().unwrap().chars().count() <= MAX_LABEL);
            }
            let kept: Kept = serde_json::from_str(row["elements"][0]["value"].as_str().unwrap()).unwrap();
            assert!(long.starts_with(&kept.typed));
            assert!(json.to_string().contains("Copy the rest"));
        }
    }

    #[test]
    fn a_form_survives_its_button() {
        let forms = [
            declare("x"),
            Form::page(Some(incident().id)),
            Form::Role {
                typed: "lead".to_owned(),
                person: None,
            },
            Form::Archive {
                incident: incident().id,
            },
        ];
        for form in forms {
            let (value, cut) = fitting(form.typed(), |typed| form.with_typed(typed));
            assert!(!cut);
            assert_eq!(serde_json::from_str::<Form>(&value).unwrap(), form);
        }
    }

    #[test]
    fn an_expired_trigger_is_slowness() {
        let cause = |code: &str, may_be_open| {
            let error = slack::Error::Refused {
                method: "views.open",
                code: code.to_owned(),
                detail: None,
            };
            Cause::of(&NotShown { error, may_be_open })
        };
        assert_eq!(cause("expired_trigger_id", false), Cause::Slow);
        assert_eq!(cause("expired_trigger_id", true), Cause::Unclear);
        assert_eq!(cause("invalid_arguments", false), Cause::Refused);
    }
}
