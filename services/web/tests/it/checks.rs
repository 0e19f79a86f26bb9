//! What every service needs, as admins see it.

use std::time::Duration;

use domain::checks::Check;
use store::checks::{self, Process};
use store::console_users::Role;
use tonic::Code;
use web::proto::checks_service_client::ChecksServiceClient;
use web::proto::{self, CheckState, GetChecksRequest, GetChecksResponse, RequestChecksRequest};

use crate::console::{As, Caller, Console};

async fn api(console: &Console, caller: &Caller) -> ChecksServiceClient<As> {
    ChecksServiceClient::new(caller.to(console.addr).await)
}

async fn get(api: &mut ChecksServiceClient<As>) -> GetChecksResponse {
    api.get_checks(GetChecksRequest {}).await.unwrap().into_inner()
}

/// Lets a process report what it found.
async fn report(console: &Console, service: &'static str, queues: &[&str], checks: &[Check]) -> Process {
    let config = checks::Config {
        instance: format!("{service}-1"),
        first: Duration::ZERO,
        every: Duration::ZERO,
        apart: Duration::ZERO,
    };
    let queues = queues.iter().map(|queue| (*queue).to_owned()).collect();
    let process = Process::new(service, &config, queues);
    let mut conn = console.database.connect().await;
    let next = Duration::from_mins(5);
    checks::keep(&mut conn, &process, checks, Duration::ZERO, next)
        .await
        .unwrap();
    process
}

fn named<'a>(checks: &'a [proto::Check], name: &str) -> &'a proto::Check {
    checks.iter().find(|check| check.name == name).unwrap()
}

#[tokio::test]
async fn admins_see_what_each_service_found_and_what_none_does() {
    let console = Console::start().await;
    let admin = console.somebody(Role::Admin, None).await;
    let mut api = api(&console, &admin).await;
    let alone = get(&mut api).await;
    let [web] = &alone.services[..] else {
        panic!("{:?}", alone.services)
    };
    assert_eq!((&*web.service, web.overdue), ("web", false));
    assert_eq!(named(&web.checks, "database").state(), CheckState::Ok);
    assert_eq!(named(&web.checks, "people").state(), CheckState::Ok);
    let address = named(&web.checks, "address");
    assert_eq!(address.state(), CheckState::Warning);
    assert!(address.detail.contains("WEB_URL"), "{address:?}");
    assert_eq!(alone.missing.len(), 6, "{:?}", alone.missing);

    report(&console, "gateway", &[], &[Check::ok("socket")]).await;
    let found = [Check::failed("pagerduty", "it rejected the credentials (401)")];
    let worker = report(&console, "worker", &["slack", "pagerduty"], &found).await;
    let all = get(&mut api).await;
    let services: Vec<_> = all.services.iter().map(|one| &*one.service).collect();
    assert_eq!(services, ["web", "gateway", "worker"]);
    let shown = &all.services[2];
    assert_eq!((&*shown.instance, &shown.queues), ("worker-1", &worker.queues));
    let pagerduty = named(&shown.checks, "pagerduty");
    assert_eq!(pagerduty.state(), CheckState::Failed);
    assert_eq!(pagerduty.detail, "it rejected the credentials (401)");
    assert_eq!(pagerduty.effect, "Teams cannot be paged.");
    let missing: Vec<_> = all.missing.iter().map(|check| &*check.name).collect();
    assert_eq!(missing, ["confluence", "statuspage", "status-polling"]);
}

#[tokio::test]
async fn others_see_nothing_and_a_request_is_audited() {
    let console = Console::start().await;
    for role in [Role::Viewer, Role::Responder] {
        let somebody = console.somebody(role, None).await;
        let mut api = api(&console, &somebody).await;
        let refused = [
            api.get_checks(GetChecksRequest {}).await.err().unwrap(),
            api.request_checks(RequestChecksRequest {}).await.err().unwrap(),
        ];
        assert!(
            refused.iter().all(|refused| refused.code() == Code::PermissionDenied),
            "{refused:?}"
        );
    }
    let admin = console.somebody(Role::Admin, None).await;
    let requested = api(&console, &admin)
        .await
        .request_checks(RequestChecksRequest {})
        .await;
    assert!(requested.unwrap().into_inner().requested_at.is_some());
    let email = admin.user.unwrap().email;
    let mut audited = console.audited().await;
    audited.retain(|(_, action)| action != "add_first_admin");
    assert_eq!(audited, [(email, "request_checks".to_owned())]);
}
