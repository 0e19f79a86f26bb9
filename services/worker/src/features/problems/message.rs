//! Something could not be done.

use domain::Incident;
use slack::Message;
use slack::blocks::section;
use slack::text::escape;

/// What did not work, for those who have to know.
pub(crate) fn message(incident: &Incident, sentence: &str) -> Message {
    let mut text = format!("⚠️ {}", escape(sentence));
    // In a direct message nothing else says which incident is meant.
    if incident.channel_id.is_none() {
        text = format!("{text}\nThis is about your incident “{}”.", escape(&incident.title));
    }
    Message {
        blocks: vec![section(text.clone())],
        text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::testing::incident;

    #[test]
    fn to_the_declarer_and_in_the_channel() {
        let sentence = "The channel of this incident could not be created. Slack refused it.";
        insta::assert_json_snapshot!("declarer", message(&incident(), sentence).to_json());
        let with_channel = Incident {
            channel_id: Some("C1".to_owned()),
            ..incident()
        };
        insta::assert_json_snapshot!("channel", message(&with_channel, sentence).to_json());
    }
}
