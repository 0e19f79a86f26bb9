//! The app home is drawn when somebody opens it.

use jobs::payloads::slack::DrawHome;
use slack_morphism::events::SlackAppHomeOpenedEvent;

use crate::Gateway;
use crate::answer::Answer;

/// Has the app home drawn for somebody who just opened it.
pub(crate) async fn opened(gateway: &Gateway, event: SlackAppHomeOpenedEvent) -> Answer {
    if event.tab.as_deref() != Some("home") {
        return Answer::done();
    }
    let enqueue = async {
        let mut tx = gateway.pool.begin().await?;
        jobs::enqueue(&mut tx, vec![DrawHome { user: event.user.0 }.job()]).await?;
        tx.commit().await?;
        Ok::<_, jobs::EnqueueError>(())
    };
    match tokio::time::timeout(gateway.patience, enqueue).await {
        Ok(Ok(())) => Answer::done(),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the app home could not be asked for");
            Answer::SendAgain
        }
        Err(_) => Answer::SendAgain,
    }
}
