//! What the slash command understands.

use serde_json::{Value, json};

/// The answer to a word that the slash command does not know; only who typed it sees it.
pub(crate) fn answer() -> Value {
    json!({
        "response_type": "ephemeral",
        "text": "`/incident new` opens the form to declare an incident; what you write behind it is filled in.\n\
                 `/incident diag` says whether the bot has all it needs.",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help() {
        insta::assert_json_snapshot!(answer());
    }
}
