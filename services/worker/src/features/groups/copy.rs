//! Copies the user groups and who is in them, so that inviting one asks nobody.

use async_trait::async_trait;
use jobs::payloads::slack as job;
use queue::{Handler, JobContext, Outcome};
use store::slack_groups::{self, SlackGroup};

use crate::Worker;
use crate::failure::{Failure, outcome};

/// Copies the user groups of the workspace.
pub(crate) struct CopyGroups(pub(crate) Worker);

/// Copies who is in a user group.
pub(crate) struct CopyGroupMembers(pub(crate) Worker);

#[async_trait]
impl Handler<job::CopyGroups> for CopyGroups {
    async fn run(&self, _job: job::CopyGroups, context: &JobContext) -> Outcome {
        outcome(self.copy(context).await)
    }
}

impl CopyGroups {
    async fn copy(&self, context: &JobContext) -> Result<(), Failure> {
        let began = self.0.copy_began(None, true).await?;
        let groups = self.0.slack.user_groups().await;
        let mut tx = self.0.pool.begin().await?;
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
                None if known.active => members.push(job::CopyGroupMembers { group: known.id }.job()),
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

#[async_trait]
impl Handler<job::CopyGroupMembers> for CopyGroupMembers {
    async fn run(&self, job: job::CopyGroupMembers, context: &JobContext) -> Outcome {
        outcome(self.copy(job, context).await)
    }
}

impl CopyGroupMembers {
    async fn copy(&self, job: job::CopyGroupMembers, context: &JobContext) -> Result<(), Failure> {
        let users = self.0.slack.user_group_members(&job.group).await;
        let mut tx = self.0.pool.begin().await?;
        match users {
            Err(slack::Error::Refused { code, .. }) if code == "no_such_subteam" => {
                slack_groups::gone(&mut tx, &job.group).await?;
            }
            answer => slack_groups::set_members(&mut tx, &job.group, &answer?).await?,
        }
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}
