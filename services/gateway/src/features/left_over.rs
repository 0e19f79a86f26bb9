//! What of a text does not fit into its field: nothing that somebody typed is dropped without a word.

use slack::blocks::{Block, context, prose};

/// The first characters of a text, and the rest.
pub(crate) fn split_at_char(text: &str, characters: usize) -> (&str, &str) {
    let end = text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at);
    text.split_at(end)
}

/// Shows the rest of a text below its field.
pub(crate) fn left_over(rest: &str) -> impl Iterator<Item = Block> {
    let head = (!rest.is_empty()).then(|| context("This part of your text doesn't fit into the field:"));
    head.into_iter().chain(prose(rest))
}
