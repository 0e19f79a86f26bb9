//! Messages are pinned to an incident with an emoji, in the incident's channel or in the one about its causes. Only that it happened is recorded here.

use domain::IncidentId;
use incidents::CommandError;
use jobs::{FollowPin, PinCause};
use serde::Deserialize;
use serde_json::Value;
use slack_morphism::events::SlackPushEventCallback;

use crate::Gateway;
use crate::answer::{Answer, Trouble};
use crate::features::incident::incident_of_channel;

/// What stands around an event.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// Names the event, also when it is sent again.
    pub(crate) event_id: String,
    /// The bot as a user; empty where Slack does not say.
    pub(crate) bot: String,
    /// Whether it happened in a channel that is shared with another workspace, where Slack says.
    pub(crate) in_shared_channel: Option<bool>,
}

impl Told {
    /// What stands around this one.
    pub(crate) fn of(callback: &SlackPushEventCallback, in_shared_channel: Option<bool>) -> Self {
        let mut told = callback.authorizations.iter().flatten();
        Self {
            event_id: callback.event_id.0.clone(),
            bot: told.next().map(|bot| bot.user_id.0.clone()).unwrap_or_default(),
            in_shared_channel,
        }
    }
}

/// A reaction, put on something or taken from it.
#[derive(Deserialize)]
pub(crate) struct Reaction {
    pub(crate) user: String,
    #[serde(rename = "reaction")]
    pub(crate) emoji: String,
    pub(crate) item: Item,
}

/// What it was put on. Only messages have a channel and a `ts`.
#[derive(Deserialize)]
pub(crate) struct Item {
    #[serde(default)]
    pub(crate) channel: String,
    #[serde(default)]
    pub(crate) ts: String,
}

/// Has a message looked at that somebody put the emoji on, or took it from.
pub(crate) async fn reacted(gateway: &Gateway, told: &Told, cause: PinCause, event: Value) -> Answer {
    let Ok(Reaction { user, emoji, item }) = serde_json::from_value(event) else {
        return Answer::done();
    };
    if user == told.bot || item.ts.is_empty() {
        return Answer::done();
    }
    let recorded = async {
        let mut conn = gateway.pool.acquire().await?;
        let settings = gateway.pool.settings(&mut conn).await?;
        if !slack::is_emoji(&emoji, &settings.pin_emoji) {
            return Ok(());
        }
        let Some(incident) = incident_of(&mut conn, &user, &item.channel).await? else {
            return Ok(());
        };
        drop(conn);
        record(gateway, told, incident, item, cause, user).await
    };
    answer(&gateway.confirm(recorded).await)
}

/// Has a pinned message looked at that was edited.
pub(crate) async fn edited(gateway: &Gateway, told: &Told, event: &Value) -> Answer {
    let (Some(channel), Some(ts)) = (event["channel"].as_str(), event["message"]["ts"].as_str()) else {
        return Answer::done();
    };
    let recorded = async {
        let mut conn = gateway.pool.acquire().await?;
        let Some(pin) = store::pins::get(&mut conn, channel, ts).await? else {
            return Ok(());
        };
        drop(conn);
        let item = Item {
            channel: channel.to_owned(),
            ts: ts.to_owned(),
        };
        record(gateway, told, pin.incident, item, PinCause::Edited, String::new()).await
    };
    answer(&gateway.confirm(recorded).await)
}

/// The incident whose channel this is, while something can be posted there, or whose causes are looked into there.
async fn incident_of(
    conn: &mut store::PgConnection,
    user: &str,
    channel: &str,
) -> Result<Option<IncidentId>, CommandError> {
    let incident = incident_of_channel(conn, user, channel).await?;
    let usable = incident.filter(|incident| incident.takes_pins_from(channel));
    Ok(usable.map(|incident| incident.id))
}

async fn record(
    gateway: &Gateway,
    told: &Told,
    incident: IncidentId,
    Item { channel, ts }: Item,
    cause: PinCause,
    by: String,
) -> Result<(), CommandError> {
    let follow = FollowPin {
        incident,
        channel,
        ts,
        cause,
        by,
        bot: told.bot.clone(),
        event: told.event_id.clone(),
    };
    let mut tx = gateway.pool.begin().await?;
    queue::enqueue_at(&mut tx, gateway.now(), vec![follow.job()]).await?;
    tx.commit().await?;
    Ok(())
}

fn answer(recorded: &Result<(), Trouble>) -> Answer {
    match recorded {
        Ok(()) | Err(Trouble::Refused(_)) => Answer::done(),
        Err(Trouble::Unconfirmed) => Answer::SendAgain,
    }
}
