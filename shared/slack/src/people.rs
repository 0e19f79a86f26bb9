//! People, and the bot itself.

use serde::Deserialize;

use crate::conversations::Cursor;
use crate::{Client, Result};

/// Who the bot's token belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Identity {
    /// The bot as a user, `U…`.
    pub user_id: String,
    /// The workspace, `T…`.
    pub team_id: String,
    /// Address of the workspace.
    #[serde(default)]
    pub url: String,
    /// Whether the app is installed for a whole Enterprise Grid organisation, and not for one workspace.
    #[serde(default)]
    pub is_enterprise_install: bool,
}

/// Somebody as Slack describes them.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// `U…` or `W…`.
    pub id: String,
    /// The name they chose to be shown by.
    pub name: String,
    /// Their e-mail, where the app may read it.
    pub email: Option<String>,
    /// Whether they still have an account.
    pub active: bool,
    /// Whether it is an app.
    pub is_bot: bool,
    /// Whether they are a guest, of one or of several channels.
    pub is_guest: bool,
    /// Whether they are of another workspace, and only share a channel with ours.
    pub is_stranger: bool,
    /// Their workspace.
    pub team_id: Option<String>,
}

#[derive(Deserialize)]
struct WithUser {
    user: User,
}

#[derive(Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "Slack describes people so")]
struct User {
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    profile: UserProfile,
    #[serde(default)]
    deleted: bool,
    #[serde(default)]
    is_bot: bool,
    #[serde(default)]
    is_restricted: bool,
    #[serde(default)]
    is_ultra_restricted: bool,
    #[serde(default)]
    is_stranger: bool,
    team_id: Option<String>,
}

#[derive(Default, Deserialize)]
struct UserProfile {
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    real_name: String,
    email: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    members: Vec<User>,
    #[serde(default)]
    response_metadata: Option<Cursor>,
}

/// Slack recommends at most this many in one page.
const PAGE: &str = "200";

impl From<User> for Profile {
    fn from(
        User {
            id,
            name,
            profile,
            deleted,
            is_bot,
            is_restricted,
            is_ultra_restricted,
            is_stranger,
            team_id,
        }: User,
    ) -> Self {
        let name = [profile.display_name, profile.real_name, name]
            .into_iter()
            .find(|name| !name.trim().is_empty());
        Self {
            name: name.unwrap_or_else(|| id.clone()),
            id,
            email: profile.email,
            active: !deleted,
            is_bot,
            is_guest: is_restricted || is_ultra_restricted,
            is_stranger,
            team_id,
        }
    }
}

impl Profile {
    /// Somebody as an event describes them.
    pub fn read(user: serde_json::Value) -> Option<Self> {
        let user: User = serde_json::from_value(user).ok()?;
        Some(user.into())
    }
}

impl Client {
    /// One page of everybody in the workspace, and the cursor of the next.
    pub async fn people(&self, cursor: Option<String>) -> Result<(Vec<Profile>, Option<String>)> {
        let query = [("limit", Some(PAGE.to_owned())), ("cursor", cursor)];
        let page: Page = self.get("users.list", &query).await?;
        let people = page.members.into_iter().map(Into::into).collect();
        Ok((people, Cursor::next(page.response_metadata)))
    }

    /// Who the bot is.
    pub async fn identity(&self) -> Result<Identity> {
        self.post("auth.test", "", &serde_json::json!({})).await
    }

    /// Somebody's profile.
    pub async fn profile(&self, user: &str) -> Result<Profile> {
        let answer: WithUser = self.get("users.info", &[("user", Some(user.to_owned()))]).await?;
        Ok(answer.user.into())
    }
}
