//! Which page, and how it is reached.

use std::time::Duration;

use config::Reader;
use secrecy::SecretString;

/// Where Statuspage is.
const API_URL: &str = "https://api.statuspage.io/v1";

/// Which page, and how it is reached.
#[derive(Clone, Debug)]
pub struct Config {
    /// The base of all calls, without a `/` at its end.
    pub api_url: String,
    /// Proves who we are.
    pub api_key: SecretString,
    /// Statuspage's id of the page.
    pub page_id: String,
    /// The address of the page, for people.
    pub page_url: Option<String>,
    /// How often the page is read.
    pub every: Duration,
    /// How long one call may take in all.
    pub timeout: Duration,
    /// The least time between two calls, of all replicas together.
    pub pace: Duration,
}

impl Config {
    /// Reads the environment; `None` where Statuspage is not switched on.
    pub fn read(reader: &mut Reader) -> Option<Self> {
        if !reader.flag("STATUSPAGE_INTEGRATION_ENABLED", false) {
            return None;
        }
        let seconds = reader.parsed("STATUSPAGE_POLL_SECONDS", "a number of seconds", 60_u64);
        let milliseconds = |reader: &mut Reader, name, default| {
            Duration::from_millis(reader.parsed(name, "a number of milliseconds", default))
        };
        Some(Self {
            api_url: reader
                .address("STATUSPAGE_API_URL")
                .unwrap_or_else(|| API_URL.to_owned()),
            api_key: reader.secret("STATUSPAGE_API_KEY", "publishing on Statuspage"),
            page_id: reader.required("STATUSPAGE_PAGE_ID", "publishing on Statuspage"),
            page_url: reader.address("STATUSPAGE_URL"),
            every: Duration::from_secs(seconds.max(10)),
            timeout: milliseconds(reader, "STATUSPAGE_TIMEOUT_MS", 8_000),
            pace: milliseconds(reader, "STATUSPAGE_PACE_MS", 1_000),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> (Option<Config>, Result<(), String>) {
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut reader = Reader::from_variables(variables);
        let config = Config::read(&mut reader);
        (config, reader.finish().map_err(|faults| faults.to_string()))
    }

    #[test]
    fn off_unless_it_is_switched_on() {
        let (config, faults) = read(&[("STATUSPAGE_API_KEY", "secret"), ("STATUSPAGE_PAGE_ID", "p1")]);
        assert!(config.is_none() && faults.is_ok());
    }

    #[test]
    fn what_it_needs_is_named_and_no_secret_is_shown() {
        let on = ("STATUSPAGE_INTEGRATION_ENABLED", "true");
        let faults = read(&[on]).1.unwrap_err();
        assert!(
            faults.contains("STATUSPAGE_API_KEY is missing") && faults.contains("STATUSPAGE_PAGE_ID is missing"),
            "{faults}"
        );
        let (config, faults) = read(&[
            on,
            ("STATUSPAGE_API_KEY", "very-secret"),
            ("STATUSPAGE_PAGE_ID", "p1"),
            ("STATUSPAGE_POLL_SECONDS", "1"),
        ]);
        assert_eq!(faults, Ok(()));
        let config = config.unwrap();
        assert_eq!(
            (config.api_url.as_str(), config.every),
            (API_URL, Duration::from_secs(10))
        );
        assert!(!format!("{config:?}").contains("very-secret"));
    }
}
