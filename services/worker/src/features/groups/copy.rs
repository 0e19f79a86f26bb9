//! Copies the user groups and who is in them, so that inviting one asks nobody.

use async_trait::async_trait;
use queue::JobContext;
use store::slack_groups::{self, SlackGroup};

use crate::Worker;
use crate::failure::Failure;
use crate::perform::{HOUR, Handler, OnDiscard, Perform, Periodic};

#[async_trait]
impl Perform for jobs::CopyGroups {
    const ON_DISCARD: OnDiscard = OnDiscard::COPY;

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let began = worker.copy_began(None, true).await?;
        let groups = worker.slack.user_groups().await;
        let mut tx = worker.pool.begin().await?;
        let groups = match groups {
            // `diag` says so, and whoever's group should have been invited is told; the same every hour helps nobody.
            Err(slack::Error::Refused { code, .. }) if code == "missing_scope" => {
                slack_groups::refused(&mut tx).await?;
                context.complete(&mut tx).await?;
                tx.commit().await?;
                return Ok(());
            }
            // A workspace without the plan for groups has none.
            Err(slack::Error::Refused { code, .. }) if code == "plan_upgrade_required" => Vec::new(),
            answer => answer?,
        };
        let mut members = Vec::new();
        for group in groups {
            let known = SlackGroup {
                active: group.is_active(),
                id: group.id,
                handle: group.handle,
                name: group.name,
            };
            slack_groups::keep(&mut tx, &known).await?;
            match group.users {
                Some(users) => slack_groups::set_members(&mut tx, &known.id, &users).await?,
                None if known.active => members.push(jobs::CopyGroupMembers { group: known.id }.job()),
                None => {}
            }
        }
        context.enqueue(&mut tx, members).await?;
        slack_groups::copied(&mut tx, began).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::CopyGroups>());
inventory::submit!(Periodic {
    name: "copy groups",
    every: |_| Some(HOUR),
    job: |_, _| jobs::CopyGroups {}.job(),
});

#[async_trait]
impl Perform for jobs::CopyGroupMembers {
    const ON_DISCARD: OnDiscard = OnDiscard::COPY;

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let users = worker.slack.user_group_members(&self.group).await;
        let mut tx = worker.pool.begin().await?;
        match users {
            Err(slack::Error::Refused { code, .. }) if code == "no_such_subteam" => {
                slack_groups::gone(&mut tx, &self.group).await?;
            }
            answer => slack_groups::set_members(&mut tx, &self.group, &answer?).await?,
        }
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::CopyGroupMembers>());
