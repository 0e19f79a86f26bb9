//! The topic of an incident's channel: the title, and what the company says everywhere.

use async_trait::async_trait;
use domain::settings::MAX_TOPIC;
use domain::{Incident, Settings};
use queue::JobContext;
use slack::text::escape_signs;

use crate::Worker;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::SetTopic {
    const ON_DISCARD: OnDiscard = OnDiscard::Problem("The topic of the channel could not be set.");

    async fn perform(self, worker: &Worker, _context: &JobContext) -> Result<(), Failure> {
        let Some((incident, settings)) = worker.incident_and_settings(self.incident).await? else {
            return Ok(());
        };
        let Some(channel) = incident.open_channel() else {
            return Ok(());
        };
        let set = worker.slack.set_topic(channel, &topic(&incident, &settings)).await;
        worker.in_channel(&incident, set.map_err(Failure::from)).await
    }
}

inventory::submit!(Handler::of::<jobs::SetTopic>());

/// The title, cut so that the company's own words stand whole behind it.
fn topic(incident: &Incident, settings: &Settings) -> String {
    let rest = if settings.channel_topic.is_empty() {
        String::new()
    } else {
        format!(" · {}", settings.channel_topic)
    };
    let mut room = MAX_TOPIC.saturating_sub(rest.chars().count());
    let mut title = String::new();
    for c in incident.title.chars() {
        let escaped = escape_signs(&c.to_string());
        let size = escaped.chars().count();
        if size > room {
            break;
        }
        room -= size;
        title.push_str(&escaped);
    }
    if title.is_empty() {
        settings.channel_topic.clone()
    } else {
        title + &rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::testing::incident;

    #[test]
    fn the_title_and_the_companys_words() {
        let mut settings = Settings::default();
        assert_eq!(topic(&incident(), &settings), "Payments fail for EU customers");
        settings.channel_topic = "Be kind".to_owned();
        assert_eq!(
            topic(&incident(), &settings),
            "Payments fail for EU customers · Be kind"
        );
    }

    #[test]
    fn never_longer_than_slack_takes() {
        let settings = Settings {
            channel_topic: "x".repeat(240),
            ..Settings::default()
        };
        let long = Incident {
            title: "&".repeat(120),
            ..incident()
        };
        assert!(topic(&long, &settings).chars().count() <= MAX_TOPIC);
        assert!(topic(&long, &Settings::default()).chars().count() <= MAX_TOPIC);
    }
}
