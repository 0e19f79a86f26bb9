//! What was given up for good, and having it tried again as people do.

use incidents::About;
use jobs::queues;
use sandbox::Message;
use store::incident_list::Viewer;
use uuid::Uuid;

use crate::System;

impl System {
    /// What people were told of everything that could not be done, in the words of the timelines.
    pub async fn problems(&self) -> Vec<String> {
        sqlx::query_scalar("SELECT event->>'sentence' FROM timeline_entries WHERE kind = 'problem' ORDER BY at, id")
            .fetch_all(self.pool())
            .await
            .expect("the problems")
    }

    /// Presses every *Try again*; false when nothing about an incident was given up.
    ///
    /// # Panics
    /// When something was given up that no timeline and no channel tells of, or something of Slack was.
    pub(crate) async fn try_again(&self) -> bool {
        let mut pressed = false;
        for problem in self.given_up().await {
            let (channel, message) = self.told_of(problem);
            assert!(message.text.starts_with("⚠️ "), "{}", message.text);
            self.press("alice", &channel, &message, "Retry").await;
            pressed = true;
        }
        pressed
    }

    /// The entry of each thing about an incident that was given up.
    async fn given_up(&self) -> Vec<Uuid> {
        let mut conn = self.pool().acquire().await.expect("a connection");
        let jobs = queue::admin::discarded(&mut conn, None, 100).await.expect("jobs");
        let jobs = incidents::about_jobs(&mut conn, &Viewer::anybody(), jobs).await;
        let mut problems = Vec::new();
        for given_up in jobs.expect("what jobs are about") {
            let job = given_up.job;
            assert_ne!(job.queue, queues::SLACK.as_str(), "only a vendor refused: {job:#?}");
            let incident = match given_up.about {
                // The console lists it; nobody's incident misses anything.
                About::Nothing => continue,
                About::Incident(incident) => incident.id,
                About::Hidden(incident) => incident,
            };
            let problem = store::timeline::problem_of_job(&mut conn, incident, job.id).await;
            let Some(problem) = problem.expect("entries") else {
                panic!("nobody is told of {job:#?}");
            };
            problems.push(problem);
        }
        problems
    }

    /// The message with the button for a problem.
    fn told_of(&self, problem: Uuid) -> (String, Message) {
        let problem = problem.to_string();
        let channels = self.sandbox.channels().into_iter();
        let mut messages = channels.flat_map(|channel| {
            let messages = self.sandbox.messages(&channel.id);
            messages.into_iter().map(move |message| (channel.id.clone(), message))
        });
        let has_button = |message: &Message| message.blocks.iter().any(|block| block.to_string().contains(&problem));
        messages
            .find(|(_, message)| has_button(message))
            .unwrap_or_else(|| panic!("no channel is told of the problem {problem}"))
    }
}
