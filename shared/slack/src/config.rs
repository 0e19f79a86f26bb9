//! Where Slack is and who we are there.

use std::time::Duration;

use config::Reader;
use secrecy::SecretString;

use crate::Proxies;

/// Where Slack is and who we are there.
#[derive(Clone, Debug)]
pub struct Config {
    /// Base of the Web API, without a `/` at its end.
    pub api_url: String,
    /// The bot's token, `xoxb-…`.
    pub bot_token: SecretString,
    /// The app's token for Socket Mode, `xapp-…`; only the gateway has it.
    pub app_token: Option<SecretString>,
    /// How long one call may take in all.
    pub timeout: Duration,
    /// The proxies on the way to Slack.
    pub proxies: Proxies,
}

impl Config {
    /// What the worker needs: the bot's token.
    pub fn read(reader: &mut Reader) -> Self {
        let api_url = reader
            .address("SLACK_API_URL")
            .unwrap_or_else(|| "https://slack.com/api".to_owned());
        let proxies = Proxies::read(reader);
        if let Some(fault) = proxies.fault(&api_url) {
            reader.fault(fault);
        }
        Self {
            api_url,
            bot_token: reader.secret("SLACK_BOT_TOKEN", "Slack"),
            app_token: None,
            timeout: Duration::from_millis(reader.parsed("SLACK_TIMEOUT_MS", "a number of milliseconds", 8_000)),
            proxies,
        }
    }

    /// What the gateway needs: the app's token too.
    pub fn read_with_app_token(reader: &mut Reader) -> Self {
        Self {
            app_token: Some(reader.secret("SLACK_APP_TOKEN", "the connection to Slack")),
            ..Self::read(reader)
        }
    }
}
