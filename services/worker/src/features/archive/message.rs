//! What is asked when an incident is open and its channel cannot be used.

use domain::{ChannelLost, Incident, Question, Settled};
use slack::blocks::{button_of, buttons, confirmed, context, section};
use slack::text::{channel as channel_link, escape, mention};
use slack::{Message, ids};

/// The question as it is now: with its button while it is open. `by` is who opened the incident again.
pub(crate) fn question(incident: &Incident, question: &Question, by: Option<&str>) -> Message {
    if let Some(settled) = &question.settled {
        let text = match settled {
            Settled::NewChannel { by } => format!("{} created a new channel.", escape(by)),
            Settled::Unarchived => "The channel can be used again.".to_owned(),
            Settled::AskedAgain => "The channel can't be used; see the newer message below.".to_owned(),
            _ => "The channel can't be used, but it's no longer needed.".to_owned(),
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
            "📦 {whom}The incident is open, but its channel {channel} is archived, and bots can't unarchive \
             channels.\nUnarchive it in Slack (channel details → Settings → Unarchive channel), or create a new one."
        ),
        Some(ChannelLost::Deleted) => format!(
            "🗑️ {whom}The incident is open, but its channel #{} was deleted. Create a new one.",
            escape(&incident.channel_name)
        ),
        // Read in direct messages, where nothing else says which incident is meant.
        Some(ChannelLost::Removed) => format!(
            "👋 {whom}incident-bot is no longer in the channel #{} of the incident “{}”, so nothing new is posted \
             there.\n\
             Invite it back: type `/invite @incident-bot` in that channel. If the channel was deleted, create a new one.",
            escape(&incident.channel_name),
            escape(&incident.title)
        ),
    };
    let anew = confirmed(
        button_of(ids::ACTION_NEW_CHANNEL, "Create a new channel", &incident.id),
        "Create a new channel?",
        "This creates a new channel for the incident and invites you, the declarer, everybody with a role and \
         everybody who was invited. The old channel stays as it is.",
        "Create",
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
