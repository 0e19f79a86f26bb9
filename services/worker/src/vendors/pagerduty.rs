//! PagerDuty, which pages teams.

use jobs::queues;
use pagerduty::{Client, Config, Error, PAGE};
use queue::Queue;
use store::PgConnection;

use super::vendor::{Fault, Vendor};
use crate::failure::Failure;

impl Vendor for Config {
    type Client = Client;

    const QUEUE: Queue = queues::PAGERDUTY;
    const OFF: &'static str = "off (PAGERDUTY_INTEGRATION_ENABLED): teams cannot be paged";

    async fn check(&self, client: &Client) -> Result<(), Fault> {
        if knows(client, &self.username).await? {
            return Ok(());
        }
        let nobody = "no user has the e-mail in PAGERDUTY_API_USERNAME, so pages are rejected: set it to a user's \
             e-mail"
            .to_owned();
        Err(Fault::Failed(nobody))
    }

    async fn announce(conn: &mut PgConnection, config: Option<&Self>) -> Result<(), store::Error> {
        store::on_call::set_enabled(conn, config.is_some()).await
    }
}

/// Whether somebody in PagerDuty has this e-mail, in whose name pages are made. Where there are too many people to look at all
/// of them, it is believed.
async fn knows(client: &Client, email: &str) -> pagerduty::Result<bool> {
    // One after the other, they end before the time of all checks does.
    const PAGES: u32 = 3;
    for page in 0..PAGES {
        let found = client.users(page * PAGE).await?;
        let mut emails = found.items.iter().filter_map(|user| user.email.as_deref());
        if emails.any(|one| one.eq_ignore_ascii_case(email)) {
            return Ok(true);
        }
        if !found.more {
            return Ok(false);
        }
    }
    Ok(true)
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Call(error) => error.into(),
            error => Self::Failed(error.to_string()),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Call(error) => Self::Vendor {
                vendor: "PagerDuty",
                error,
            },
            Error::UnknownRequester(email) => Self::Never(format!(
                "No PagerDuty user has the e-mail {email}. Set PAGERDUTY_API_USERNAME to the e-mail of a PagerDuty \
                 user, or add this user in PagerDuty."
            )),
            Error::LacksAbility(ability) => Self::Never(format!(
                "The PagerDuty account doesn't have the feature “{ability}”. Ask your PagerDuty admin for a plan that \
                 includes it."
            )),
            Error::KeyTaken => Self::Never("PagerDuty already has an open incident with the same key.".to_owned()),
        }
    }
}
