//! What stands with the file.

use domain::Actor;
use slack::text::escape;

/// The comment under which the file is shared.
pub(super) fn comment(by: &Actor, messages: usize) -> String {
    let messages = match messages {
        1 => "1 message".to_owned(),
        many => format!("{many} messages"),
    };
    let by = match by.name() {
        "" => String::new(),
        name => format!(" by {}", escape(name)),
    };
    format!("📄 All messages until now ({messages}), exported{by}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_much_and_by_whom() {
        let bob = Actor::Slack {
            user_id: "U2".to_owned(),
            name: "bob <3".to_owned(),
        };
        insta::assert_snapshot!([comment(&bob, 1), comment(&Actor::System, 20_000)].join("\n"));
    }
}
