//! Small helpers over slack-morphism's blocks, for the shapes that our messages and modals use.

use std::fmt::Display;

use slack_morphism::blocks::{
    SlackActionsBlock, SlackBlockButtonStyle, SlackBlockCheckboxesElement, SlackBlockChoiceItem, SlackBlockConfirmItem,
    SlackBlockDatePickerElement, SlackBlockExternalSelectElement, SlackBlockMarkDownText,
    SlackBlockMultiExternalSelectElement, SlackBlockOverflowElement, SlackBlockPlainText,
    SlackBlockPlainTextInputElement, SlackBlockPlainTextOnly, SlackBlockStaticSelectElement, SlackBlockText,
    SlackBlockTimePickerElement, SlackBlockUsersSelectElement, SlackContextBlock, SlackDividerBlock, SlackHeaderBlock,
    SlackHomeView, SlackInputBlock, SlackInputBlockElement, SlackModalView, SlackSectionBlock,
};

pub use slack_morphism::blocks::{
    SlackActionBlockElement as Element, SlackBlock as Block, SlackBlockButtonElement as Button,
    SlackBlockConfirmItem as Confirmation, SlackSectionBlockElement as Accessory, SlackView as View,
};

use domain::description::cut_at_word;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids;
use crate::text;
use crate::values::{ActionId, encode};

/// The most characters of a confirmation's title and text.
const MAX_CONFIRM_TITLE: usize = 100;
const MAX_CONFIRM_TEXT: usize = 300;
/// The most characters of a header.
const MAX_HEADER: usize = 150;

/// A line in large plain text.
pub fn header(line: &str) -> Block {
    SlackHeaderBlock::new(cut_at_word(line, MAX_HEADER).into()).into()
}

/// A paragraph of mrkdwn; what is longer than the 3,000 characters that Slack takes is cut.
pub fn section(mrkdwn: impl Into<String>) -> Block {
    SlackSectionBlock::new().with_text(markdown(mrkdwn)).into()
}

/// Mrkdwn in as many sections as it needs.
pub fn paragraphs(mrkdwn: &str) -> Vec<Block> {
    text::mrkdwn_sections(mrkdwn).into_iter().map(section).collect()
}

/// Text of people in as many sections as it needs, shown as it was typed: to be copied, or for where style means nothing.
pub fn prose(typed: &str) -> impl Iterator<Item = Block> {
    let sections = text::sections(typed).into_iter();
    sections.map(|piece| {
        SlackSectionBlock::new()
            .with_text(SlackBlockPlainText::new(piece).into())
            .into()
    })
}

/// Text of people in as many sections as it needs, with the links and the style that they meant.
pub fn formatted(typed: &str) -> Vec<Block> {
    paragraphs(&text::formatted(typed))
}

/// A line in small type.
pub fn context(mrkdwn: impl Into<String>) -> Block {
    SlackContextBlock::new(vec![
        SlackBlockMarkDownText::new(text::mrkdwn_within_section(mrkdwn.into()))
            .with_verbatim(true)
            .into(),
    ])
    .into()
}

/// A line between what belongs together.
pub fn divider() -> Block {
    SlackDividerBlock::new().into()
}

/// A paragraph of mrkdwn with something to press beside it.
pub fn section_with(mrkdwn: impl Into<String>, accessory: impl Into<Accessory>) -> Block {
    SlackSectionBlock::new()
        .with_text(markdown(mrkdwn))
        .with_accessory(accessory.into())
        .into()
}

/// A row of buttons; `None` when there are none, which Slack would refuse.
pub fn buttons(buttons: Vec<Button>) -> Option<Block> {
    actions(None, buttons.into_iter().map(Into::into).collect())
}

/// A row of things to press and to choose from, at most 25; `None` when there are none, which Slack would refuse.
///
/// A select keeps what a person chose last until the id of its block changes.
pub fn actions(block_id: Option<String>, elements: Vec<Element>) -> Option<Block> {
    if elements.is_empty() {
        return None;
    }
    let mut block = SlackActionsBlock::new(elements);
    block.block_id = block_id.map(Into::into);
    Some(block.into())
}

/// A button that carries nothing.
pub fn button<V>(action: ActionId<V>, label: &str) -> Button {
    new_button(action.as_str(), label)
}

fn new_button(action_id: &str, label: &str) -> Button {
    Button::new(SlackBlockPlainText::new(label.to_owned()).into()).with_action_id(action_id.into())
}

/// The one button of a row that most people want.
pub fn primary(button: Button) -> Button {
    button.with_style(SlackBlockButtonStyle::Primary)
}

/// A button that carries `value`.
pub fn button_of<V: Serialize>(action: ActionId<V>, label: &str, value: &V) -> Button {
    button(action, label).with_value(action.encode(value))
}

/// The same, one of several of a message: `rest` tells their ids apart.
pub fn one_button_of<V: Serialize>(action: ActionId<V>, rest: impl Display, label: &str, value: &V) -> Button {
    new_button(&action.with(rest), label).with_value(action.encode(value))
}

/// The button that opens the form to declare an incident.
pub fn declare_button() -> Button {
    primary(button(ids::ACTION_DECLARE, "Start a new incident"))
}

/// Buttons as Slack takes them, to be kept until they are shown.
pub fn button_json(buttons: &[Button]) -> Vec<Value> {
    buttons.iter().map(|button| serde_json::json!(button)).collect()
}

/// A button that was kept as [`button_json`].
pub fn read_button(button: &Value) -> Option<Button> {
    Button::deserialize(button).ok()
}

/// A button for what cannot be undone.
pub fn danger(button: Button) -> Button {
    button.with_style(SlackBlockButtonStyle::Danger)
}

/// A question that is asked before what was pressed or chosen happens; `text` names what will happen to whom.
pub fn confirmation(title: &str, text: &str, confirm: &str) -> Confirmation {
    SlackBlockConfirmItem::new(
        cut_at_word(title, MAX_CONFIRM_TITLE).into(),
        SlackBlockText::Plain(SlackBlockPlainText::new(cut_at_word(text, MAX_CONFIRM_TEXT))),
        confirm.into(),
        "Cancel".into(),
    )
}

/// A button that asks once more; `text` names what will happen to whom.
pub fn confirmed(button: Button, title: &str, text: &str, confirm: &str) -> Button {
    button.with_confirm(confirmation(title, text, confirm))
}

/// Between two and five things to do that are used seldom.
pub fn overflow<T: From<SlackBlockOverflowElement>>(action_id: &str, choices: &[Choice]) -> T {
    new_overflow(action_id, choices).into()
}

/// The same, each of which asks once more.
pub fn confirmed_overflow<T: From<SlackBlockOverflowElement>>(
    action_id: &str,
    choices: &[Choice],
    confirmation: Confirmation,
) -> T {
    new_overflow(action_id, choices).with_confirm(confirmation).into()
}

fn new_overflow(action_id: &str, choices: &[Choice]) -> SlackBlockOverflowElement {
    let options = choices.iter().map(choice::<SlackBlockPlainTextOnly>).collect();
    SlackBlockOverflowElement::new(options).with_action_id(action_id.into())
}

/// A select of one choice out of at most 100, one of them chosen.
pub fn select<T: From<SlackBlockStaticSelectElement>>(action_id: &str, choices: &[Choice], initial: &str) -> T {
    static_select(action_id, choices, Some(initial)).into()
}

/// A select of somebody in the workspace, nobody at first; with `confirmation` it asks once more.
pub fn people_select<T: From<SlackBlockUsersSelectElement>>(
    action_id: &str,
    placeholder: &str,
    confirmation: Option<Confirmation>,
) -> T {
    let mut select = SlackBlockUsersSelectElement::new()
        .with_action_id(action_id.into())
        .with_placeholder(cut_at_word(placeholder, MAX_PLACEHOLDER).into());
    select.confirm = confirmation;
    select.into()
}

/// A button that opens a link; `None` when the address is none.
pub fn link_button(name: &str, label: &str, address: &str) -> Option<Button> {
    let address = address.parse().ok()?;
    Some(new_button(&ids::LINK_PREFIX.with(name), label).with_url(address))
}

/// The address that opens a channel in Slack's clients.
pub fn button_address(channel: &str) -> String {
    format!("https://slack.com/app_redirect?channel={channel}")
}

/// A field for a person, with somebody chosen already where one is given.
pub fn person_field(id: &str, label: &str, initial: Option<&str>) -> Block {
    let mut element = SlackBlockUsersSelectElement::new().with_action_id(id.into());
    element.initial_user = initial.map(str::to_owned);
    input(id, label, element.into()).into()
}

/// A field for a line of text that may stay empty.
pub fn line_field(id: &str, label: &str, placeholder: &str, initial: Option<&str>, most: usize) -> Block {
    let mut element = SlackBlockPlainTextInputElement::new()
        .with_action_id(id.into())
        .with_max_length(most as u64)
        .with_placeholder(placeholder.into());
    element.initial_value = initial.filter(|text| !text.is_empty()).map(str::to_owned);
    input(id, label, element.into()).with_optional(true).into()
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

/// A field for text of several lines that may stay empty.
pub fn optional_text_field(id: &str, label: &str, placeholder: &str, most: usize) -> Block {
    let element = SlackBlockPlainTextInputElement::new()
        .with_action_id(id.into())
        .with_multiline(true)
        .with_max_length(most as u64)
        .with_placeholder(placeholder.into());
    input(id, label, element.into()).with_optional(true).into()
}

/// A field for a day, `2026-11-23`.
pub fn date_field(id: &str, label: &str, initial: &str) -> Block {
    let element = SlackBlockDatePickerElement::new()
        .with_action_id(id.into())
        .with_initial_date(initial.to_owned());
    input(id, label, element.into()).into()
}

/// A field for a time of the day, `14:02`.
pub fn time_field(id: &str, label: &str, hint: &str, initial: &str) -> Block {
    let element = SlackBlockTimePickerElement::new()
        .with_action_id(id.into())
        .with_initial_time(initial.to_owned());
    input(id, label, element.into()).with_hint(hint.into()).into()
}

/// A field for a line of text that has to be there.
pub fn title_field(id: &str, label: &str, initial: &str, most: usize) -> Block {
    let element = SlackBlockPlainTextInputElement::new()
        .with_action_id(id.into())
        .with_max_length(most as u64)
        .with_focus_on_load(true)
        .with_initial_value(initial.to_owned());
    input(id, label, element.into()).into()
}

/// A field for a line of text that has to be there, in a form where another field comes first in people's minds.
pub fn short_field(id: &str, label: &str, initial: Option<&str>, most: usize) -> Block {
    let mut element = SlackBlockPlainTextInputElement::new()
        .with_action_id(id.into())
        .with_max_length(most as u64);
    element.initial_value = initial.filter(|text| !text.is_empty()).map(str::to_owned);
    input(id, label, element.into()).into()
}

/// The most characters of an option's text, and of its description.
pub(crate) const MAX_OPTION: usize = 75;
/// The most characters of what stands in an empty field.
const MAX_PLACEHOLDER: usize = 150;

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
    input(id, label, static_select(id, choices, Some(initial)).into()).into()
}

fn static_select(id: &str, choices: &[Choice], initial: Option<&str>) -> SlackBlockStaticSelectElement {
    let options: Vec<_> = choices.iter().map(choice::<SlackBlockPlainTextOnly>).collect();
    let initial = options
        .iter()
        .find(|option| Some(option.value.as_str()) == initial)
        .cloned();
    let mut element = SlackBlockStaticSelectElement::new()
        .with_action_id(id.into())
        .with_options(options);
    element.initial_option = initial;
    element
}

/// A field with one choice out of any number: Slack asks for what fits while somebody types.
pub fn search_field(id: &str, label: &str, placeholder: &str, initial: Option<&Choice>) -> Block {
    let mut element = SlackBlockExternalSelectElement::new()
        .with_action_id(id.into())
        .with_placeholder(cut_at_word(placeholder, MAX_PLACEHOLDER).into())
        .with_min_query_length(0);
    element.initial_option = initial.map(choice::<SlackBlockPlainTextOnly>);
    input(id, label, element.into()).into()
}

/// A field with any choices out of any number, at most `most`: Slack asks for what fits while somebody types.
pub fn multi_search_field(
    id: &str,
    label: &str,
    hint: &str,
    placeholder: &str,
    chosen: &[Choice],
    most: usize,
) -> Block {
    let mut element = SlackBlockMultiExternalSelectElement::new()
        .with_action_id(id.into())
        .with_placeholder(cut_at_word(placeholder, MAX_PLACEHOLDER).into())
        .with_max_selected_items(most as u64)
        .with_min_query_length(0);
    if !chosen.is_empty() {
        element.initial_options = Some(chosen.iter().map(choice::<SlackBlockPlainTextOnly>).collect());
    }
    input(id, label, element.into())
        .with_hint(hint.into())
        .with_optional(true)
        .into()
}

/// The same in groups, each with its name.
pub fn option_groups(groups: &[(String, Vec<Choice>)]) -> Vec<serde_json::Value> {
    let group = |(label, choices): &(String, Vec<Choice>)| {
        serde_json::json!({
            "label": { "type": "plain_text", "text": cut_at_word(label, MAX_OPTION) },
            "options": options(choices),
        })
    };
    groups.iter().map(group).collect()
}

/// What a field made by [`search_field`] is answered with, at most 100.
pub fn options(choices: &[Choice]) -> Vec<impl Serialize + use<>> {
    choices.iter().map(choice::<SlackBlockPlainTextOnly>).collect()
}

/// A field with a box to tick, not ticked at first.
pub fn tick_field(id: &str, label: &str, tick: &Choice) -> Block {
    let option: SlackBlockChoiceItem<SlackBlockText> = choice(tick);
    let element = SlackBlockCheckboxesElement::new(vec![option]).with_action_id(id.into());
    input(id, label, element.into()).with_optional(true).into()
}

/// A field with a box that is ticked at first.
pub fn ticked_field(id: &str, label: &str, tick: &Choice) -> Block {
    let option: SlackBlockChoiceItem<SlackBlockText> = choice(tick);
    let element = SlackBlockCheckboxesElement::new(vec![option.clone()])
        .with_action_id(id.into())
        .with_initial_options(vec![option]);
    input(id, label, element.into()).with_optional(true).into()
}

impl Choice {
    /// An option without small type.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            description: String::new(),
        }
    }
}

/// A modal that carries what it is about: it comes back when the modal is submitted.
pub fn modal_of(callback_id: &str, about: &impl Serialize, title: &str, submit: &str, blocks: Vec<Block>) -> View {
    View::Modal(new_modal(callback_id, title, submit, blocks).with_private_metadata(encode(about)))
}

/// A modal.
pub fn modal(callback_id: &str, title: &str, submit: &str, blocks: Vec<Block>) -> View {
    View::Modal(new_modal(callback_id, title, submit, blocks))
}

fn new_modal(callback_id: &str, title: &str, submit: &str, blocks: Vec<Block>) -> SlackModalView {
    SlackModalView::new(title.into(), blocks)
        .with_callback_id(callback_id.into())
        .with_submit(submit.into())
        .with_close("Cancel".into())
}

/// A modal on top of another that carries what it is about; `submit` and `close` are its buttons.
pub fn step_of(
    callback_id: &str,
    about: &impl Serialize,
    title: &str,
    (submit, close): (&str, &str),
    blocks: Vec<Block>,
) -> View {
    View::Modal(
        SlackModalView::new(title.into(), blocks)
            .with_callback_id(callback_id.into())
            .with_private_metadata(encode(about))
            .with_submit(submit.into())
            .with_close(close.into()),
    )
}

/// A modal to read and to press buttons in, about the thing with this id.
pub fn reading(callback_id: &str, about: &str, title: &str, blocks: Vec<Block>) -> View {
    View::Modal(
        SlackModalView::new(title.into(), blocks)
            .with_callback_id(callback_id.into())
            .with_private_metadata(about.to_owned())
            .with_close("Close".into()),
    )
}

/// A modal that only says something.
pub fn notice(sentence: &str) -> View {
    let blocks = vec![
        SlackSectionBlock::new()
            .with_text(SlackBlockPlainText::new(sentence.to_owned()).into())
            .into(),
    ];
    View::Modal(SlackModalView::new("incident-bot".into(), blocks).with_close("Close".into()))
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
    SlackBlockMarkDownText::new(text::mrkdwn_within_section(mrkdwn.into()))
        .with_verbatim(true)
        .into()
}
