//! Links above a channel.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Client, Result};

#[derive(Deserialize)]
struct Bookmarks {
    #[serde(default)]
    bookmarks: Vec<Bookmark>,
}

#[derive(Deserialize)]
struct Bookmark {
    #[serde(default)]
    link: Option<String>,
}

impl Client {
    /// Where the links above a channel lead.
    pub async fn bookmarks(&self, channel: &str) -> Result<Vec<String>> {
        let query = [("channel_id", Some(channel.to_owned()))];
        let listed: Bookmarks = self.get("bookmarks.list", &query).await?;
        Ok(listed
            .bookmarks
            .into_iter()
            .filter_map(|bookmark| bookmark.link)
            .collect())
    }

    /// Adds a link above a channel. List them first: Slack adds the same one again.
    pub async fn add_bookmark(&self, channel: &str, title: &str, link: &str) -> Result<()> {
        let body = json!({ "channel_id": channel, "title": title, "type": "link", "link": link });
        self.post::<Value>("bookmarks.add", channel, &body).await.map(|_| ())
    }
}
