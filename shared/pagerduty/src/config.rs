//! Where PagerDuty is, and on whose behalf it is spoken to.

use std::time::Duration;

use config::Reader;
use secrecy::SecretString;

/// Where PagerDuty really is.
const API_URL: &str = "https://api.pagerduty.com";

/// How PagerDuty is spoken to.
#[derive(Clone, Debug)]
pub struct Config {
    /// Base of the REST API, without a `/` at its end.
    pub api_url: String,
    /// The key.
    pub token: SecretString,
    /// E-mail of the user of PagerDuty on whose behalf incidents are made and changed.
    pub username: String,
    /// How often open pages are looked at.
    pub poll: Duration,
    /// How long one call may take in all.
    pub timeout: Duration,
}

impl Config {
    /// Reads the environment; `None` where PagerDuty is not switched on.
    pub fn read(reader: &mut Reader) -> Option<Self> {
        if !reader.flag("PAGERDUTY_INTEGRATION_ENABLED", false) {
            return None;
        }
        let poll = reader.parsed("PAGERDUTY_POLL_SECONDS", "a number of seconds", 30_u64);
        let timeout = reader.parsed("PAGERDUTY_TIMEOUT_MS", "a number of milliseconds", 8_000);
        Some(Self {
            api_url: reader
                .address("PAGERDUTY_API_URL")
                .unwrap_or_else(|| API_URL.to_owned()),
            token: reader.secret("PAGERDUTY_API_TOKEN", "paging by PagerDuty"),
            username: reader.required("PAGERDUTY_API_USERNAME", "paging by PagerDuty"),
            poll: Duration::from_secs(poll.max(5)),
            timeout: Duration::from_millis(timeout),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> (Option<Config>, bool) {
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut reader = Reader::from_variables(variables);
        let config = Config::read(&mut reader);
        (config, reader.finish().is_ok())
    }

    #[test]
    fn off_unless_it_is_switched_on_and_then_complete() {
        let token = ("PAGERDUTY_API_TOKEN", "secret");
        let user = ("PAGERDUTY_API_USERNAME", "bot@example.com");
        let on = ("PAGERDUTY_INTEGRATION_ENABLED", "true");
        assert!(read(&[token, user]).0.is_none());
        assert!(!read(&[on, user]).1, "a token is needed");
        let (config, complete) = read(&[on, token, user]);
        let config = config.unwrap();
        assert!(complete);
        assert_eq!(config.api_url, API_URL);
        assert!(!format!("{config:?}").contains("secret"));
    }
}
