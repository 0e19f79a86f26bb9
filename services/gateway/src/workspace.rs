//! Which workspace the bot is in: asked once, because all who act are compared with it.

use std::time::Duration;

use slack::{Client, INSTALLED_FOR_ORGANISATION, Identity, TokenRefused};
use tokio_util::sync::CancellationToken;

use crate::Gateway;

/// The pause before Slack is asked again.
const PAUSE: Duration = Duration::from_secs(5);
/// Asks until Slack answers, then waits for `shutdown`.
///
/// # Errors
/// When Slack does not accept the bot's token: no form could be opened with it.
pub(crate) async fn learn(gateway: &Gateway, shutdown: &CancellationToken) -> Result<(), TokenRefused> {
    match shutdown.run_until_cancelled(ask(&gateway.slack)).await {
        Some(identity) => keep(gateway, identity?),
        None => return Ok(()),
    }
    shutdown.cancelled().await;
    Ok(())
}

async fn ask(slack: &Client) -> Result<Identity, TokenRefused> {
    loop {
        match slack.identity().await {
            Ok(identity) => return Ok(identity),
            Err(error) => {
                if let Some(refused) = error.token_refused("SLACK_BOT_TOKEN") {
                    return Err(refused);
                }
                tracing::warn!(%error, "Slack did not say which workspace this is");
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn keep(gateway: &Gateway, identity: Identity) {
    if identity.is_enterprise_install {
        tracing::error!("{INSTALLED_FOR_ORGANISATION}");
    }
    // It is asked once.
    let _ = gateway.workspace.set(identity);
}
