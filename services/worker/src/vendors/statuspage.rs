//! Statuspage, which shows customers what is wrong.

use std::time::Duration;

use jobs::payloads::statuspage as job;
use jobs::{Queue, Registry};
use statuspage::{Client, Config};
use store::PgConnection;

use super::vendor::{Fault, Vendor};

/// How often the components are copied, beside when somebody opens a form.
const COPY_PERIOD: Duration = Duration::from_mins(5);

impl Vendor for Config {
    type Client = Client;

    const QUEUE: Queue = Queue::Statuspage;
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

    fn periodic(&self, registry: Registry) -> Registry {
        registry
            .periodic("copy statuspage components", COPY_PERIOD.max(self.every), |_| {
                job::CopyComponents::all()
            })
            .periodic("poll statuspage", self.every, |_| job::Poll::job())
    }
}
