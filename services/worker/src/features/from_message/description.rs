//! What an incident is called that is declared from a message.

use domain::description::{MAX_DESCRIPTION, cut_at_word};

/// What the message says, then where it stands. `author` is asked for only where it says nothing.
pub(super) fn description(text: &str, author: Option<&str>, link: &str) -> String {
    let text = text.trim();
    let said = match (text, author) {
        ("", Some(author)) => format!("A message from {author}"),
        ("", None) => "A message without text".to_owned(),
        (text, _) => text.to_owned(),
    };
    let room = MAX_DESCRIPTION.saturating_sub(link.chars().count() + 2);
    format!("{}\n\n{link}", cut_at_word(&said, room))
}

#[cfg(test)]
mod tests {
    use domain::Description;

    use super::*;

    #[test]
    fn it_always_is_a_description() {
        let link = "https://example.slack.com/archives/C1/p1";
        for (text, title) in [("Payments fail\nfor all", "Payments fail"), (" ", "A message from bob")] {
            let description = Description::parse(&description(text, Some("bob"), link)).unwrap();
            assert_eq!(description.title(), title);
            assert!(description.as_str().ends_with(link));
        }
        let long = description(&"word ".repeat(2_000), None, link);
        assert!(Description::parse(&long).is_ok() && long.ends_with(link));
    }
}
