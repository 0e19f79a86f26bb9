//! What the environment says, for `diag`: secrets are never kept, only that they are there.

use std::collections::{BTreeMap, BTreeSet};

use config::Reader;
use domain::Settings;
use domain::vendors::VENDORS;

/// A variable that is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// Not to be shown.
    Secret,
    /// What it says.
    Value(String),
}

/// The variables of this process that incident-bot knows.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    given: BTreeMap<&'static str, Given>,
}

/// Shown as they are, with those of vendors.
const PLAIN: &[&str] = &[
    "AUTH0_DOMAIN",
    "INCIDENTS_DIGEST_CHANNEL",
    "INCIDENT_AUTO_CREATE_FROM_REACT_EMOJI_NAME",
    "INCIDENT_AUTO_CREATE_FROM_REACT_ENABLED",
    "INCIDENT_AUTO_GROUP_INVITE_ENABLED",
    "INCIDENT_AUTO_GROUP_INVITE_GROUP_NAME",
    "INCIDENT_CHANNEL_TOPIC",
    "INCIDENT_EXTERNAL_PROVIDERS_ENABLED",
    "INCIDENT_EXTERNAL_PROVIDERS_LIST",
    "INCIDENT_GUIDE_LINK",
    "INCIDENT_POSTMORTEMS_LINK",
    "LOGLEVEL",
    "MEETING_LINK",
    "SLACK_API_URL",
    "WEB_URL",
    "WORKER_QUEUES",
];

/// Only that they are set is shown, with those of vendors: anybody may ask, and where the database is, and who is whose
/// account, is nobody's concern.
const SECRET: &[&str] = &[
    "DATABASE_URL",
    "DEFAULT_WEB_ADMIN_PASSWORD",
    "POSTGRES_DB",
    "POSTGRES_HOST",
    "POSTGRES_PASSWORD",
    "POSTGRES_PORT",
    "POSTGRES_USER",
    "SLACK_APP_TOKEN",
    "SLACK_BOT_TOKEN",
];

/// The names of those that are shown as they are, sorted.
fn plain() -> BTreeSet<&'static str> {
    let vendors = VENDORS.iter().flat_map(|vendor| vendor.variables);
    PLAIN.iter().chain(vendors).copied().collect()
}

/// The names of the others, sorted.
fn secret() -> BTreeSet<&'static str> {
    let vendors = VENDORS.iter().flat_map(|vendor| vendor.secrets);
    SECRET.iter().chain(vendors).copied().collect()
}

impl Environment {
    /// Reads what is set.
    pub(crate) fn read(reader: &Reader) -> Self {
        let plain = plain().into_iter();
        let plain = plain.filter_map(|name| Some((name, Given::Value(reader.text(name)?))));
        let secret = secret().into_iter().filter(|name| reader.text(name).is_some());
        Self {
            given: secret.map(|name| (name, Given::Secret)).chain(plain).collect(),
        }
    }

    /// What is set, by name.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'static str, &Given)> {
        self.given.iter().map(|(name, given)| (*name, given))
    }

    /// What is not set.
    pub(crate) fn unset(&self) -> impl Iterator<Item = &'static str> {
        let all = plain().into_iter().chain(secret());
        all.filter(|name| !self.given.contains_key(name))
    }

    /// Each variable that is also a setting: its name, what it says, what the setting says.
    pub(crate) fn beside_settings(&self, settings: &Settings) -> Vec<(&'static str, String, String)> {
        let link = |link: &Option<String>| link.clone().unwrap_or_default();
        let mut pairs = vec![
            ("INCIDENT_CHANNEL_TOPIC", settings.channel_topic.clone()),
            ("INCIDENT_GUIDE_LINK", link(&settings.guide_link)),
            ("INCIDENT_POSTMORTEMS_LINK", link(&settings.postmortems_link)),
            ("MEETING_LINK", link(&settings.meeting_link)),
        ];
        // These count only where they are switched on.
        if self.is_on("INCIDENT_AUTO_CREATE_FROM_REACT_ENABLED") {
            let emoji = link(&settings.declare_emoji);
            pairs.push(("INCIDENT_AUTO_CREATE_FROM_REACT_EMOJI_NAME", emoji));
        }
        if self.is_on("INCIDENT_AUTO_GROUP_INVITE_ENABLED") {
            let groups = settings.invite_groups.join(", ");
            pairs.push(("INCIDENT_AUTO_GROUP_INVITE_GROUP_NAME", groups));
        }
        let pairs = pairs.into_iter().filter_map(|(name, setting)| {
            let Given::Value(variable) = self.given.get(name)? else {
                return None;
            };
            Some((name, variable.trim_matches(':').to_owned(), setting))
        });
        pairs.collect()
    }

    fn is_on(&self, name: &str) -> bool {
        matches!(self.given.get(name), Some(Given::Value(value))
            if matches!(value.to_ascii_lowercase().as_str(), "true" | "1" | "yes" | "on"))
    }
}
