//! Statuspage, which shows customers what is wrong.

use std::time::Duration;

use jobs::queues;
use queue::Queue;
use statuspage::{Client, Config};
use store::PgConnection;

use super::vendor::{Fault, Vendor};

impl Vendor for Config {
    type Client = Client;

    const QUEUE: Queue = queues::STATUSPAGE;
    const OFF: &'static str = "off (STATUSPAGE_INTEGRATION_ENABLED): nothing can be published";

    fn pace(&self) -> Option<Duration> {
        Some(self.pace)
    }

    async fn check(&self, client: &Client) -> Result<(), Fault> {
        client.unresolved().await?;
        Ok(())
    }

    async fn announce(conn: &mut PgConnection, config: Option<&Self>) -> Result<(), store::Error> {
        match config {
            Some(config) => store::statuspage::set_page(conn, &config.page_id, config.page_url.as_deref()).await,
            None => store::statuspage::switch_off(conn).await,
        }
    }
}
