//! Channels and direct messages.

use serde::Deserialize;
use serde_json::json;

use crate::{Client, Error, Result};

/// A channel as Slack describes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "Slack describes them so")]
pub struct Channel {
    /// `C…`, `G…` or, for a direct message, `D…`.
    pub id: String,
    /// Without `#`; empty for a direct message.
    #[serde(default)]
    pub name: String,
    /// Only members see it.
    #[serde(default)]
    pub is_private: bool,
    /// Nothing can be posted any more.
    #[serde(default)]
    pub is_archived: bool,
    /// Whether the bot is in it.
    #[serde(default)]
    pub is_member: bool,
    /// Whether people of another workspace are in it.
    #[serde(default)]
    pub is_ext_shared: bool,
    /// Who made it.
    #[serde(default)]
    pub creator: String,
    /// When it was made, in seconds since 1970.
    #[serde(default)]
    pub created: i64,
}

#[derive(Deserialize)]
struct WithChannel {
    channel: Channel,
}

#[derive(Deserialize)]
struct Page {
    channels: Vec<Channel>,
    #[serde(default)]
    response_metadata: Option<Cursor>,
}

#[derive(Deserialize)]
struct Members {
    members: Vec<String>,
    #[serde(default)]
    response_metadata: Option<Cursor>,
}

/// Where the next page of a list begins.
#[derive(Deserialize)]
pub(crate) struct Cursor {
    #[serde(default)]
    next_cursor: String,
}

impl Cursor {
    /// The cursor, unless this was the last page.
    pub(crate) fn next(cursor: Option<Self>) -> Option<String> {
        cursor.map(|cursor| cursor.next_cursor).filter(|next| !next.is_empty())
    }
}

#[derive(Deserialize)]
struct Nothing {}

/// The most that Slack gives in one page.
const PAGE: &str = "999";

impl Client {
    /// Makes a channel and gives it as Slack named it. An effect that would hurt twice.
    pub async fn create_channel(&self, name: &str, private: bool) -> Result<Channel> {
        let body = json!({ "name": name, "is_private": private });
        let answer: WithChannel = self.post("conversations.create", "", &body).await?;
        Ok(answer.channel)
    }

    /// Joins a public channel; fine when the bot is in it already.
    pub async fn join_channel(&self, channel: &str) -> Result<Channel> {
        let answer: WithChannel = self
            .post("conversations.join", "", &json!({ "channel": channel }))
            .await?;
        Ok(answer.channel)
    }

    /// The channel with this id.
    pub async fn channel(&self, id: &str) -> Result<Channel> {
        let answer: WithChannel = self
            .get("conversations.info", &[("channel", Some(id.to_owned()))])
            .await?;
        Ok(answer.channel)
    }

    /// Invites somebody; fine when they are in the channel already.
    pub async fn invite(&self, channel: &str, user: &str) -> Result<()> {
        let body = json!({ "channel": channel, "users": user });
        match self.post::<Nothing>("conversations.invite", "", &body).await {
            Err(Error::Refused { code, .. }) if code == "already_in_channel" => Ok(()),
            answer => answer.map(|_| ()),
        }
    }

    /// Sets the topic, at most 250 characters.
    pub async fn set_topic(&self, channel: &str, topic: &str) -> Result<()> {
        let body = json!({ "channel": channel, "topic": topic });
        self.post::<Nothing>("conversations.setTopic", "", &body)
            .await
            .map(|_| ())
    }

    /// Gives a channel another name, and gives it as Slack named it.
    pub async fn rename_channel(&self, channel: &str, name: &str) -> Result<Channel> {
        let body = json!({ "channel": channel, "name": name });
        let answer: WithChannel = self.post("conversations.rename", "", &body).await?;
        Ok(answer.channel)
    }

    /// Archives a channel; fine when it is archived already.
    pub async fn archive_channel(&self, channel: &str) -> Result<()> {
        let body = json!({ "channel": channel });
        match self.post::<Nothing>("conversations.archive", "", &body).await {
            Err(Error::Refused { code, .. }) if code == "already_archived" => Ok(()),
            answer => answer.map(|_| ()),
        }
    }

    /// Opens the direct messages with somebody and gives their channel.
    pub async fn open_direct_messages(&self, user: &str) -> Result<String> {
        let answer: WithChannel = self.post("conversations.open", "", &json!({ "users": user })).await?;
        Ok(answer.channel.id)
    }

    /// One page of all channels that the bot may see, and the cursor of the next.
    pub async fn channels(&self, cursor: Option<String>) -> Result<(Vec<Channel>, Option<String>)> {
        self.page("conversations.list", cursor).await
    }

    /// One page of the channels that the bot is in, and the cursor of the next.
    pub async fn own_channels(&self, cursor: Option<String>) -> Result<(Vec<Channel>, Option<String>)> {
        self.page("users.conversations", cursor).await
    }

    /// One page of who is in a channel, the bot too, and the cursor of the next.
    pub async fn members(&self, channel: &str, cursor: Option<String>) -> Result<(Vec<String>, Option<String>)> {
        let query = [
            ("channel", Some(channel.to_owned())),
            ("limit", Some(PAGE.to_owned())),
            ("cursor", cursor),
        ];
        let page: Members = self.get("conversations.members", &query).await?;
        Ok((page.members, Cursor::next(page.response_metadata)))
    }

    async fn page(&self, method: &'static str, cursor: Option<String>) -> Result<(Vec<Channel>, Option<String>)> {
        let query = [
            ("types", Some("public_channel,private_channel".to_owned())),
            ("exclude_archived", Some("true".to_owned())),
            ("limit", Some(PAGE.to_owned())),
            ("cursor", cursor),
        ];
        let page: Page = self.get(method, &query).await?;
        Ok((page.channels, Cursor::next(page.response_metadata)))
    }
}
