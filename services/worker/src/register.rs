//! Collects the handlers and periodic jobs that the features submit.

use queue::Registry;

use crate::Worker;
use crate::perform::{Handler, OnDiscard, Periodic};

/// All handlers and periodic jobs of a worker.
pub fn registry(worker: &Worker) -> Registry {
    let mut registry = Registry::new();
    for handler in inventory::iter::<Handler>() {
        registry = (handler.add)(registry, worker);
    }
    for periodic in inventory::iter::<Periodic>() {
        if let Some(every) = (periodic.every)(&worker.config) {
            registry = registry.periodic(periodic.name, every, move |tick| (periodic.job)(tick, every));
        }
    }
    registry
}

/// What people learn when a job of a kind is discarded, for every kind.
pub fn on_discard() -> impl Iterator<Item = (&'static str, OnDiscard)> {
    inventory::iter::<Handler>().map(|handler| (handler.kind, handler.on_discard))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(kinds: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
        let mut kinds: Vec<_> = kinds.collect();
        kinds.sort_unstable();
        kinds
    }

    #[test]
    fn every_payload_has_one_handler() {
        let payloads = sorted(jobs::kinds());
        assert!(!payloads.is_empty());
        assert_eq!(sorted(on_discard().map(|(kind, _)| kind)), payloads);
    }

    #[tokio::test]
    async fn all_that_is_submitted_is_registered() {
        let mut reader = config::Reader::from_variables(
            [
                ("DATABASE_URL", "postgres://nobody@localhost/nothing"),
                ("SLACK_BOT_TOKEN", "xoxb-test"),
                ("INCIDENTS_DIGEST_CHANNEL", "incidents"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        let worker = Worker::new(crate::Config::read(&mut reader)).unwrap();
        assert_eq!(sorted(registry(&worker).kinds()), sorted(jobs::kinds()));
    }
}
