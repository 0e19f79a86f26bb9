//! What whoever pins a message is told, where the ✅ does not say it.

use domain::Actor;
use slack::text::escape;

/// The message is pinned already.
pub(super) fn already(by: &Actor) -> String {
    match by.name() {
        "" => "This message is already pinned to the incident.".to_owned(),
        name => format!("{} already pinned this message to the incident.", escape(name)),
    }
}

/// Files were left out; `pinned` tells whether something else of the message was pinned.
pub(super) fn left_out(names: &[String], pinned: bool) -> String {
    let name = |name: &String| match name.as_str() {
        // It was deleted, or its workspace does not share it.
        "" => "a file that Slack doesn't share with us".to_owned(),
        name => escape(name),
    };
    let names: Vec<_> = names.iter().map(name).collect();
    let (names, taken) = (
        names.join(", "),
        "Only text and images (PNG, JPEG, GIF, WebP, up to 20 MB) can be pinned.",
    );
    if pinned {
        format!("The message was pinned without {names}. {taken}")
    } else if names.is_empty() {
        format!("Nothing was pinned. {taken}")
    } else {
        format!("Nothing was pinned: {names} can't be pinned. {taken}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said() {
        let alice = Actor::Slack {
            user_id: "U1".to_owned(),
            name: "alice".to_owned(),
        };
        let files = ["plan <b>.pdf".to_owned(), "log.txt".to_owned()];
        let said = [
            already(&alice),
            left_out(&files, true),
            left_out(&files, false),
            left_out(&[], false),
        ];
        insta::assert_snapshot!(said.join("\n"));
        let said = left_out(&[String::new()], false);
        assert!(
            said.starts_with("Nothing was pinned: a file that Slack doesn't share with us can't be pinned."),
            "{said}"
        );
    }
}
