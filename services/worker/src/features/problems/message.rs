//! Something could not be done.

use domain::Incident;
use jobs::TellProblem;
use slack::Message;
use slack::blocks::{button_of, buttons, context, section};
use slack::ids;
use slack::text::{channel, escape};
use slack::values::EntryOf;

/// What did not work, for those who have to know, and how to have it tried again.
pub(crate) fn message(incident: &Incident, problem: &TellProblem, directly: bool) -> Message {
    let mut text = format!("⚠️ {}", escape(&problem.sentence));
    // In a direct message nothing else says which incident is meant.
    if directly {
        let where_it_is = incident.channel_id.as_ref().map(|id| format!(" in {}", channel(id)));
        let (title, where_it_is) = (escape(&incident.title), where_it_is.unwrap_or_default());
        text = format!("{text}\nThis is about the incident “{title}”{where_it_is}.");
    }
    let mut blocks = vec![section(text.clone())];
    if let Some(by) = &problem.tried_by {
        blocks.push(context(format!("{} retried this.", escape(by))));
    } else if problem.retry {
        let value = EntryOf {
            incident: incident.id,
            entry: problem.problem,
        };
        blocks.extend(buttons(vec![button_of(ids::ACTION_RETRY, "Retry", &value)]));
    }
    Message { blocks, text }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::features::testing::incident;

    fn problem() -> TellProblem {
        TellProblem {
            incident: incident().id,
            problem: Uuid::nil(),
            sentence: "The channel of this incident could not be created. Slack refused it.".to_owned(),
            retry: true,
            tried_by: None,
            in_rca: false,
        }
    }

    #[test]
    fn to_the_declarer_and_in_the_channel() {
        insta::assert_json_snapshot!("declarer", message(&incident(), &problem(), true).to_json());
        let with_channel = Incident {
            channel_id: Some("C1".to_owned()),
            ..incident()
        };
        insta::assert_json_snapshot!("channel", message(&with_channel, &problem(), false).to_json());
        let tried = TellProblem {
            tried_by: Some("bob".to_owned()),
            ..problem()
        };
        insta::assert_json_snapshot!("tried_again", message(&with_channel, &tried, false).to_json());
    }
}
