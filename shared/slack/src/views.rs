//! Modals, the app home, and the connection that they come back on.

use serde::Deserialize;
use serde_json::json;
use slack_morphism::blocks::SlackView;

use crate::{Client, Error, Result};

#[derive(Deserialize)]
struct Nothing {}

#[derive(Deserialize)]
struct Connection {
    url: url::Url,
}

impl Client {
    /// Opens a modal. The trigger lives 3 s and works once.
    pub async fn open_view(&self, trigger_id: &str, view: &SlackView) -> Result<()> {
        let body = json!({ "trigger_id": trigger_id, "view": view });
        self.post::<Nothing>("views.open", "", &body).await.map(|_| ())
    }

    /// Opens a modal on top of the one that the trigger came from. The trigger lives 3 s and works once.
    pub async fn push_view(&self, trigger_id: &str, view: &SlackView) -> Result<()> {
        let body = json!({ "trigger_id": trigger_id, "view": view });
        self.post::<Nothing>("views.push", "", &body).await.map(|_| ())
    }

    /// Puts other content into an open modal.
    pub async fn update_view(&self, view_id: &str, view: &SlackView) -> Result<()> {
        let body = json!({ "view_id": view_id, "view": view });
        self.post::<Nothing>("views.update", "", &body).await.map(|_| ())
    }

    /// Draws somebody's app home anew.
    pub async fn publish_home(&self, user: &str, view: &SlackView) -> Result<()> {
        let body = json!({ "user_id": user, "view": view });
        self.post::<Nothing>("views.publish", "", &body).await.map(|_| ())
    }

    /// Asks for the address of a new Socket Mode connection. It is a secret and works once.
    pub async fn open_connection(&self) -> Result<url::Url> {
        let connection: Connection = self.post_as_app("apps.connections.open").await?;
        match connection.url.scheme() {
            "ws" | "wss" => Ok(connection.url),
            _ => Err(Error::Transient {
                method: "apps.connections.open",
                reason: "the address is no socket's".to_owned(),
            }),
        }
    }
}
