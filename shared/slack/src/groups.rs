//! User groups, and inviting many people at once.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Client, Error, Result};

/// A user group as Slack describes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct UserGroup {
    /// `S…`
    pub id: String,
    /// Without `@`.
    #[serde(default)]
    pub handle: String,
    /// What people read.
    #[serde(default)]
    pub name: String,
    /// When it was switched off, in seconds since 1970; 0 for one that is not.
    #[serde(default)]
    date_delete: i64,
    /// Who is in it, where Slack says so.
    pub users: Option<Vec<String>>,
}

impl UserGroup {
    /// A group as an event describes it.
    pub fn read(group: Value) -> Option<Self> {
        serde_json::from_value(group).ok()
    }

    /// Whether it can be mentioned still.
    pub fn is_active(&self) -> bool {
        self.date_delete == 0
    }
}

/// Somebody who could not be invited.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct NotInvited {
    /// Slack's id of the person.
    pub user: String,
    /// Slack's code.
    pub error: String,
}

impl NotInvited {
    /// Whether they are in the channel all the same.
    pub fn is_in(&self) -> bool {
        self.error == "already_in_channel"
    }
}

#[derive(Deserialize)]
struct Groups {
    usergroups: Vec<UserGroup>,
}

#[derive(Deserialize)]
struct Users {
    users: Vec<String>,
}

#[derive(Deserialize)]
struct Invited {
    #[serde(default)]
    errors: Vec<Value>,
}

/// The most people that Slack documents for one invitation.
const AT_ONCE: usize = 100;

/// What Slack says of one person whom it does not let in; the others may be.
const OF_ONE_PERSON: [&str; 11] = [
    "already_in_channel",
    "app_cannot_join_channel",
    "cant_invite",
    "cant_invite_self",
    "invitee_cant_see_channel",
    "no_external_invite_permission",
    "no_permission",
    "org_user_not_in_team",
    "ura_max_channels",
    "user_is_restricted",
    "user_not_found",
];

impl Client {
    /// All user groups, with who is in them. Slack gives them in one page.
    pub async fn user_groups(&self) -> Result<Vec<UserGroup>> {
        let query = [
            ("include_users", Some("true".to_owned())),
            ("include_disabled", Some("true".to_owned())),
        ];
        let groups: Groups = self.get("usergroups.list", &query).await?;
        Ok(groups.usergroups)
    }

    /// Who is in a user group.
    pub async fn user_group_members(&self, group: &str) -> Result<Vec<String>> {
        let query = [("usergroup", Some(group.to_owned()))];
        let users: Users = self.get("usergroups.users.list", &query).await?;
        Ok(users.users)
    }

    /// Invites many people, as many at once as Slack takes, and gives those whom it did not let in, be it because they are in
    /// already. Somebody who cannot be invited keeps nobody else out.
    pub async fn invite_all(&self, channel: &str, users: &[String]) -> Result<Vec<NotInvited>> {
        let mut left_out = Vec::new();
        let mut waiting: Vec<Vec<String>> = users.chunks(AT_ONCE).map(<[_]>::to_vec).collect();
        while let Some(users) = waiting.pop() {
            match self.invite_some(channel, &users).await? {
                Ok(errors) => left_out.extend(errors),
                Err((code, mut errors)) => {
                    // Whoever Slack names is the reason; the others are tried again without them.
                    let named = |user: &String| errors.iter().any(|error| error.user == *user);
                    let (named, mut others): (Vec<_>, Vec<_>) = users.into_iter().partition(named);
                    if let ([], [one]) = (named.as_slice(), others.as_slice()) {
                        errors = vec![NotInvited {
                            user: one.clone(),
                            error: code,
                        }];
                        others.clear();
                    } else if named.is_empty() {
                        // It did not say whom: the halves are tried by themselves.
                        waiting.push(others.split_off(others.len() / 2));
                    }
                    left_out.extend(errors);
                    waiting.extend((!others.is_empty()).then_some(others));
                }
            }
        }
        Ok(left_out)
    }

    /// One invitation. The inner error is a refusal that is about some of the people only.
    async fn invite_some(
        &self,
        channel: &str,
        users: &[String],
    ) -> Result<std::result::Result<Vec<NotInvited>, (String, Vec<NotInvited>)>> {
        let body = json!({ "channel": channel, "users": users.join(","), "force": true });
        let invited = self.post_or_refusal::<Invited>("conversations.invite", "", &body).await;
        match invited {
            Ok(invited) => Ok(Ok(not_invited(invited.errors))),
            Err((error @ (Error::Refused { .. } | Error::NotFound { .. }), body))
                if error.code().is_some_and(|code| OF_ONE_PERSON.contains(&code)) =>
            {
                let errors = body.and_then(|body| serde_json::from_str::<Invited>(&body).ok());
                let errors = errors.map(|body| not_invited(body.errors)).unwrap_or_default();
                let ours = errors.into_iter().filter(|error| users.contains(&error.user));
                Ok(Err((error.code().unwrap_or_default().to_owned(), ours.collect())))
            }
            Err((error, _)) => Err(error),
        }
    }
}

/// Those whom Slack names; others of its errors are about nobody.
fn not_invited(errors: Vec<Value>) -> Vec<NotInvited> {
    let errors = errors
        .into_iter()
        .filter_map(|error| serde_json::from_value(error).ok());
    errors.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_read_with_and_without_its_people() {
        let group =
            UserGroup::read(json!({ "id": "S1", "handle": "oncall", "date_delete": 0, "users": ["U1"] })).unwrap();
        assert!(group.is_active());
        assert_eq!(group.users.unwrap(), ["U1"]);
        let gone = UserGroup::read(json!({ "id": "S1", "name": "On call", "date_delete": 5 })).unwrap();
        assert!(!gone.is_active() && gone.users.is_none());
    }

    #[test]
    fn only_errors_about_somebody_count() {
        let errors = vec![
            json!({ "user": "U1", "ok": false, "error": "cant_invite" }),
            json!("something else"),
        ];
        assert_eq!(not_invited(errors)[0].user, "U1");
    }
}
