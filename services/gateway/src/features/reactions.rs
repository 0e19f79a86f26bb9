//! An emoji was added to a message: it declares an incident from it, or pins it to one.

use jobs::{DeclareFromMessage, PinCause};
use serde::Deserialize;
use serde_json::Value;

use crate::Gateway;
use crate::answer::Answer;
use crate::features::pins::{self, Reaction, Told};

/// Deals with an emoji that means something to the bot.
pub(crate) async fn added(gateway: &Gateway, told: &Told, event: Value) -> Answer {
    let Ok(Reaction { user, emoji, item }) = Reaction::deserialize(&event) else {
        return Answer::done();
    };
    if item.ts.is_empty() {
        return Answer::done();
    }
    let declares = gateway.confirm(async {
        let mut tx = gateway.pool.begin().await?;
        let settings = gateway.pool.settings(&mut tx).await?;
        let declares = settings
            .declare_emoji
            .as_deref()
            .is_some_and(|wanted| slack::is_emoji(&emoji, wanted));
        if declares {
            let declare = DeclareFromMessage {
                channel: item.channel,
                ts: item.ts,
                user,
            };
            let incident = store::incidents::of_either_channel(&mut tx, &declare.channel).await?;
            let declare = declare.job(incident.map(|incident| incident.id));
            queue::enqueue_at(&mut tx, gateway.now(), vec![declare]).await?;
            store::commit(tx).await?;
        }
        Ok(declares)
    });
    match declares.await {
        Ok(true) => Answer::done(),
        Ok(false) => pins::reacted(gateway, told, PinCause::Added, event).await,
        Err(_) => Answer::SendAgain,
    }
}
