//! People in Slack: copied page by page, so that they are shown by the name they chose and nobody has to be asked.

use async_trait::async_trait;
use queue::JobContext;
use slack::Profile;
use store::slack_users::{SlackUser, Standing};

use crate::Worker;
use crate::failure::Failure;
use crate::perform::{HOUR, Handler, OnDiscard, Perform, Periodic};

fn copy_of(profile: Profile) -> SlackUser {
    SlackUser {
        id: profile.id,
        name: profile.name,
        email: profile.email,
        active: profile.active,
        is_bot: profile.is_bot,
        standing: Standing {
            guest: profile.is_guest,
            stranger: profile.is_stranger,
            team_id: profile.team_id,
        },
    }
}

#[async_trait]
impl Perform for jobs::CopyPeople {
    const ON_DISCARD: OnDiscard = OnDiscard::COPY;

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let began = worker.copy_began(self.began, self.cursor.is_none()).await?;
        let (people, next) = worker.slack.people(self.cursor).await?;
        let people: Vec<_> = people.into_iter().map(copy_of).collect();
        let mut tx = worker.pool.begin().await?;
        store::slack_users::keep(&mut tx, &people).await?;
        match next {
            Some(cursor) => {
                context
                    .enqueue(&mut tx, vec![jobs::CopyPeople::next(cursor, began)])
                    .await?;
            }
            None => store::slack_users::copied(&mut tx, began).await?,
        }
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::CopyPeople>());
inventory::submit!(Periodic {
    name: "copy people",
    every: |_| Some(HOUR),
    job: |_, _| jobs::CopyPeople::all(),
});

impl Worker {
    /// The name that somebody goes by; it is fetched when it is not known yet.
    pub(crate) async fn name_of(&self, user: &str) -> Result<String, Failure> {
        if user.is_empty() {
            return Ok("somebody".to_owned());
        }
        let known = {
            let mut conn = self.pool.acquire().await?;
            store::slack_users::name(&mut conn, user).await?
        };
        if let Some(name) = known {
            return Ok(name);
        }
        let user = match self.slack.profile(user).await {
            Ok(profile) => copy_of(profile),
            // Somebody of another company, or an app.
            Err(slack::Error::NotFound { .. } | slack::Error::Refused { .. }) => return Ok(user.to_owned()),
            Err(error) => return Err(error.into()),
        };
        let mut conn = self.pool.acquire().await?;
        store::slack_users::keep(&mut conn, std::slice::from_ref(&user)).await?;
        Ok(user.name)
    }
}

#[async_trait]
impl Perform for jobs::FetchUser {
    const ON_DISCARD: OnDiscard = OnDiscard::Silent("people are named by their id until the next copy");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let user = copy_of(worker.slack.profile(&self.user).await?);
        let mut tx = worker.pool.begin().await?;
        let shown = store::incidents::lock(&mut tx, self.incident).await?;
        store::slack_users::keep(&mut tx, std::slice::from_ref(&user)).await?;
        // Whoever drew the incident before this knew them by another name.
        let by_another_name = shown.is_some_and(|incident| {
            let declared = incident.declared_by.slack_user_id() == Some(&user.id);
            let mut roles = incident.roles.iter();
            (declared && incident.declared_by.name() != user.name)
                || roles.any(|holder| holder.user_id == user.id && holder.name != user.name)
        });
        if by_another_name {
            store::incidents::touch(&mut tx, self.incident, context.now()).await?;
            let panel = jobs::DrawPanel {
                incident: self.incident,
            }
            .job();
            let digest = jobs::DrawDigest {
                incident: self.incident,
            }
            .job();
            context.enqueue(&mut tx, vec![panel, digest]).await?;
        }
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::FetchUser>());
