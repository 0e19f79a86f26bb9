//! Shows in the channel what became of a page: one message, edited until that is known.

use async_trait::async_trait;
use domain::paging::{Callee, Page as Paged, PageState};
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, Outcome};
use store::PgConnection;
use store::posted_messages::Kind;

use super::message::{Shown, shown};
use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};
use crate::features::panel::after_panel;
use crate::messages::{KeptMessage, Rendered};

/// Posts or edits the message that shows what became of a page.
pub(crate) struct RenderPage(pub(crate) Worker);

/// Has the message of a page say that PagerDuty has not accepted it in time.
pub(crate) struct CheckPageAccepted(pub(crate) Worker);

#[async_trait]
impl Handler<job::CheckPageAccepted> for CheckPageAccepted {
    async fn run(&self, job: job::CheckPageAccepted, context: &JobContext) -> Outcome {
        outcome(self.check(&job, context).await)
    }
}

impl CheckPageAccepted {
    async fn check(&self, job: &job::CheckPageAccepted, context: &JobContext) -> Result<(), Failure> {
        let mut tx = self.0.pool.begin().await?;
        let page = store::pages::get(&mut tx, job.page).await?;
        if page.is_some_and(|page| page.state == PageState::Waiting) {
            context.enqueue(&mut tx, vec![job::RenderPage::job(job.page)]).await?;
        }
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

#[async_trait]
impl Handler<job::RenderPage> for RenderPage {
    async fn run(&self, job: job::RenderPage, context: &JobContext) -> Outcome {
        outcome(self.render(&job, context).await)
    }

    async fn given_up(
        &self,
        job: &job::RenderPage,
        why: &GivenUp<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let Some(page) = store::pages::get(conn, job.page).await? else {
            return Ok(());
        };
        let sentence = format!(
            "Whether {} was paged could not be posted in the channel. {why} Check the console or PagerDuty.",
            page.whom()
        );
        self.0.note_problem(conn, page.incident, &sentence, Some(why.job)).await
    }
}

impl RenderPage {
    async fn render(&self, job: &job::RenderPage, context: &JobContext) -> Result<(), Failure> {
        let Some(page) = self.0.page(job.page).await? else {
            return Ok(());
        };
        let Some((incident, settings)) = self.0.incident_and_settings(page.incident).await? else {
            return Ok(());
        };
        let now = context.now();
        let contacts = match page.state {
            PageState::Waiting | PageState::Failed => self.contacts(&page, context).await?,
            _ => Vec::new(),
        };
        let is_superseded = if page.can_be_sent() {
            let mut conn = self.0.pool.acquire().await?;
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
            let rendered = self.0.render(&kept, Place::channel(channel), &shown_in(false)).await;
            self.remember(&self.0.in_channel(&incident, rendered).await?).await?;
        }
        let user = page.paged_by.slack_user_id().or(incident.declared_by.slack_user_id());
        let Some(user) = user else {
            return Ok(());
        };
        let kept = kept(user, format!("{}/{what}/direct", incident.id));
        let is_wanted = channel.is_none() && is_bad_news;
        if let Some(direct) = self.direct(user, &kept.key, is_wanted).await? {
            let rendered = self.0.render(&kept, Place::channel(&direct), &shown_in(true)).await?;
            self.remember(&rendered).await?;
        }
        Ok(())
    }

    /// The direct messages of whoever paged, where they are told: bad news does not wait for a channel. What they were told
    /// once is edited to the result.
    async fn direct(&self, user: &str, key: &str, is_wanted: bool) -> Result<Option<String>, Failure> {
        if !is_wanted {
            let mut conn = self.0.pool.acquire().await?;
            if !store::effects::begun(&mut conn, key).await? {
                return Ok(None);
            }
        }
        Ok(Some(self.0.slack.open_direct_messages(user).await?))
    }

    async fn remember(&self, rendered: &Rendered<'_>) -> Result<(), Failure> {
        let mut conn = self.0.pool.acquire().await?;
        Ok(rendered.remember(&mut conn).await?)
    }

    /// Who can be called without PagerDuty: those who are on call first, with their mention where they are in Slack.
    async fn contacts(&self, page: &Paged, context: &JobContext) -> Result<Vec<String>, Failure> {
        let mut conn = self.0.pool.acquire().await?;
        let team = store::on_call::team(&mut conn, &page.policy_id, context.now()).await?;
        let Some(team) = team else {
            return Ok(page
                .person
                .iter()
                .map(|Callee { name, .. }| slack::text::escape(name))
                .collect());
        };
        let alone = page.person.as_ref().map(|person| team.person(&person.user_id));
        let people = match alone {
            Some(person) => person.into_iter().collect::<Vec<_>>(),
            None => team.first().iter().collect(),
        };
        let mention = |person: &domain::paging::OnCall| match &person.slack_user_id {
            Some(user) => slack::text::mention(user),
            None => slack::text::escape(&person.name),
        };
        Ok(people.into_iter().map(mention).collect())
    }
}
