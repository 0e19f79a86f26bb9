//! The variables of the vendors that the sandbox simulates, for services, whether they run in this process or in another one.

use std::time::Duration;

use config::Reader;

use crate::System;

/// A vendor beside Slack.
pub(crate) struct Vendor {
    /// Its calls are recorded as `<name>.<operation>`.
    pub(crate) name: &'static str,
    /// Its contract: JSON Schemas for each operation.
    pub(crate) contract: &'static str,
    /// The variables that switch it on; none where it is not. The second argument is how long a call may take.
    environment: fn(&System, String) -> Vec<(&'static str, String)>,
}

/// Every vendor. None is polled by itself: tests tick when they want it.
pub(crate) const VENDORS: &[Vendor] = &[
    Vendor {
        name: "pagerduty",
        contract: include_str!("../contracts/pagerduty.json"),
        environment: pagerduty,
    },
    Vendor {
        name: "confluence",
        contract: include_str!("../contracts/confluence.json"),
        environment: confluence,
    },
    Vendor {
        name: "statuspage",
        contract: include_str!("../contracts/statuspage.json"),
        environment: statuspage,
    },
];

/// A day, in seconds.
const NEVER: &str = "86400";

fn pagerduty(system: &System, timeout: String) -> Vec<(&'static str, String)> {
    if !system.pagerduty {
        return Vec::new();
    }
    vec![
        ("PAGERDUTY_INTEGRATION_ENABLED", "true".to_owned()),
        ("PAGERDUTY_API_URL", system.sandbox.pagerduty_api_url()),
        ("PAGERDUTY_API_TOKEN", system.sandbox.pagerduty().token),
        ("PAGERDUTY_API_USERNAME", "bot@example.com".to_owned()),
        ("PAGERDUTY_POLL_SECONDS", NEVER.to_owned()),
        ("PAGERDUTY_TIMEOUT_MS", timeout),
    ]
}

fn confluence(system: &System, timeout: String) -> Vec<(&'static str, String)> {
    vec![
        ("CONFLUENCE_API_URL", system.sandbox.confluence_url()),
        ("CONFLUENCE_API_USERNAME", sandbox::CONFLUENCE_USERNAME.to_owned()),
        ("CONFLUENCE_API_TOKEN", sandbox::CONFLUENCE_TOKEN.to_owned()),
        ("CONFLUENCE_SPACE", sandbox::CONFLUENCE_SPACE.to_owned()),
        ("CONFLUENCE_PARENT_PAGE", sandbox::CONFLUENCE_PARENT.to_owned()),
        ("CONFLUENCE_TIMEOUT_MS", timeout),
    ]
}

fn statuspage(system: &System, timeout: String) -> Vec<(&'static str, String)> {
    if !system.sandbox.has_statuspage() {
        return Vec::new();
    }
    vec![
        ("STATUSPAGE_INTEGRATION_ENABLED", "true".to_owned()),
        ("STATUSPAGE_API_URL", system.sandbox.statuspage_url()),
        ("STATUSPAGE_API_KEY", sandbox::STATUSPAGE_KEY.to_owned()),
        ("STATUSPAGE_PAGE_ID", sandbox::STATUSPAGE_PAGE_ID.to_owned()),
        ("STATUSPAGE_URL", "https://status.example.com".to_owned()),
        ("STATUSPAGE_POLL_SECONDS", NEVER.to_owned()),
        ("STATUSPAGE_TIMEOUT_MS", timeout),
        ("STATUSPAGE_PACE_MS", "1".to_owned()),
    ]
}

fn providers(system: &System, timeout: String) -> Vec<(&'static str, String)> {
    vec![
        ("INCIDENT_EXTERNAL_PROVIDERS_BASE_URL", system.sandbox.feeds_url()),
        ("INCIDENT_EXTERNAL_PROVIDERS_ALLOW_PRIVATE", "true".to_owned()),
        ("INCIDENT_EXTERNAL_PROVIDERS_POLL_SECONDS", NEVER.to_owned()),
        ("INCIDENT_EXTERNAL_PROVIDERS_TIMEOUT_MS", timeout),
        ("AUTH0_DOMAIN", "acme.eu.auth0.com".to_owned()),
    ]
}

/// The variables of the vendors that are switched on and of the status feeds; a call may take `timeout`.
pub(crate) fn environment(system: &System, timeout: Duration) -> Vec<(&'static str, String)> {
    let timeout = timeout.as_millis().to_string();
    let vendors = VENDORS
        .iter()
        .flat_map(|vendor| (vendor.environment)(system, timeout.clone()));
    vendors.chain(providers(system, timeout.clone())).collect()
}

/// The same for a service in this process.
pub(crate) fn configs(system: &System, timeout: Duration) -> (upstream::Config, worker::VendorConfigs) {
    let variables = environment(system, timeout);
    let mut reader = Reader::from_variables(variables.into_iter().map(|(name, value)| (name.to_owned(), value)));
    let configs = (
        upstream::Config::read(&mut reader),
        worker::VendorConfigs::read(&mut reader),
    );
    reader.finish().expect("the sandbox's addresses");
    configs
}
