//! Admins see in the console what gateways and workers find when they check what they need.

use std::time::Duration;

use sandbox::{Fault, Harm};
use store::checks::Config;
use testing::{System, wait_for};
use web::proto::checks_service_client::ChecksServiceClient;
use web::proto::{Check, CheckState, GetChecksRequest, GetChecksResponse, RequestChecksRequest};

use crate::console::{Admin, channel};

const WRONG_TOKEN: &str = "wrong-token-of-pagerduty";

/// Once soon after the start, and then only when somebody asks.
fn on_request() -> Config {
    Config {
        instance: "here".to_owned(),
        first: Duration::from_millis(100),
        every: Duration::from_hours(24),
        apart: Duration::from_millis(100),
    }
}

/// The page of an admin.
struct Page {
    admin: Admin,
    api: ChecksServiceClient<tonic::transport::Channel>,
}

impl Page {
    async fn open(system: &mut System) -> Self {
        let addr = system.add_web().await;
        Self {
            admin: Admin::sign_in(addr).await,
            api: ChecksServiceClient::new(channel(addr).await),
        }
    }

    async fn read(&self) -> GetChecksResponse {
        let request = self.admin.says(GetChecksRequest {});
        self.api.clone().get_checks(request).await.unwrap().into_inner()
    }

    async fn check_again(&self) {
        let request = self.admin.says(RequestChecksRequest {});
        self.api.clone().request_checks(request).await.unwrap();
    }

    /// Waits until a worker reports this of PagerDuty.
    async fn pagerduty(&self, state: CheckState) -> Check {
        self.worker("pagerduty", state).await
    }

    /// Waits until a worker reports this of something.
    async fn worker(&self, name: &str, state: CheckState) -> Check {
        wait_for(&format!("{name} to be {state:?}"), async || {
            let read = self.read().await;
            let worker = read.services.into_iter().find(|one| one.service == "worker")?;
            let check = worker.checks.into_iter().find(|check| check.name == name)?;
            (check.state() == state).then_some(check)
        })
        .await
    }
}

/// A gateway, the console with its page, and a worker, which stops first.
async fn start(pagerduty_token: Option<&'static str>) -> (System, Page) {
    let mut system = System::new(sandbox::Config::default()).await;
    system.pagerduty = true;
    system.checks = Some(on_request());
    system.add_gateway();
    let page = Page::open(&mut system).await;
    add_worker(&mut system, pagerduty_token);
    system.connected(2).await;
    (system, page)
}

fn add_worker(system: &mut System, pagerduty_token: Option<&'static str>) {
    system.add_worker_with(|config| {
        if let (Some(pagerduty), Some(token)) = (&mut config.vendors.pagerduty, pagerduty_token) {
            pagerduty.token = token.into();
        }
    });
}

fn missing(read: &GetChecksResponse) -> Vec<&str> {
    read.missing.iter().map(|check| &*check.name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_wrong_is_seen_until_it_is_mended() {
    let (mut system, page) = start(Some(WRONG_TOKEN)).await;
    let refused = page.pagerduty(CheckState::Failed).await;
    assert!(refused.detail.contains("API token"), "{refused:?}");
    assert_eq!(refused.effect, "Teams cannot be paged.");
    let read = wait_for("the gateway", async || {
        let read = page.read().await;
        missing(&read).is_empty().then_some(read)
    })
    .await;
    let names: Vec<_> = read
        .services
        .iter()
        .map(|one| (&*one.service, &*one.instance))
        .collect();
    assert_eq!(names, [("web", ""), ("gateway", "here"), ("worker", "here")]);
    let shown = format!("{read:?}");
    let app = system.sandbox.app();
    for secret in [
        WRONG_TOKEN,
        &app.bot_token,
        &app.app_token,
        &system.sandbox.pagerduty().token,
    ] {
        assert!(!shown.contains(secret), "{shown}");
    }

    // The worker is replaced by one with the right token.
    system.stop_last().await;
    let queues = ["slack", "pagerduty", "confluence", "statuspage", "status-polling"];
    assert_eq!(missing(&page.read().await), queues);
    add_worker(&mut system, None);
    page.pagerduty(CheckState::Ok).await;
    assert_eq!(page.read().await.missing, []);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_not_there_is_seen_before_a_document_is_written() {
    let mut system = System::new(sandbox::Config::default()).await;
    system.checks = Some(on_request());
    let page = Page::open(&mut system).await;
    system.add_worker_with(|config| {
        if let Some(confluence) = &mut config.vendors.confluence {
            confluence.parent_page = Some("Nowhere".to_owned());
        }
    });
    let missing = page.worker("confluence", CheckState::Failed).await;
    assert!(missing.detail.contains("“Nowhere”"), "{missing:?}");
    system.stop_last().await;
    system.add_worker();
    page.worker("confluence", CheckState::Ok).await;
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_e_mail_that_pagerduty_does_not_know_is_seen_before_somebody_is_paged() {
    let mut system = System::new(sandbox::Config::default()).await;
    system.pagerduty = true;
    system.checks = Some(on_request());
    let page = Page::open(&mut system).await;
    system.add_worker_with(|config| {
        if let Some(pagerduty) = &mut config.vendors.pagerduty {
            pagerduty.username = "nobody@example.com".to_owned();
        }
    });
    let refused = page.pagerduty(CheckState::Failed).await;
    assert!(refused.detail.contains("PAGERDUTY_API_USERNAME"), "{refused:?}");
    assert!(!refused.detail.contains("nobody@example.com"), "{refused:?}");
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_mended_elsewhere_is_seen_when_somebody_has_it_checked_again() {
    let (system, page) = start(None).await;
    page.pagerduty(CheckState::Ok).await;
    let fault = Fault::new("pagerduty.list_users", Harm::Status(401));
    let fault = system.sandbox.faults().add(fault);
    page.check_again().await;
    page.pagerduty(CheckState::Failed).await;
    system.sandbox.faults().remove(fault);
    page.check_again().await;
    page.pagerduty(CheckState::Ok).await;

    // A gateway that checked before it was connected, too.
    wait_for("the gateway's connections", async || {
        let read = page.read().await;
        let gateway = read.services.iter().find(|one| one.service == "gateway")?;
        let broken = gateway.checks.iter().any(|check| check.state() == CheckState::Failed);
        (!broken).then_some(())
    })
    .await;
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_cannot_be_read_is_a_warning_until_it_can() {
    let (system, page) = start(None).await;
    system.set("providers", serde_json::json!(["github", "heroku"])).await;
    page.check_again().await;
    page.worker("providers", CheckState::Ok).await;
    let fault = Fault::new("feeds.heroku", Harm::Status(503));
    let fault = system.sandbox.faults().add(fault);
    page.check_again().await;
    let unread = page.worker("providers", CheckState::Warning).await;
    assert!(unread.detail.starts_with("Heroku: "), "{unread:?}");
    assert!(!unread.detail.contains("GitHub"), "{unread:?}");
    system.sandbox.faults().remove(fault);
    page.check_again().await;
    page.worker("providers", CheckState::Ok).await;
    system.end().await;
}
