//! The modal in which an update is written.

use domain::{Incident, Settings};
use incidents::{MAX_RESOURCES, MAX_UPDATE};
use slack::blocks::{View, line_field, modal, text_field};
use slack::ids;

use crate::features::incident::incident_field;

/// The modal, about `incident` where one is known already, with what was typed before where something was.
pub(crate) fn view(incident: Option<&Incident>, settings: &Settings, message: Option<&str>) -> View {
    let message = message.map(|text| text.chars().take(MAX_UPDATE).collect::<String>());
    modal(
        ids::VIEW_UPDATE,
        "Send an update",
        "Send",
        vec![
            incident_field(incident, settings),
            line_field(
                ids::FIELD_RESOURCES,
                "Impacted resources",
                "What is hit, such as “checkout, EU only”",
                None,
                MAX_RESOURCES,
            ),
            text_field(
                ids::FIELD_MESSAGE,
                "Message",
                "It is posted in the digest channel, for people who were not there.",
                "What is known, what is being done, when you will tell more",
                message.as_deref(),
                MAX_UPDATE as u64,
            ),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::testing::incident;

    #[test]
    fn with_and_without_an_incident() {
        insta::assert_json_snapshot!("chosen", view(Some(&incident()), &Settings::default(), None));
        insta::assert_json_snapshot!("to_choose", view(None, &Settings::default(), Some("Rolling back")));
    }
}
