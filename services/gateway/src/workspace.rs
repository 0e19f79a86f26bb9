//! Which workspace the bot is in: asked once, because all who act are compared with it.

use std::time::Duration;

use slack::Identity;
use tokio_util::sync::CancellationToken;

use crate::Gateway;

/// The pause before Slack is asked again.
const PAUSE: Duration = Duration::from_secs(5);
/// What whoever set the app up has to do about an installation for a whole organisation.
pub(crate) const INSTALLED_FOR_ORGANISATION: &str = "The Slack app is installed for a whole Enterprise Grid organisation, \
     which incident-bot doesn't support. Install it to one workspace, and use that installation's bot token.";

/// Asks until Slack answers, or `shutdown`.
pub(crate) async fn learn(gateway: &Gateway, shutdown: &CancellationToken) {
    let asked = async {
        loop {
            match gateway.slack.identity().await {
                Ok(identity) => return identity,
                Err(error) => tracing::warn!(%error, "Slack did not say which workspace this is"),
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::select! {
        () = shutdown.cancelled() => {}
        identity = asked => keep(gateway, identity),
    }
}

fn keep(gateway: &Gateway, identity: Identity) {
    if identity.is_enterprise_install {
        tracing::error!("{INSTALLED_FOR_ORGANISATION}");
    }
    // It is asked once.
    let _ = gateway.workspace.set(identity);
}
