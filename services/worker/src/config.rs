//! What the environment says to the worker.

use std::net::SocketAddr;
use std::time::Duration;

use config::Reader;
use domain::settings::SETTINGS;
use jobs::queues;
use queue::Queue;

use crate::vendors::VendorConfigs;

/// How a worker runs.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where health and metrics are served.
    pub listen: SocketAddr,
    /// Where they are served, too, where it is set: all services may have the same port for it.
    pub metrics_listen: Option<SocketAddr>,
    /// Logs and traces.
    pub telemetry: telemetry::Config,
    /// The database.
    pub database: store::Config,
    /// Slack.
    pub slack: slack::Config,
    /// Name or id of the channel that shows all incidents, without `#`.
    pub digest_channel: String,
    /// Address of the console, without a `/` at its end; without it no link to it is shown.
    pub web_url: Option<String>,
    /// Whose status is looked at.
    pub upstream: upstream::Config,
    /// The vendors that are switched on.
    pub vendors: VendorConfigs,
    /// Settings that are filled where they were never made: key and value.
    pub seeds: Vec<(&'static str, serde_json::Value)>,
    /// The queues.
    pub jobs: queue::Config,
    /// How long after a call's timeout Slack may still carry it out. Before that a call is not repeated.
    pub settle: Duration,
    /// How many times faster than in production Slack's rate limits are paced: 1, but for a Slack of tests whose minutes are
    /// shorter.
    pub pace_speed: f64,
    /// How long what happens after a notice in an incident's channel is collected for the next one.
    pub notice_pause: Duration,
    /// How often it checks what it needs, where it does so by itself.
    pub checks: Option<store::checks::Config>,
    /// How long a page, or a message about a role, waits for the incident's channel, which it links.
    pub wait_for_channel: Duration,
}

/// How many jobs of a queue may run for each connection to the database: a handler needs one for a few milliseconds before and
/// after its call of a vendor, which takes hundreds.
const SLOTS_PER_CONNECTION: usize = 5;

impl Config {
    /// The pause between notices, unless it is configured: as long as a person takes for what belongs together.
    pub const NOTICE_PAUSE: Duration = Duration::from_secs(2);
    /// The wait for a channel, unless it is configured: nobody is paged much later.
    pub const WAIT_FOR_CHANNEL: Duration = Duration::from_secs(10);

    /// Reads the environment.
    pub fn read(reader: &mut Reader) -> Self {
        let upstream = upstream::Config::read(reader);
        let seeds = seeds(reader, &upstream);
        let milliseconds = |reader: &mut Reader, name, default: Duration| {
            let default = u64::try_from(default.as_millis()).unwrap_or(u64::MAX);
            Duration::from_millis(reader.parsed(name, "a number of milliseconds", default))
        };
        let defaults = queue::Config::new(&jobs::queues::ALL);
        let database = store::Config::read(reader);
        // More would mostly wait for a connection, and give up waiting.
        let most_slots = SLOTS_PER_CONNECTION * usize::try_from(database.max_connections).unwrap_or(usize::MAX);
        let jobs = queue::Config {
            queues: queues(reader),
            slots: reader
                .parsed("WORKER_SLOTS", "a number", defaults.slots)
                .clamp(1, most_slots),
            lease: milliseconds(reader, "WORKER_LEASE_MS", defaults.lease),
            backoff_min: milliseconds(reader, "WORKER_BACKOFF_MIN_MS", defaults.backoff_min),
            backoff_max: milliseconds(reader, "WORKER_BACKOFF_MAX_MS", defaults.backoff_max),
            ..defaults
        };
        Self {
            listen: reader.parsed(
                "WORKER_LISTEN",
                "an address such as 0.0.0.0:3002",
                SocketAddr::from(([0; 4], 3002)),
            ),
            metrics_listen: reader.listen("METRICS_LISTEN"),
            telemetry: telemetry::Config::read(reader),
            database,
            slack: slack::Config::read(reader),
            digest_channel: reader
                .required("INCIDENTS_DIGEST_CHANNEL", "the post of every incident")
                .trim_start_matches('#')
                .to_owned(),
            web_url: reader.address("WEB_URL"),
            upstream,
            vendors: VendorConfigs::read(reader),
            seeds,
            jobs,
            pace_speed: 1.0,
            settle: milliseconds(reader, "SLACK_SETTLE_MS", Duration::from_secs(2)),
            notice_pause: milliseconds(reader, "SLACK_NOTICE_PAUSE_MS", Self::NOTICE_PAUSE),
            checks: store::checks::Config::read(reader),
            wait_for_channel: milliseconds(reader, "SLACK_WAIT_FOR_CHANNEL_MS", Self::WAIT_FOR_CHANNEL),
        }
    }
}

/// What the environment says of settings.
fn seeds(reader: &mut Reader, upstream: &upstream::Config) -> Vec<(&'static str, serde_json::Value)> {
    let mut seeds = Vec::new();
    for setting in SETTINGS {
        let Some(variable) = setting.variable else { continue };
        if setting.key == "providers" {
            // They were read already, and what is wrong with them is a warning.
            if !upstream.named.is_empty() {
                seeds.push((setting.key, upstream.named.clone().into()));
            }
            continue;
        }
        let text = if let Some(switch) = variable.enabled_by {
            if !reader.flag(switch, false) {
                continue;
            }
            // A missing one is a fault, which ends the start.
            reader.required(variable.name, switch)
        } else {
            reader.text(variable.name).unwrap_or_default()
        };
        if !text.is_empty() {
            seeds.push((setting.key, setting.typed(&text)));
        }
    }
    seeds
}

fn queues(reader: &mut Reader) -> Vec<Queue> {
    let Some(names) = reader.text("WORKER_QUEUES") else {
        return queues::ALL.to_vec();
    };
    let mut queues = Vec::new();
    for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        if let Some(queue) = queues::named(name) {
            queues.push(queue);
        } else {
            reader.fault(format!(
                "WORKER_QUEUES names the unknown queue “{name}”; the queues are {}",
                known().join(", ")
            ));
        }
    }
    if queues.is_empty() && is_blank(&names) {
        reader.fault(format!(
            "WORKER_QUEUES is empty: remove it to serve all queues, or name some of {}",
            known().join(", ")
        ));
    }
    queues
}

fn known() -> [&'static str; queues::ALL.len()] {
    queues::ALL.map(Queue::as_str)
}

/// Nothing but commas and spaces; whatever else is wrong has been said.
fn is_blank(names: &str) -> bool {
    names.split(',').all(|name| name.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seeds(variables: &[(&str, &str)]) -> (Vec<(&'static str, serde_json::Value)>, bool) {
        let needed = [
            ("DATABASE_URL", "postgres://nobody@localhost/nothing"),
            ("SLACK_BOT_TOKEN", "xoxb-test"),
            ("INCIDENTS_DIGEST_CHANNEL", "incidents"),
        ];
        let variables = needed.iter().chain(variables);
        let mut reader =
            Reader::from_variables(variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let config = Config::read(&mut reader);
        (config.seeds, reader.finish().is_ok())
    }

    #[test]
    fn a_worker_serves_at_least_one_queue() {
        for (value, queues) in [("slack, pagerduty", 2), (",", 0), (" , ", 0), ("slak", 0)] {
            let mut reader = Reader::from_variables([("WORKER_QUEUES".to_owned(), value.to_owned())]);
            assert_eq!(super::queues(&mut reader).len(), queues, "{value:?}");
            assert_eq!(reader.finish().is_ok(), queues > 0, "{value:?}");
        }
    }

    #[test]
    fn slots_fit_the_connections() {
        let slots = |variables: &[(&str, &str)]| {
            let needed = [
                ("DATABASE_URL", "postgres://nobody@localhost/nothing"),
                ("SLACK_BOT_TOKEN", "xoxb-test"),
                ("INCIDENTS_DIGEST_CHANNEL", "incidents"),
            ];
            let variables = needed.iter().chain(variables);
            Config::read(&mut Reader::from_variables(
                variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
            ))
            .jobs
            .slots
        };
        assert_eq!(slots(&[]), 50);
        assert_eq!(slots(&[("DATABASE_MAX_CONNECTIONS", "4")]), 20);
        assert_eq!(slots(&[("WORKER_SLOTS", "1000")]), 50);
        assert_eq!(slots(&[("WORKER_SLOTS", "7")]), 7);
    }

    #[test]
    fn the_group_of_the_environment_is_the_first_setting() {
        let enabled = ("INCIDENT_AUTO_GROUP_INVITE_ENABLED", "true");
        let name = ("INCIDENT_AUTO_GROUP_INVITE_GROUP_NAME", "oncall");
        assert_eq!(seeds(&[name]), (Vec::new(), true));
        let group = ("invite_groups", serde_json::json!(["oncall"]));
        assert_eq!(seeds(&[enabled, name]), (vec![group], true));
        let name = ("INCIDENT_AUTO_GROUP_INVITE_GROUP_NAME", "SRE, platform");
        let group = ("invite_groups", serde_json::json!(["SRE, platform"]));
        assert_eq!(seeds(&[enabled, name]), (vec![group], true));
        assert!(!seeds(&[enabled]).1, "a name is needed");
    }
}
