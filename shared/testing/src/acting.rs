//! What people do in a system under test, and what they see of it.

use std::time::Duration;

use sandbox::{Answer, Channel, Message, Person, Submission, View};

use crate::picture::is_notice;
use crate::{System, wait_for};

/// The shortcut that opens the form to declare an incident.
const SHORTCUT: &str = "open_incident_modal";

impl System {
    /// Waits until this many incidents are recorded and everything about them is done.
    pub async fn declared(&self, incidents: i64) {
        wait_for("the incidents", async || {
            (self.count("incidents").await >= incidents).then_some(())
        })
        .await;
        assert_eq!(self.settled().await, incidents);
    }

    /// Declares by the form, as a person does who tries again when nothing happens.
    pub async fn declare(&self, who: &str, fields: &[(&str, &str)]) {
        let person = self.sandbox.person(who);
        let form = self.open_form(&person).await;
        self.submit(&person, &form, fields).await;
    }

    /// Submits an open form, as a person does who presses again when it could not be confirmed.
    pub async fn submit(&self, person: &Person, form: &View, fields: &[(&str, &str)]) {
        for _ in 0..20 {
            self.reachable().await;
            match person.submit(form, fields.iter().copied()).await {
                Submission::Closed => return,
                Submission::Unanswered => {}
                Submission::Errors(errors) if errors.values().any(|error| error.contains("couldn't confirm")) => {}
                other => panic!("the form was answered with {other:?}"),
            }
        }
        panic!("the form was never taken");
    }

    /// Opens the form to declare, trying again when nothing opens.
    pub async fn open_form(&self, person: &Person) -> View {
        self.open(person, async || person.shortcut(SHORTCUT).await).await
    }

    /// Opens a form by what `act` does, trying again when nothing opens.
    pub async fn open(&self, person: &Person, act: impl AsyncFn() -> Answer) -> View {
        for _ in 0..10 {
            self.reachable().await;
            let answer = act().await;
            if !answer.is_acked() {
                continue;
            }
            let opened = self.sandbox.wait_until(|state| {
                let mut views = state.open_views(person.id()).into_iter();
                views
                    .find(|view| view.trigger_id.as_deref() == Some(answer.trigger_id.as_str()))
                    .cloned()
            });
            if let Ok(view) = tokio::time::timeout(Duration::from_secs(4), opened).await {
                return view;
            }
        }
        panic!("the form never opened");
    }

    /// Presses a button of the control panel, or chooses in one of its selects, again until it is acknowledged.
    pub async fn choose(&self, who: &str, which: &str, value: &str) {
        let person = self.sandbox.person(who);
        for _ in 0..10 {
            self.reachable().await;
            let (channel, panel) = (self.incident_channel(), self.panel());
            let answer = if value.is_empty() {
                person.click(&channel.id, &panel.ts, which).await
            } else {
                person.select(&channel.id, &panel.ts, which, value).await
            };
            if answer.is_acked() {
                return;
            }
        }
        panic!("{which} was never acknowledged");
    }

    /// The channel of the newest incident.
    pub fn incident_channel(&self) -> Channel {
        let mut channels = self.sandbox.channels().into_iter();
        channels
            .rfind(|channel| channel.name.starts_with("inc-") && !channel.name.contains("-rca"))
            .expect("an incident's channel")
    }

    /// The newest message of a channel (id or name) that contains this text, once it is there.
    pub async fn message_with(&self, channel: &str, text: &str) -> Message {
        wait_for(text, async || {
            let messages = self.sandbox.messages(channel).into_iter();
            messages.rev().find(|message| message.text.contains(text))
        })
        .await
    }

    /// Presses a button of a message, again until it is acknowledged.
    pub async fn press(&self, who: &str, channel: &str, message: &Message, which: &str) {
        let person = self.sandbox.person(who);
        for _ in 0..10 {
            self.reachable().await;
            if person.click(channel, &message.ts, which).await.is_acked() {
                return;
            }
        }
        panic!("{which} was never acknowledged");
    }

    /// The control panel of the newest incident.
    pub fn panel(&self) -> Message {
        let messages = self.sandbox.messages(&self.incident_channel().id).into_iter();
        let is_panel = |message: &Message| message.blocks.first().is_some_and(|block| block["type"] == "header");
        messages.into_iter().find(is_panel).expect("a control panel")
    }

    /// What the channel of the newest incident was told, line by line.
    pub fn notices(&self) -> Vec<String> {
        self.notices_in(&self.incident_channel().id)
    }

    /// What a channel was told, line by line.
    pub fn notices_in(&self, channel: &str) -> Vec<String> {
        let messages = self.sandbox.messages(channel).into_iter();
        messages
            .filter(is_notice)
            .flat_map(|message| message.text.lines().map(str::to_owned).collect::<Vec<_>>())
            .collect()
    }
}
