//! Invites a user group to the channel of an incident, from the copy of who is in it.

use std::collections::HashMap;

use async_trait::async_trait;
use queue::{Discard, JobContext};
use slack::NotInvited;
use store::slack_groups::{self, GroupMember, SlackGroup};
use store::{PgConnection, missing_in_slack};

use crate::Worker;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

/// How many are named of those who could not be invited.
const MAX_NAMES: usize = 5;

#[async_trait]
impl Perform for jobs::InviteGroup {
    const ON_DISCARD: OnDiscard = OnDiscard::OwnProblem;

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some(incident) = worker.incident(self.incident).await? else {
            return Ok(());
        };
        // Whatever makes or finds the channel has the group invited again.
        let Some(channel) = incident.open_channel() else {
            return Ok(());
        };
        let (group, members) = group(worker, &self).await?;
        let ids: Vec<_> = members.iter().map(|member| member.id.clone()).collect();
        let left_out = worker.slack.invite_all(channel, &ids).await;
        let left_out = worker.in_channel(&incident, left_out.map_err(Failure::from)).await?;
        let left_out: Vec<_> = left_out.into_iter().filter(|left_out| !left_out.is_in()).collect();

        let mut tx = worker.pool.begin().await?;
        let people = u32::try_from(members.len().saturating_sub(left_out.len())).unwrap_or(u32::MAX);
        incidents::group_invited(&mut tx, incident.id, &group.handle, people, context.now()).await?;
        if let Some(sentence) = problem(&group, &members, &left_out) {
            worker.note_problem(&mut tx, incident.id, &sentence, None).await?;
        }
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn discarded(&self, worker: &Worker, why: &Discard<'_>, conn: &mut PgConnection) -> Result<(), store::Error> {
        let sentence = format!("The user group {} could not be invited. {why}", shown(&self.group));
        worker.note_problem(conn, self.incident, &sentence, Some(why.job)).await
    }
}

inventory::submit!(Handler::of::<jobs::InviteGroup>());

/// The group and who is in it; where they are not known, they are copied first.
async fn group(worker: &Worker, job: &jobs::InviteGroup) -> Result<(SlackGroup, Vec<GroupMember>), Failure> {
    let mut tx = worker.pool.begin().await?;
    let known = slack_groups::find(&mut tx, &job.group).await?;
    let (what, is_known) = match known {
        Some(group) => match slack_groups::members(&mut tx, &group.id).await? {
            Some(members) => return Ok((group, members)),
            None => (jobs::CopyGroupMembers { group: group.id }.job(), true),
        },
        None => (jobs::CopyGroups {}.job(), false),
    };
    let missing = format!("group {}", job.group);
    let looked_before = !missing_in_slack::notice(&mut tx, job.incident, &missing).await?;
    if looked_before && !is_known && missing_in_slack::copied_since(&mut tx, job.incident, &missing, "groups").await? {
        return Err(Failure::Never(format!(
            "Slack has no such group. Correct the invited groups in the settings; until then, type `/invite {}` here.",
            shown(&job.group)
        )));
    }
    if looked_before && missing_in_slack::copied_since(&mut tx, job.incident, &missing, slack_groups::REFUSED).await? {
        return Err(Failure::Never(
            "The Slack app lacks the scope usergroups:read. Ask a Slack admin to reinstall it with the current app \
             manifest."
                .to_owned(),
        ));
    }
    queue::enqueue(&mut tx, vec![what]).await?;
    tx.commit().await?;
    Err(Failure::not_yet("the user groups are copied"))
}

fn shown(group: &str) -> String {
    format!("@{}", group.trim_start_matches('@'))
}

/// Who of a group could not be invited, if anybody, and what to do.
fn problem(group: &SlackGroup, members: &[GroupMember], left_out: &[NotInvited]) -> Option<String> {
    if left_out.is_empty() {
        return None;
    }
    let names: HashMap<_, _> = members
        .iter()
        .map(|member| (&member.id, member.name.as_str()))
        .collect();
    let name = |left_out: &NotInvited| {
        names
            .get(&left_out.user)
            .map_or(left_out.user.clone(), |name| (*name).to_owned())
    };
    let mut who: Vec<_> = left_out.iter().take(MAX_NAMES).map(name).collect();
    if left_out.len() > MAX_NAMES {
        who.push(format!("{} more", left_out.len() - MAX_NAMES));
    }
    Some(format!(
        "Of @{}, these people could not be invited: {}. Guests and deactivated accounts can't be invited. If you need \
         them, contact them another way.",
        group.handle,
        who.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_could_not_be_invited_are_named() {
        let group = SlackGroup {
            id: "S1".to_owned(),
            handle: "oncall".to_owned(),
            name: "On call".to_owned(),
            active: true,
        };
        let members: Vec<_> = (0..7)
            .map(|number| GroupMember {
                id: format!("U{number}"),
                name: format!("person {number}"),
            })
            .collect();
        let left_out: Vec<_> = members
            .iter()
            .map(|member| NotInvited {
                user: member.id.clone(),
                error: "user_is_restricted".to_owned(),
            })
            .collect();
        assert_eq!(problem(&group, &members, &[]), None);
        assert_eq!(
            problem(&group, &members, &left_out[..1]).unwrap(),
            "Of @oncall, these people could not be invited: person 0. Guests and deactivated accounts can't be \
             invited. If you need them, contact them another way."
        );
        assert!(
            problem(&group, &members, &left_out)
                .unwrap()
                .contains("person 4, 2 more. Guests")
        );
    }
}
