//! Confluence, which holds RCA documents.

use confluence::{Client, Config, Error};
use jobs::queues;
use queue::Queue;
use store::PgConnection;
use store::rca_documents::{Destination, set_destination};

use super::vendor::{Fault, Vendor};
use crate::features::rca::parent_page;

impl Vendor for Config {
    type Client = Client;

    const QUEUE: Queue = queues::CONFLUENCE;
    const OFF: &'static str = "off (CONFLUENCE_API_URL): RCA documents are files only";

    async fn check(&self, client: &Client) -> Result<(), Fault> {
        let key = &self.space;
        let Some(space) = client.space(key).await? else {
            return Err(Fault::Failed(format!(
                "there is no space “{key}”, or the user can't see it: correct CONFLUENCE_SPACE"
            )));
        };
        if let Some(parent) = &self.parent_page
            && parent_page(client, &space, parent).await?.is_none()
        {
            return Err(Fault::Failed(format!(
                "the parent page “{parent}” does not exist: create it in Confluence, or correct CONFLUENCE_PARENT_PAGE"
            )));
        }
        Ok(())
    }

    async fn announce(conn: &mut PgConnection, config: Option<&Self>) -> Result<(), store::Error> {
        let destination = Destination {
            available: config.is_some(),
            automatic: config.is_some_and(|config| config.automatic),
        };
        set_destination(conn, destination).await
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Call(error) => error.into(),
            error => Self::Failed(error.to_string()),
        }
    }
}
