//! An emoji was added to a message.

use domain::Settings;
use jobs::payloads::slack::DeclareFromMessage;
use slack_morphism::events::SlackReactionAddedEvent;
use slack_morphism::prelude::SlackReactionsItem;

use crate::Gateway;
use crate::answer::Answer;

/// Deals with an emoji that means something to the bot.
pub(crate) async fn added(gateway: &Gateway, reaction: SlackReactionAddedEvent) -> Answer {
    let SlackReactionsItem::Message(message) = reaction.item else {
        return Answer::done();
    };
    let Some(channel) = message.origin.channel else {
        return Answer::done();
    };
    // `thumbsup::skin-tone-2` is still a `thumbsup`.
    let emoji = reaction.reaction.0.split("::").next().unwrap_or_default().to_owned();
    let dealt_with = gateway.within_patience(async {
        let mut tx = gateway.pool.begin().await?;
        let settings: Settings = store::settings::load(&mut tx).await?;
        if settings.declare_emoji.as_deref() == Some(emoji.as_str()) {
            let declare = DeclareFromMessage {
                channel: channel.0,
                ts: message.origin.ts.0,
                user: reaction.user.0,
            };
            jobs::enqueue_at(&mut tx, gateway.now(), vec![declare.job()]).await?;
            tx.commit().await?;
        }
        Ok(())
    });
    match dealt_with.await {
        Ok(()) => Answer::done(),
        Err(_) => Answer::SendAgain,
    }
}
