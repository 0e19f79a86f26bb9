//! Reads the environment and reports everything that is wrong with it at once.
//!
//! A service asks a [`Reader`] for each variable it knows and calls [`Reader::finish`] at the end: either all were right,
//! or one error names every missing and malformed one and the feature that needs it. An empty variable counts as unset.

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use secrecy::SecretString;
use thiserror::Error;
use url::Url;

/// What is wrong with the environment, all of it.
#[derive(Debug, Error, PartialEq, Eq)]
pub struct Faults(Vec<String>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the environment is not complete:")?;
        for fault in &self.0 {
            write!(f, "\n  - {fault}")?;
        }
        Ok(())
    }
}

/// Reads variables and remembers what was wrong.
#[derive(Debug)]
pub struct Reader {
    variables: HashMap<String, String>,
    faults: Vec<String>,
}

impl Reader {
    /// Reads the environment of this process.
    pub fn from_process() -> Self {
        Self::from_variables(std::env::vars_os().filter_map(|(name, value)| {
            // A variable that is no text is none of ours.
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }))
    }

    /// Reads the given variables.
    pub fn from_variables(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let variables = variables
            .into_iter()
            .map(|(name, value)| (name, value.trim().to_owned()))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        Self {
            variables,
            faults: Vec::new(),
        }
    }

    /// The variable, or `None` when it is unset.
    pub fn text(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    /// The variable; a fault when it is unset. `feature` says what needs it.
    pub fn required(&mut self, name: &str, feature: &str) -> String {
        self.text(name).unwrap_or_else(|| {
            self.faults.push(format!("{name} is missing; {feature} needs it"));
            String::new()
        })
    }

    /// Like [`Self::required`], for what must never be printed.
    pub fn secret(&mut self, name: &str, feature: &str) -> SecretString {
        self.required(name, feature).into()
    }

    /// Like [`Self::text`], for what must never be printed.
    pub fn optional_secret(&self, name: &str) -> Option<SecretString> {
        self.text(name).map(Into::into)
    }

    /// The variable as a `T`, `default` when it is unset; a fault, saying that it must be `what`, when it is none.
    pub fn parsed<T: FromStr>(&mut self, name: &str, what: &str, default: T) -> T {
        match self.text(name).map(|text| text.parse()) {
            None => default,
            Some(Ok(value)) => value,
            Some(Err(_)) => {
                self.faults.push(format!("{name} must be {what}"));
                default
            }
        }
    }

    /// The variable as an address to listen on, such as `0.0.0.0:9464`; a fault when it is none.
    pub fn listen(&mut self, name: &str) -> Option<SocketAddr> {
        let address = self.text(name)?.parse();
        if address.is_err() {
            self.faults
                .push(format!("{name} must be an address such as 0.0.0.0:9464"));
        }
        address.ok()
    }

    /// The variable as a web address without a `/` at its end; a fault when it is none.
    pub fn address(&mut self, name: &str) -> Option<String> {
        let text = self.text(name)?;
        match Url::parse(&text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
                Some(text.trim_end_matches('/').to_owned())
            }
            _ => {
                self.faults
                    .push(format!("{name} must be a web address such as https://example.com"));
                None
            }
        }
    }

    /// The variable as yes or no, as people write it; `default` when it is unset.
    pub fn flag(&mut self, name: &str, default: bool) -> bool {
        match self.text(name).map(|text| text.to_ascii_lowercase()).as_deref() {
            None => default,
            Some("true" | "1" | "yes" | "on") => true,
            Some("false" | "0" | "no" | "off") => false,
            Some(_) => {
                self.faults.push(format!("{name} must be true or false"));
                default
            }
        }
    }

    /// Notes something that only the caller can judge.
    pub fn fault(&mut self, sentence: impl Into<String>) {
        self.faults.push(sentence.into());
    }

    /// Everything that was wrong, if anything was.
    pub fn finish(self) -> Result<(), Faults> {
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(Faults(self.faults))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(variables: &[(&str, &str)]) -> Reader {
        Reader::from_variables(
            variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        )
    }

    #[test]
    fn all_faults_are_told_at_once_and_no_secret_is() {
        let mut reader = reader(&[
            ("POSTGRES_PORT", "five"),
            ("WEB_URL", "example"),
            ("A", "maybe"),
            ("TOKEN", "xoxb-1"),
        ]);
        assert_eq!(reader.parsed("POSTGRES_PORT", "a number", 5432_u16), 5432);
        assert_eq!(reader.address("WEB_URL"), None);
        assert!(reader.flag("A", true));
        let _ = reader.secret("TOKEN", "Slack");
        let _ = reader.secret("SLACK_APP_TOKEN", "the connection to Slack");
        let message = reader.finish().unwrap_err().to_string();
        for part in [
            "POSTGRES_PORT must be a number",
            "WEB_URL must be",
            "A must be true or false",
            "SLACK_APP_TOKEN is missing",
        ] {
            assert!(message.contains(part), "{message}");
        }
        assert!(!message.contains("xoxb-1"));
    }

    #[test]
    fn empty_is_unset() {
        let mut reader = reader(&[("LOGLEVEL", "  "), ("WEB_URL", "https://x.example/")]);
        assert_eq!(reader.text("LOGLEVEL"), None);
        assert_eq!(reader.address("WEB_URL").as_deref(), Some("https://x.example"));
        assert_eq!(reader.finish(), Ok(()));
    }
}
