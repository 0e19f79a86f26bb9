//! What the bot has and lacks, for whoever set it up.

use std::fmt::Write;

use slack::manifest::{SCOPES, Scope, missing};
use slack::text::escape;
use slack_morphism::events::SlackCommandEvent;

use crate::Gateway;

/// Answers `/incident diag`, in a task of its own because Slack is asked first.
pub(crate) fn tell(gateway: &Gateway, command: &SlackCommandEvent) {
    let gateway = gateway.clone();
    let response_url = command.response_url.0.clone();
    let errands = gateway.errands.clone();
    errands.spawn(async move {
        let database = tokio::time::timeout(gateway.patience, gateway.pool.acquire()).await;
        let database = matches!(database, Ok(Ok(_)));
        let text = match gateway.slack.granted_scopes().await {
            Ok(granted) => report(database, &missing(&granted)),
            Err(error) => format!("Slack did not say what the app may do: {}", escape(&error.to_string())),
        };
        if let Err(error) = gateway.slack.respond(&response_url, &text).await {
            tracing::warn!(%error, "diag could not be answered");
        }
    });
}

fn report(database: bool, missing: &[Scope]) -> String {
    let mut text = format!("incident-bot {}\n", env!("CARGO_PKG_VERSION"));
    text.push_str(if database {
        "✅ The database answers.\n"
    } else {
        "⚠️ The database does not answer.\n"
    });
    if missing.is_empty() {
        let _ = write!(text, "✅ The Slack app has all {} permissions.", SCOPES.len());
    } else {
        text.push_str("⚠️ The Slack app lacks permissions. Give it the current manifest and reinstall it:");
        for scope in missing {
            let _ = write!(text, "\n• `{}`, needed for {}", scope.name, scope.needed_for);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_well_and_something_missing() {
        insta::assert_snapshot!("well", report(true, &[]));
        insta::assert_snapshot!("missing", report(false, &missing(&["chat:write".to_owned()])));
    }
}
