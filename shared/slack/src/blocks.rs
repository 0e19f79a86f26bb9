//! Small helpers over slack-morphism's blocks, for the shapes that our messages and modals use.

use slack_morphism::blocks::{
    SlackActionBlockElement, SlackActionsBlock, SlackBlockButtonElement, SlackBlockButtonStyle,
    SlackBlockCheckboxesElement, SlackBlockChoiceItem, SlackBlockMarkDownText, SlackBlockPlainText,
    SlackBlockPlainTextInputElement, SlackBlockPlainTextOnly, SlackBlockStaticSelectElement, SlackBlockText,
    SlackContextBlock, SlackHeaderBlock, SlackHomeView, SlackInputBlock, SlackInputBlockElement, SlackModalView,
    SlackSectionBlock,
};

pub use slack_morphism::blocks::{SlackBlock as Block, SlackView as View};

use domain::description::cut_at_word;

use crate::ids;
use crate::text;

/// The most characters of a header.
const MAX_HEADER: usize = 150;

/// A line in large plain text.
pub fn header(line: &str) -> Block {
    SlackHeaderBlock::new(cut_at_word(line, MAX_HEADER).into()).into()
}

/// A paragraph of mrkdwn, at most 3,000 characters.
pub fn section(mrkdwn: impl Into<String>) -> Block {
    SlackSectionBlock::new().with_text(markdown(mrkdwn)).into()
}

/// Text of people in as many sections as it needs, shown as it was typed: plain text has no signs that mean something.
pub fn prose(typed: &str) -> impl Iterator<Item = Block> {
    let sections = text::sections(typed).into_iter();
    sections.map(|piece| {
        SlackSectionBlock::new()
            .with_text(SlackBlockPlainText::new(piece).into())
            .into()
    })
}

/// A line in small type.
pub fn context(mrkdwn: impl Into<String>) -> Block {
    SlackContextBlock::new(vec![
        SlackBlockMarkDownText::new(mrkdwn.into()).with_verbatim(true).into(),
    ])
    .into()
}

/// A row of buttons; `None` when there are none, which Slack would refuse.
pub fn buttons(buttons: Vec<SlackBlockButtonElement>) -> Option<Block> {
    let elements: Vec<SlackActionBlockElement> = buttons.into_iter().map(Into::into).collect();
    (!elements.is_empty()).then(|| SlackActionsBlock::new(elements).into())
}

/// A button that acts.
pub fn button(action_id: &str, label: &str) -> SlackBlockButtonElement {
    SlackBlockButtonElement::new(SlackBlockPlainText::new(label.to_owned()).into()).with_action_id(action_id.into())
}

/// The one button of a row that most people want.
pub fn primary(button: SlackBlockButtonElement) -> SlackBlockButtonElement {
    button.with_style(SlackBlockButtonStyle::Primary)
}

/// A button that opens a link; `None` when the address is none.
pub fn link_button(name: &str, label: &str, address: &str) -> Option<SlackBlockButtonElement> {
    let address = address.parse().ok()?;
    Some(button(&format!("{}{name}", ids::LINK_PREFIX), label).with_url(address))
}

/// The address that opens a channel in Slack's clients.
pub fn button_address(channel: &str) -> String {
    format!("https://slack.com/app_redirect?channel={channel}")
}

/// A field for text of several lines; its block and its element carry the same id.
pub fn text_field(id: &str, label: &str, hint: &str, placeholder: &str, initial: Option<&str>, most: u64) -> Block {
    let mut element = SlackBlockPlainTextInputElement::new()
        .with_action_id(id.into())
        .with_multiline(true)
        .with_max_length(most)
        .with_focus_on_load(true)
        .with_placeholder(placeholder.into());
    if let Some(initial) = initial.filter(|text| !text.is_empty()) {
        element = element.with_initial_value(initial.to_owned());
    }
    input(id, label, element.into()).with_hint(hint.into()).into()
}

/// The most characters of an option's text, and of its description.
const MAX_OPTION: usize = 75;

/// An option of a select.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What comes back.
    pub value: String,
    /// What people read.
    pub label: String,
    /// What stands below it in small type; empty for nothing.
    pub description: String,
}

/// A field with one choice out of at most 100, one of them chosen.
pub fn select_field(id: &str, label: &str, choices: &[Choice], initial: &str) -> Block {
    let options: Vec<_> = choices.iter().map(choice::<SlackBlockPlainTextOnly>).collect();
    let initial = options.iter().find(|option| option.value == initial).cloned();
    let mut element = SlackBlockStaticSelectElement::new()
        .with_action_id(id.into())
        .with_options(options);
    element.initial_option = initial;
    input(id, label, element.into()).into()
}

/// A field with a box to tick, not ticked at first.
pub fn tick_field(id: &str, label: &str, tick: &Choice) -> Block {
    let option: SlackBlockChoiceItem<SlackBlockText> = choice(tick);
    let element = SlackBlockCheckboxesElement::new(vec![option]).with_action_id(id.into());
    input(id, label, element.into()).with_optional(true).into()
}

/// A modal.
pub fn modal(callback_id: &str, title: &str, submit: &str, blocks: Vec<Block>) -> View {
    View::Modal(
        SlackModalView::new(title.into(), blocks)
            .with_callback_id(callback_id.into())
            .with_submit(submit.into())
            .with_close("Cancel".into()),
    )
}

/// An app home.
pub fn home(blocks: Vec<Block>) -> View {
    View::Home(SlackHomeView::new(blocks))
}

fn input(id: &str, label: &str, element: SlackInputBlockElement) -> SlackInputBlock {
    SlackInputBlock::new(label.into(), element).with_block_id(id.into())
}

fn choice<T: From<SlackBlockPlainText> + Into<SlackBlockText>>(choice: &Choice) -> SlackBlockChoiceItem<T> {
    let label = cut_at_word(&choice.label, MAX_OPTION);
    let mut item = SlackBlockChoiceItem::new(SlackBlockPlainText::new(label).into(), choice.value.clone());
    if !choice.description.is_empty() {
        item.description = Some(cut_at_word(&choice.description, MAX_OPTION).into());
    }
    item
}

/// Text that Slack draws exactly as given, apart from mrkdwn's own signs: it makes no mentions out of bare words.
fn markdown(mrkdwn: impl Into<String>) -> SlackBlockText {
    SlackBlockMarkDownText::new(mrkdwn.into()).with_verbatim(true).into()
}
