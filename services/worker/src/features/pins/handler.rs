//! Looks at a message that people put the emoji on, took it from, or edited.
//!
//! What stands in Slack now decides, not the order in which its events came: a message that somebody's emoji is on is
//! pinned, another one is not.

use async_trait::async_trait;
use domain::{Actor, Incident, Settings};
use jobs::PinCause;
use queue::JobContext;
use slack::text::{from_slack, mentioned_ids};
use slack::{File, Written};
use store::pins::{Image, Pin};
use store::slack_users::{self, Membership};

use super::{image, message};
use crate::Worker;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

/// The emoji by which the bot says that a message is pinned.
const DONE: &str = "white_check_mark";

#[async_trait]
impl Perform for jobs::FollowPin {
    const ON_DISCARD: OnDiscard =
        OnDiscard::Problem("A message could not be pinned to the incident or unpinned from it.");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some((incident, settings)) = worker.incident_and_settings(self.incident).await? else {
            return Ok(());
        };
        if !incident.takes_pins_from(&self.channel) {
            return Ok(());
        }
        // What was pinned stays when its message is deleted.
        let Some(written) = worker.slack.message(&self.channel, &self.ts).await? else {
            return Ok(());
        };
        let pin = {
            let mut conn = worker.pool.acquire().await?;
            store::pins::get(&mut conn, &self.channel, &self.ts).await?
        };
        if self.cause == PinCause::Edited {
            return match pin {
                Some(pin) => edit(worker, &pin, &written, context).await,
                None => Ok(()),
            };
        }
        let mut people = written.reacted_with(&settings.pin_emoji);
        people.retain(|user| *user != self.bot);
        let people = who_may_act(worker, &self, people, &settings).await?;
        let pinned = match (&pin, people.first()) {
            (None, Some(first)) => {
                let by = if people.contains(&self.by.as_str()) {
                    &self.by
                } else {
                    *first
                };
                pin_message(worker, &self, &incident, &written, by, context).await?
            }
            (Some(pin), Some(_)) => {
                if self.cause == PinCause::Added && pin.pinned_by.slack_user_id() != Some(&self.by) {
                    send_ephemeral(worker, &self, &written, &message::already(&pin.pinned_by)).await?;
                } else if self.cause == PinCause::Added {
                    // A run that was cut short may have left something out.
                    pin_message(worker, &self, &incident, &written, &self.by, context).await?;
                }
                true
            }
            (Some(pin), None) => {
                let actor = actor(worker, &self.by).await?;
                let mut tx = worker.pool.begin().await?;
                incidents::unpin(&mut tx, pin, &actor, context.now()).await?;
                tx.commit().await?;
                false
            }
            (None, None) => false,
        };
        let shown = written.reacted_with(DONE).contains(&self.bot.as_str());
        let marked = match (pinned, shown) {
            (true, false) => worker.slack.react(&self.channel, &self.ts, DONE).await,
            (false, true) => worker.slack.unreact(&self.channel, &self.ts, DONE).await,
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
}

inventory::submit!(Handler::of::<jobs::FollowPin>());

/// Those of `people` who may act: the gateway refuses the others, but their emoji is in Slack.
async fn who_may_act<'a>(
    worker: &Worker,
    job: &jobs::FollowPin,
    people: Vec<&'a str>,
    settings: &Settings,
) -> Result<Vec<&'a str>, Failure> {
    if settings.guests_may_act && settings.outsiders_may_act {
        return Ok(people);
    }
    let mut conn = worker.pool.acquire().await?;
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
async fn pin_message(
    worker: &Worker,
    job: &jobs::FollowPin,
    incident: &Incident,
    written: &Written,
    by: &str,
    context: &JobContext,
) -> Result<bool, Failure> {
    let mut left_out = Vec::new();
    let mut images = 0;
    for file in &written.files {
        let file = whole_file(worker, file).await?;
        if keep_image(worker, job, &file, context).await? {
            images += 1;
        } else {
            left_out.push(file.name);
        }
    }
    let text = text(worker, written).await?;
    let something = !text.is_empty() || images > 0;
    if something {
        let pin = Pin {
            incident: incident.id,
            channel_id: job.channel.clone(),
            ts: job.ts.clone(),
            thread_ts: written.thread_ts.clone(),
            author: written.author().to_owned(),
            author_name: author(worker, written).await?,
            text,
            pinned_by: actor(worker, by).await?,
            pinned_at: context.now(),
            edited_at: None,
        };
        let mut tx = worker.pool.begin().await?;
        incidents::pin(&mut tx, &pin).await?;
        tx.commit().await?;
    }
    if !something || !left_out.is_empty() {
        send_ephemeral(worker, job, written, &message::left_out(&left_out, something)).await?;
    }
    Ok(something)
}

/// A file with what Slack says of it: in a channel that is shared with another workspace, messages only name theirs.
async fn whole_file(worker: &Worker, file: &File) -> Result<File, Failure> {
    if !file.is_stub() {
        return Ok(file.clone());
    }
    match worker.slack.file(&file.id).await {
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
async fn keep_image(
    worker: &Worker,
    job: &jobs::FollowPin,
    file: &File,
    context: &JobContext,
) -> Result<bool, Failure> {
    let (true, Some(address)) = (image::is_offered(file), &file.url_private) else {
        return Ok(false);
    };
    let kept = {
        let mut conn = worker.pool.acquire().await?;
        store::pins::kept_images(&mut conn, &job.channel, &job.ts).await?
    };
    if kept.contains(&file.id) {
        return Ok(true);
    }
    let bytes = match worker.slack.download(address, image::MAX_BYTES).await {
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
    let mut conn = worker.pool.acquire().await?;
    store::pins::keep_image(&mut conn, job.incident, message, &image, context.now()).await?;
    Ok(true)
}

async fn edit(worker: &Worker, pin: &Pin, written: &Written, context: &JobContext) -> Result<(), Failure> {
    let text = text(worker, written).await?;
    if text == pin.text {
        return Ok(());
    }
    let mut tx = worker.pool.begin().await?;
    incidents::pin_edited(&mut tx, pin, &text, context.now()).await?;
    context.complete(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}

/// What a message says, as people read it.
async fn text(worker: &Worker, written: &Written) -> Result<String, Failure> {
    let names = {
        let mut conn = worker.pool.acquire().await?;
        store::slack_names::of(&mut conn, &mentioned_ids(&written.text)).await?
    };
    // Postgres has no such character.
    let text = written.text.replace('\0', "");
    Ok(from_slack(&text, |user| names.get(user).cloned()).trim().to_owned())
}

async fn author(worker: &Worker, written: &Written) -> Result<String, Failure> {
    match written.app_name() {
        Some(name) => Ok(name.to_owned()),
        None => worker.name_of(written.author()).await,
    }
}

async fn actor(worker: &Worker, user: &str) -> Result<Actor, Failure> {
    Ok(Actor::Slack {
        user_id: user.to_owned(),
        name: worker.name_of(user).await?,
    })
}

/// Tells whoever put the emoji on the message something that only they see, at most once.
async fn send_ephemeral(worker: &Worker, job: &jobs::FollowPin, written: &Written, text: &str) -> Result<(), Failure> {
    let key = format!("pin/{}/{}/{}", job.channel, job.ts, job.event);
    let thread = written.thread_ts.as_deref();
    worker
        .send_ephemeral_once(&key, &job.channel, &job.by, thread, text)
        .await
}
