//! Whom to ask, where and how often.

use std::time::Duration;

use config::Reader;
use domain::upstream::{check, check_public, written};

use crate::feeds::AUTH0;

/// Whom to ask, where and how often.
#[derive(Clone, Debug)]
pub struct Config {
    /// The base below which every provider that is known by a name is asked, without a `/` at its end; `None` for where
    /// they really are.
    pub base_url: Option<String>,
    /// Whether pages that admins name may be in this network, and be asked without `https`: for the sandbox, never in
    /// production.
    pub allow_private: bool,
    /// Whose status Auth0 is asked for.
    pub auth0_domain: Option<String>,
    /// How often they are asked.
    pub every: Duration,
    /// How long one call may take in all.
    pub timeout: Duration,
    /// The providers that the environment names, those that are none left out.
    pub named: Vec<String>,
    /// What is wrong with what the environment says, a sentence each. It hurts nothing else.
    pub warnings: Vec<String>,
}

impl Config {
    /// Reads the environment.
    pub fn read(reader: &mut Reader) -> Self {
        let enabled = reader.flag("INCIDENT_EXTERNAL_PROVIDERS_ENABLED", false);
        let list = reader.text("INCIDENT_EXTERNAL_PROVIDERS_LIST");
        let auth0_domain = reader.text("AUTH0_DOMAIN");
        let allow_private = reader.flag("INCIDENT_EXTERNAL_PROVIDERS_ALLOW_PRIVATE", false);
        let seconds = reader.parsed(
            "INCIDENT_EXTERNAL_PROVIDERS_POLL_SECONDS",
            "a number of seconds",
            300_u64,
        );
        let (named, warnings) = if enabled {
            named(
                list.as_deref().unwrap_or_default(),
                auth0_domain.is_some(),
                allow_private,
            )
        } else {
            (Vec::new(), Vec::new())
        };
        Self {
            base_url: reader.address("INCIDENT_EXTERNAL_PROVIDERS_BASE_URL"),
            allow_private,
            auth0_domain,
            every: Duration::from_secs(seconds.max(10)),
            timeout: Duration::from_millis(reader.parsed(
                "INCIDENT_EXTERNAL_PROVIDERS_TIMEOUT_MS",
                "a number of milliseconds",
                8_000,
            )),
            named,
            warnings,
        }
    }
}

/// The providers of a list as people write it, and what is wrong with it.
fn named(list: &str, has_auth0_domain: bool, allow_private: bool) -> (Vec<String>, Vec<String>) {
    const LIST: &str = "INCIDENT_EXTERNAL_PROVIDERS_LIST";
    let mut named = Vec::new();
    let mut warnings = Vec::new();
    for entry in list.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        let provider = written(entry);
        let public = |()| if allow_private { Ok(()) } else { check_public(&provider) };
        match check(&provider).and_then(public) {
            Err(reason) => warnings.push(format!("{LIST}: {reason}")),
            Ok(()) if named.len() == domain::upstream::MAX_PROVIDERS => {
                warnings.push(format!("{LIST}: “{provider}” is one too many"));
            }
            Ok(()) if !named.contains(&provider) => named.push(provider),
            Ok(()) => {}
        }
    }
    if named.is_empty() && warnings.is_empty() {
        warnings.push(format!(
            "INCIDENT_EXTERNAL_PROVIDERS_ENABLED is set and {LIST} is empty"
        ));
    }
    if !has_auth0_domain && named.iter().any(|provider| provider == AUTH0) {
        warnings.push("AUTH0_DOMAIN is missing; the status of Auth0 needs it".to_owned());
    }
    (named, warnings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Config {
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut reader = Reader::from_variables(variables);
        let config = Config::read(&mut reader);
        assert_eq!(reader.finish(), Ok(()));
        config
    }

    #[test]
    fn what_is_wrong_is_said_and_the_rest_is_taken() {
        let config = read(&[
            ("INCIDENT_EXTERNAL_PROVIDERS_ENABLED", "true"),
            (
                "INCIDENT_EXTERNAL_PROVIDERS_LIST",
                "GitHub, auth0,gitlab, https://status.example.com/, github, https://10.0.0.1",
            ),
        ]);
        assert_eq!(config.named, ["github", "auth0", "https://status.example.com"]);
        assert_eq!(config.warnings.len(), 3, "{:?}", config.warnings);
        assert!(config.warnings[0].contains("gitlab") && config.warnings[1].contains("10.0.0.1"));
        assert!(config.warnings[2].contains("AUTH0_DOMAIN"));
    }

    #[test]
    fn off_unless_it_is_switched_on() {
        let config = read(&[("INCIDENT_EXTERNAL_PROVIDERS_LIST", "github,nobody")]);
        assert!(config.named.is_empty() && config.warnings.is_empty());
        let empty = read(&[("INCIDENT_EXTERNAL_PROVIDERS_ENABLED", "true")]);
        assert_eq!(empty.warnings.len(), 1);
    }
}
