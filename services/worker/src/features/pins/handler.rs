//! Looks at a message that people put the emoji on, took it from, or edited.
//!
//! What stands in Slack now decides, not the order in which its events came: a message that somebody's emoji is on is
//! pinned, another one is not.

use async_trait::async_trait;
use domain::{Actor, Incident, Settings};
use jobs::payloads::slack::{self as job, PinCause};
use jobs::{GivenUp, Handler, JobContext, Outcome};
use slack::text::{from_slack, mentioned_ids};
use slack::{File, Written};
use store::PgConnection;
use store::pins::{Image, Pin};
use store::slack_users::{self, Membership};

use super::{image, message};
use crate::Worker;
use crate::failure::{Failure, outcome};

/// The emoji by which the bot says that a message is pinned.
const DONE: &str = "white_check_mark";

/// Pins a message to an incident, unpins it, or follows an edit.
pub(crate) struct FollowPin(pub(crate) Worker);

#[async_trait]
impl Handler<job::FollowPin> for FollowPin {
    async fn run(&self, job: job::FollowPin, context: &JobContext) -> Outcome {
        outcome(self.follow(&job, context).await)
    }

    async fn given_up(
        &self,
        job: &job::FollowPin,
        why: &GivenUp<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let sentence = format!("A message could not be pinned to the incident or unpinned from it. {why}");
        self.0.note_problem(conn, job.incident, &sentence, Some(why.job)).await
    }
}

impl FollowPin {
    async fn follow(&self, job: &job::FollowPin, context: &JobContext) -> Result<(), Failure> {
        let Some((incident, settings)) = self.0.incident_and_settings(job.incident).await? else {
            return Ok(());
        };
        if !incident.takes_pins_from(&job.channel) {
            return Ok(());
        }
        // What was pinned stays when its message is deleted.
        let Some(written) = self.0.slack.message(&job.channel, &job.ts).await? else {
            return Ok(());
        };
        let pin = {
            let mut conn = self.0.pool.acquire().await?;
            store::pins::get(&mut conn, &job.channel, &job.ts).await?
        };
        if job.cause == PinCause::Edited {
            return match pin {
                Some(pin) => self.edit(&pin, &written, context).await,
                None => Ok(()),
            };
        }
        let mut people = written.reacted_with(&settings.pin_emoji);
        people.retain(|user| *user != job.bot);
        let people = self.who_may_act(job, people, &settings).await?;
        let pinned = match (&pin, people.first()) {
            (None, Some(first)) => {
                let by = if people.contains(&job.by.as_str()) {
                    &job.by
                } else {
                    *first
                };
                self.pin(job, &incident, &written, by, context).await?
            }
            (Some(pin), Some(_)) => {
                if job.cause == PinCause::Added && pin.pinned_by.slack_user_id() != Some(&job.by) {
                    self.whisper(job, &written, &message::already(&pin.pinned_by)).await?;
                } else if job.cause == PinCause::Added {
                    // A run that was cut short may have left something out.
                    self.pin(job, &incident, &written, &job.by, context).await?;
                }
                true
            }
            (Some(pin), None) => {
                let actor = self.actor(&job.by).await?;
                let mut tx = self.0.pool.begin().await?;
                incidents::unpin(&mut tx, pin, &actor, context.now()).await?;
                tx.commit().await?;
                false
            }
            (None, None) => false,
        };
        let shown = written.reacted_with(DONE).contains(&job.bot.as_str());
        let marked = match (pinned, shown) {
            (true, false) => self.0.slack.react(&job.channel, &job.ts, DONE).await,
            (false, true) => self.0.slack.unreact(&job.channel, &job.ts, DONE).await,
            _ => Ok(()),
        };
        match marked {
            // It is pinned all the same.
            Err(error @ (slack::Error::Refused { .. } | slack::Error::NotFound { .. })) => {
                tracing::warn!(%error, "a message could not be marked as pinned");
                Ok(())
            }
            answer => Ok(answer?),
        }
    }

    /// Those of `people` who may act: the gateway refuses the others, but their emoji stands in Slack.
    async fn who_may_act<'a>(
        &self,
        job: &job::FollowPin,
        people: Vec<&'a str>,
        settings: &Settings,
    ) -> Result<Vec<&'a str>, Failure> {
        if settings.guests_may_act && settings.outsiders_may_act {
            return Ok(people);
        }
        let mut conn = self.0.pool.acquire().await?;
        let bot = slack_users::standing(&mut conn, &job.bot).await?;
        let our_team = bot.and_then(|bot| bot.team_id);
        let shared = store::slack_channels::is_ext_shared(&mut conn, &job.channel).await?;
        let mut may = Vec::new();
        for person in people {
            let membership = match slack_users::standing(&mut conn, person).await? {
                Some(known) => known.membership(our_team.as_deref()),
                // Everybody of ours is copied.
                None if shared == Some(true) => Membership::Outsider,
                None => Membership::Member,
            };
            if membership.may_act(settings) {
                may.push(person);
            }
        }
        Ok(may)
    }

    /// Pins the message and gives whether there was something in it that can be pinned.
    async fn pin(
        &self,
        job: &job::FollowPin,
        incident: &Incident,
        written: &Written,
        by: &str,
        context: &JobContext,
    ) -> Result<bool, Failure> {
        let mut left_out = Vec::new();
        let mut images = 0;
        for file in &written.files {
            let file = self.file(file).await?;
            if self.keep_image(job, &file, context).await? {
                images += 1;
            } else {
                left_out.push(file.name);
            }
        }
        let text = self.text(written).await?;
        let something = !text.is_empty() || images > 0;
        if something {
            let pin = Pin {
                incident: incident.id,
                channel_id: job.channel.clone(),
                ts: job.ts.clone(),
                thread_ts: written.thread_ts.clone(),
                author: written.author().to_owned(),
                author_name: self.author(written).await?,
                text,
                pinned_by: self.actor(by).await?,
                pinned_at: context.now(),
                edited_at: None,
            };
            let mut tx = self.0.pool.begin().await?;
            incidents::pin(&mut tx, &pin).await?;
            tx.commit().await?;
        }
        if !something || !left_out.is_empty() {
            self.whisper(job, written, &message::left_out(&left_out, something))
                .await?;
        }
        Ok(something)
    }

    /// A file with what Slack says of it: in a channel that is shared with another workspace, messages only name theirs.
    async fn file(&self, file: &File) -> Result<File, Failure> {
        if !file.is_stub() {
            return Ok(file.clone());
        }
        match self.0.slack.file(&file.id).await {
            Ok(found) => Ok(found),
            // The other workspace may not allow it.
            Err(error @ (slack::Error::Refused { .. } | slack::Error::NotFound { .. })) => {
                tracing::warn!(%error, "Slack does not show a file of another workspace");
                Ok(file.clone())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps an image, in a transaction of its own; `false` for what is none.
    async fn keep_image(&self, job: &job::FollowPin, file: &File, context: &JobContext) -> Result<bool, Failure> {
        let (true, Some(address)) = (image::is_offered(file), &file.url_private) else {
            return Ok(false);
        };
        let kept = {
            let mut conn = self.0.pool.acquire().await?;
            store::pins::kept_images(&mut conn, &job.channel, &job.ts).await?
        };
        if kept.contains(&file.id) {
            return Ok(true);
        }
        let bytes = match self.0.slack.download(address, image::MAX_BYTES).await {
            Ok(bytes) => bytes,
            Err(error @ (slack::Error::Refused { .. } | slack::Error::NotFound { .. })) => {
                tracing::warn!(%error, "a file could not be fetched");
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        };
        let Some(media_type) = image::media_type(&bytes) else {
            return Ok(false);
        };
        let image = Image {
            file_id: &file.id,
            name: &file.name,
            media_type,
            bytes: &bytes,
        };
        let message = (job.channel.as_str(), job.ts.as_str());
        let mut conn = self.0.pool.acquire().await?;
        store::pins::keep_image(&mut conn, job.incident, message, &image, context.now()).await?;
        Ok(true)
    }

    async fn edit(&self, pin: &Pin, written: &Written, context: &JobContext) -> Result<(), Failure> {
        let text = self.text(written).await?;
        if text == pin.text {
            return Ok(());
        }
        let mut tx = self.0.pool.begin().await?;
        incidents::pin_edited(&mut tx, pin, &text, context.now()).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What a message says, as people read it.
    async fn text(&self, written: &Written) -> Result<String, Failure> {
        let names = {
            let mut conn = self.0.pool.acquire().await?;
            store::slack_names::of(&mut conn, &mentioned_ids(&written.text)).await?
        };
        // Postgres has no such character.
        let text = written.text.replace('\0', "");
        Ok(from_slack(&text, |user| names.get(user).cloned()).trim().to_owned())
    }

    async fn author(&self, written: &Written) -> Result<String, Failure> {
        match written.app_name() {
            Some(name) => Ok(name.to_owned()),
            None => self.0.name_of(written.author()).await,
        }
    }

    async fn actor(&self, user: &str) -> Result<Actor, Failure> {
        Ok(Actor::Slack {
            user_id: user.to_owned(),
            name: self.0.name_of(user).await?,
        })
    }

    /// Tells whoever put the emoji on the message something that only they see, at most once.
    async fn whisper(&self, job: &job::FollowPin, written: &Written, text: &str) -> Result<(), Failure> {
        let key = format!("pin/{}/{}/{}", job.channel, job.ts, job.event);
        let thread = written.thread_ts.as_deref();
        self.0.whisper_once(&key, &job.channel, &job.by, thread, text).await
    }
}
