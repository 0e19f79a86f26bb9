//! The modal in which an update is written.

use domain::{Incident, Settings};
use incidents::{MAX_RESOURCES, MAX_UPDATE};
use slack::blocks::{View, line_field, modal, text_field};
use slack::ids;

use crate::features::incident::incident_field;
use crate::features::left_over::{left_over, split_at_char};

/// The most characters that Slack takes in a field.
const MAX_FIELD: usize = 3_000;

/// The modal, about `incident` where one is known already, with what was typed before where something was.
pub(crate) fn view(incident: Option<&Incident>, settings: &Settings, message: Option<&str>) -> View {
    let message = message.unwrap_or_default();
    let length = message.chars().count();
    let (message, rest) = split_at_char(message, MAX_FIELD);
    // A text that is too long stays whole in the field, to be shortened there.
    let (most, hint) = if length > MAX_UPDATE {
        let hint = format!("Your text has {length} characters; the limit is {MAX_UPDATE}. Shorten it.");
        (MAX_FIELD, hint)
    } else {
        let hint = "It's posted in the digest channel, for people outside the incident's channel.";
        (MAX_UPDATE, hint.to_owned())
    };
    let mut blocks = vec![
        incident_field(incident, settings),
        line_field(
            ids::FIELD_RESOURCES,
            "Affected",
            "What is affected, such as “checkout, EU only”",
            None,
            MAX_RESOURCES,
        ),
        text_field(
            ids::FIELD_MESSAGE,
            "Message",
            &hint,
            "What is known, what is being done, when the next update comes",
            Some(message),
            most as u64,
        ),
    ];
    blocks.extend(left_over(rest));
    modal(ids::VIEW_UPDATE, "Send an update", "Send", blocks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::testing::incident;

    #[test]
    fn with_and_without_an_incident() {
        insta::assert_json_snapshot!("chosen", view(Some(&incident()), &Settings::default(), None));
        insta::assert_json_snapshot!("to_choose", view(None, &Settings::default(), Some("Rolling back")));
        let long = format!("{}{}", "x".repeat(MAX_FIELD), "the end");
        let shown = serde_json::to_value(view(None, &Settings::default(), Some(&long))).unwrap();
        let element = &shown["blocks"][2]["element"];
        assert_eq!(element["max_length"], MAX_FIELD);
        assert_eq!(element["initial_value"].as_str().unwrap().len(), MAX_FIELD);
        assert_eq!(shown["blocks"][4]["text"]["text"], "the end");
        assert!(
            shown["blocks"][2]["hint"]["text"]
                .as_str()
                .unwrap()
                .contains("3007 characters")
        );
    }
}
