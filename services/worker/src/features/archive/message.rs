//! What is asked when an incident is open and its channel cannot be used.

use domain::{ChannelLost, Incident, Question, Settled};
use slack::blocks::{button_of, buttons, confirmed, context, section};
use slack::text::{channel as channel_link, escape, mention};
use slack::{Message, ids};

/// The question as it is now: with its button while it is open. `by` is who opened the incident again.
pub(crate) fn question(incident: &Incident, question: &Question, by: Option<&str>) -> Message {
    if let Some(settled) = &question.settled {
        let text = match settled {
            Settled::NewChannel { by } => format!("{} had a new channel made.", escape(by)),
            Settled::Unarchived => "The channel can be used again.".to_owned(),
            Settled::AskedAgain => "The channel cannot be used; the newest message about it is below.".to_owned(),
            _ => "The channel cannot be used, and nobody needs it any more.".to_owned(),
        };
        return Message {
            blocks: vec![context(text.clone())],
            text,
        };
    }
    let channel = incident.channel_id.as_deref().map(channel_link).unwrap_or_default();
    let mut people = incident.leaders();
    people.extend(by.filter(|by| !people.contains(by)));
    let whom: String = people.into_iter().map(|user| mention(user) + " ").collect();
    let text = match incident.channel_lost {
        None => format!(
            "📦 {whom}The incident is open, but its channel {channel} is archived, and a bot cannot open it.\n\
             Please unarchive it in Slack (the channel's details → Settings → Unarchive channel), or have a new one made."
        ),
        Some(ChannelLost::Deleted) => format!(
            "🗑️ {whom}The incident is open, but its channel #{} was deleted. Please have a new one made.",
            escape(&incident.channel_name)
        ),
        // Read in direct messages, where nothing else says which incident is meant.
        Some(ChannelLost::Removed) => format!(
            "👋 {whom}incident-bot is not in the channel #{} of the incident “{}” any more, so nothing new is shown there.\n\
             Please invite it back: type `/invite @incident-bot` in that channel. If the channel was deleted, have a new one \
             made.",
            escape(&incident.channel_name),
            escape(&incident.title)
        ),
    };
    let anew = confirmed(
        button_of(ids::ACTION_NEW_CHANNEL, "Make a new channel", &incident.id),
        "Make a new channel?",
        "A new channel is made for this incident. Whoever declared it, has a role in it or was invited comes along, and so do you. \
         The old one stays as it is.",
        "Make it",
    );
    let mut blocks = vec![section(text.clone())];
    blocks.extend(buttons(vec![anew]));
    Message { text, blocks }
}

#[cfg(test)]
mod tests {
    use domain::Asking;

    use super::*;
    use crate::features::testing::incident;

    #[test]
    fn asked_and_settled() {
        let incident = Incident {
            channel_id: Some("C1".to_owned()),
            archived_at: Some(incident().declared_at),
            ..incident()
        };
        let of = |settled| Question {
            id: incident.id.0,
            incident: incident.id,
            asking: Asking::Unarchive,
            asked_at: incident.declared_at,
            posted: None,
            settled,
        };
        insta::assert_json_snapshot!("asked", question(&incident, &of(None), Some("U3")).to_json());
        for (name, lost) in [("removed", ChannelLost::Removed), ("deleted", ChannelLost::Deleted)] {
            let incident = Incident {
                channel_lost: Some(lost),
                archived_at: None,
                ..incident.clone()
            };
            insta::assert_json_snapshot!(name, question(&incident, &of(None), None).to_json());
        }
        let anew = Settled::NewChannel { by: "bob".to_owned() };
        insta::assert_json_snapshot!(
            "settled",
            [Settled::Unarchived, anew, Settled::AskedAgain, Settled::NotNeeded].map(|settled| question(
                &incident,
                &of(Some(settled)),
                None
            )
            .to_json())
        );
    }
}
