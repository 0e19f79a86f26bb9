//! The topic of an incident's channel: the title, and what the company says everywhere.

use async_trait::async_trait;
use domain::settings::MAX_TOPIC;
use domain::{Incident, Settings};
use jobs::payloads::slack as job;
use queue::{Discard, Handler, JobContext, Outcome};
use slack::text::escape_signs;
use store::PgConnection;

use crate::Worker;
use crate::failure::{Failure, outcome};

/// Sets the topic to what it is now.
pub(crate) struct SetTopic(pub(crate) Worker);

#[async_trait]
impl Handler<job::SetTopic> for SetTopic {
    async fn run(&self, job: job::SetTopic, _context: &JobContext) -> Outcome {
        outcome(self.set(job).await)
    }

    async fn discarded(
        &self,
        job: &job::SetTopic,
        why: &Discard<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        self.0
            .note_problem(
                conn,
                job.incident,
                &format!("The topic of the channel could not be set. {why}"),
                Some(why.job),
            )
            .await
    }
}

impl SetTopic {
    async fn set(&self, job: job::SetTopic) -> Result<(), Failure> {
        let Some((incident, settings)) = self.0.incident_and_settings(job.incident).await? else {
            return Ok(());
        };
        let Some(channel) = incident.open_channel() else {
            return Ok(());
        };
        let set = self.0.slack.set_topic(channel, &topic(&incident, &settings)).await;
        self.0.in_channel(&incident, set.map_err(Failure::from)).await
    }
}

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
