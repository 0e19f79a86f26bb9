//! Shows in the channel what became of a page: one message, edited until that is known.

use async_trait::async_trait;
use domain::paging::{Page as Paged, PageState};
use queue::{Discard, JobContext};
use store::PgConnection;
use store::posted_messages::Kind;

use super::message::{Shown, shown};
use crate::Worker;
use crate::effects::Place;
use crate::failure::Failure;
use crate::features::panel::after_panel;
use crate::messages::{KeptMessage, Rendered};
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::CheckPageAccepted {
    const ON_DISCARD: OnDiscard =
        OnDiscard::Told("the message of the page is edited as soon as it is known what became of it");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let mut tx = worker.pool.begin().await?;
        let page = store::pages::get(&mut tx, self.page).await?;
        if let Some(page) = page.filter(|page| page.state == PageState::Waiting) {
            let render = jobs::RenderPage { page: page.id };
            context.enqueue(&mut tx, vec![render.job(page.incident)]).await?;
        }
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::CheckPageAccepted>());

#[async_trait]
impl Perform for jobs::RenderPage {
    const ON_DISCARD: OnDiscard = OnDiscard::OwnProblem;

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some(page) = worker.page(self.page).await? else {
            return Ok(());
        };
        let Some((incident, settings)) = worker.incident_and_settings(page.incident).await? else {
            return Ok(());
        };
        let now = context.now();
        let contacts = match page.state {
            PageState::Waiting | PageState::Failed => contacts(worker, &page, context).await?,
            _ => Vec::new(),
        };
        let is_superseded = if page.can_be_sent() {
            let mut conn = worker.pool.acquire().await?;
            page.is_superseded(&store::pages::of_incident(&mut conn, page.incident).await?)
        } else {
            false
        };
        let shown_in = |directly: bool| {
            shown(&Shown {
                page: &page,
                incident: &incident,
                settings: &settings,
                contacts: &contacts,
                is_superseded,
                directly,
                now,
            })
        };
        let kept = |recipient, key| KeptMessage {
            recipient,
            subject: page.id,
            ..KeptMessage::in_channel(Kind::Page, incident.id, key)
        };
        let what = format!("page/{}", page.id);
        let is_bad_news = page.state == PageState::Failed || page.is_overdue(now);
        let channel = incident.open_channel();
        if let Some(channel) = channel {
            // Bad news does not wait for the control panel.
            if !is_bad_news {
                after_panel(&incident, context)?;
            }
            let kept = kept("", incident.key_in_channel(&what));
            let rendered = worker.render(&kept, Place::channel(channel), &shown_in(false)).await;
            remember(worker, &worker.in_channel(&incident, rendered).await?).await?;
        }
        let user = page.paged_by.slack_user_id().or(incident.declared_by.slack_user_id());
        let Some(user) = user else {
            return Ok(());
        };
        let kept = kept(user, format!("{}/{what}/direct", incident.id));
        let is_wanted = channel.is_none() && is_bad_news;
        if let Some(direct) = direct(worker, user, &kept.key, is_wanted).await? {
            let rendered = worker.render(&kept, Place::channel(&direct), &shown_in(true)).await?;
            remember(worker, &rendered).await?;
        }
        Ok(())
    }

    async fn discarded(&self, worker: &Worker, why: &Discard<'_>, conn: &mut PgConnection) -> Result<(), store::Error> {
        let Some(page) = store::pages::get(conn, self.page).await? else {
            return Ok(());
        };
        let sentence = format!(
            "Whether {} was paged could not be posted in the channel. {why} Check the console or PagerDuty.",
            page.whom()
        );
        worker.note_problem(conn, page.incident, &sentence, Some(why.job)).await
    }
}

inventory::submit!(Handler::of::<jobs::RenderPage>());

/// The direct messages of whoever paged, where they are told: bad news does not wait for a channel. What they were told
/// once is edited to the result.
async fn direct(worker: &Worker, user: &str, key: &str, is_wanted: bool) -> Result<Option<String>, Failure> {
    if !is_wanted {
        let mut conn = worker.pool.acquire().await?;
        if !store::effects::begun(&mut conn, key).await? {
            return Ok(None);
        }
    }
    Ok(Some(worker.slack.open_direct_messages(user).await?))
}

async fn remember(worker: &Worker, rendered: &Rendered<'_>) -> Result<(), Failure> {
    let mut conn = worker.pool.acquire().await?;
    Ok(rendered.remember(&mut conn).await?)
}

/// Who can be called without PagerDuty: those who are on call first, with their mention where they are in Slack.
async fn contacts(worker: &Worker, page: &Paged, context: &JobContext) -> Result<Vec<String>, Failure> {
    let mut conn = worker.pool.acquire().await?;
    let team = store::on_call::team(&mut conn, &page.policy_id, context.now()).await?;
    let mention = |(name, user): (&str, Option<&str>)| match user {
        Some(user) => slack::text::mention(user),
        None => slack::text::escape(name),
    };
    Ok(page.contacts(team.as_ref()).into_iter().map(mention).collect())
}
