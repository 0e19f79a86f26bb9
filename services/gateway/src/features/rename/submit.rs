//! The modal was submitted, or a channel was renamed in Slack.

use domain::IncidentId;
use incidents::{CommandError, rename};
use serde_json::Value;
use slack::ids;

use crate::Gateway;
use crate::answer::{Answer, Trouble};
use crate::submitted::Submitted;

/// Changes the title. What is wrong is said in the field.
pub(super) async fn submit(gateway: &Gateway, submitted: &Submitted, incident: IncidentId) -> Answer {
    let title = submitted.text(ids::FIELD_TITLE);
    let and_channel = !submitted.ticked(ids::FIELD_RENAME_CHANNEL).is_empty();
    let request = submitted.request(gateway);
    let renamed = rename(&gateway.pool, &request, incident, &title, and_channel);
    match gateway.confirm(renamed).await {
        Ok(()) => Answer::done(),
        Err(trouble @ Trouble::Refused(CommandError::ChannelNotReady | CommandError::ChannelIsArchived)) => {
            Answer::field(ids::FIELD_RENAME_CHANNEL, &trouble.sentence())
        }
        Err(trouble) => Answer::field(ids::FIELD_TITLE, &trouble.sentence()),
    }
}

/// Keeps the name that a channel has in Slack now.
pub(crate) async fn renamed(gateway: &Gateway, event: &Value) -> Answer {
    let channel = &event["channel"];
    let (Some(channel), Some(name)) = (channel["id"].as_str(), channel["name"].as_str()) else {
        return Answer::done();
    };
    let kept = incidents::channel_renamed_in_slack(&gateway.pool, channel, name, gateway.now());
    match gateway.confirm(kept).await {
        Ok(()) | Err(Trouble::Refused(_)) => Answer::done(),
        Err(Trouble::Unconfirmed) => Answer::SendAgain,
    }
}
