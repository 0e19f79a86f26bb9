//! People, and the bot itself.

use serde::Deserialize;

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
}

/// Somebody as Slack describes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// `U…` or `W…`.
    pub id: String,
    /// The name they chose to be shown by.
    pub name: String,
    /// Their e-mail, where the app may read it.
    pub email: Option<String>,
}

#[derive(Deserialize)]
struct WithUser {
    user: User,
}

#[derive(Deserialize)]
struct User {
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    profile: UserProfile,
}

#[derive(Default, Deserialize)]
struct UserProfile {
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    real_name: String,
    email: Option<String>,
}

impl Client {
    /// Who the bot is.
    pub async fn identity(&self) -> Result<Identity> {
        self.post("auth.test", "", &serde_json::json!({})).await
    }

    /// Somebody's profile.
    pub async fn profile(&self, user: &str) -> Result<Profile> {
        let answer: WithUser = self.get("users.info", &[("user", Some(user.to_owned()))]).await?;
        let User { id, name, profile } = answer.user;
        let name = [profile.display_name, profile.real_name, name]
            .into_iter()
            .find(|name| !name.trim().is_empty());
        Ok(Profile {
            name: name.unwrap_or_else(|| id.clone()),
            id,
            email: profile.email,
        })
    }
}
