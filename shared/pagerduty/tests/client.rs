//! The calls, against the sandbox, and what errors mean.
#![allow(clippy::unwrap_used, reason = "a test fails where it stands")]

use std::time::Duration;

use axum::Router;
use axum::routing::any;
use chrono::{TimeDelta, Utc};
use http_client::Error as Call;
use pagerduty::{Client, Config, Error, NewIncident, Status, Target};
use sandbox::{Fault, Harm, Junk, Sandbox};

fn client_at(api_url: String, token: &str, username: &str) -> Client {
    let config = Config {
        api_url,
        token: token.to_owned().into(),
        username: username.to_owned(),
        poll: Duration::from_secs(30),
        timeout: Duration::from_millis(500),
    };
    Client::new(config, None).unwrap()
}

async fn started() -> (Sandbox, Client) {
    let sandbox = Sandbox::start(sandbox::Config::default()).await.unwrap();
    let client = client_at(sandbox.pagerduty_api_url(), "pd-sandbox", "bot@example.com");
    (sandbox, client)
}

async fn create(client: &Client, sandbox: &Sandbox, key: &str) -> pagerduty::Result<pagerduty::Incident> {
    let account = sandbox.pagerduty();
    let new = NewIncident {
        key,
        title: "Payments fail",
        details: "Please look",
        is_urgent: true,
        service: &account.services[0].id,
        target: Target::Policy(&account.policies[0].id),
    };
    client.create_incident(&new).await
}

#[tokio::test]
async fn everything_that_is_asked_for_is_what_pagerduty_takes() {
    let (sandbox, client) = started().await;
    sandbox.change_pagerduty(|account| {
        for number in 0..120 {
            account.add_user(&format!("Person {number}"), &format!("p{number}@example.com"));
        }
    });
    let first = client.users(0).await.unwrap();
    assert!(first.more && first.items.len() == 100);
    assert!(!client.users(100).await.unwrap().more);
    assert_eq!(client.services(0).await.unwrap().items[0].name, "Payments API");
    assert_eq!(client.schedules(0).await.unwrap().items.len(), 1);
    let policies = client.escalation_policies(0).await.unwrap().items;
    assert_eq!(policies[0].escalation_rules.len(), 2);
    assert_eq!(
        client.escalation_policy(&policies[0].id).await.unwrap().services.len(),
        1
    );
    let now = Utc::now();
    let on_calls = client.on_calls(now, now + TimeDelta::hours(24), 0).await.unwrap().items;
    assert_eq!(on_calls[0].user.summary, "erin");
    assert!(on_calls[0].end.is_some() && on_calls[1].end.is_none());

    let made = create(&client, &sandbox, "key").await.unwrap();
    assert_eq!(made.assignments[0].assignee.summary, "erin");
    assert_eq!(
        client.incidents_with_key("key").await.unwrap(),
        std::slice::from_ref(&made)
    );
    assert_eq!(client.incidents_with_key("other").await.unwrap(), []);
    assert_eq!(create(&client, &sandbox, "key").await, Err(Error::KeyTaken));
    client.add_note(&made.id, "Looking").await.unwrap();
    assert_eq!(client.notes(&made.id).await.unwrap()[0].content, "Looking");
    sandbox.change_pagerduty(|account| account.change(&made.id, "frank", "acknowledged"));
    let taken = client.incident(&made.id).await.unwrap();
    assert_eq!(taken.status, Status::Acknowledged);
    assert_eq!(taken.acknowledgements[0].acknowledger.summary, "frank");
    client.resolve_incident(&made.id).await.unwrap();
    client.resolve_incident(&made.id).await.unwrap();
    assert_eq!(client.incident(&made.id).await.unwrap().status, Status::Resolved);
    testing::contracts::check(&sandbox.calls());
}

#[tokio::test]
async fn each_refusal_has_its_meaning() {
    let (sandbox, client) = started().await;
    let stranger = client_at(sandbox.pagerduty_api_url(), "pd-sandbox", "nobody@example.com");
    assert_eq!(
        create(&stranger, &sandbox, "k").await,
        Err(Error::UnknownRequester("nobody@example.com".to_owned()))
    );
    sandbox.change_pagerduty(|account| account.abilities.clear());
    assert_eq!(
        create(&client, &sandbox, "k").await,
        Err(Error::LacksAbility("urgencies".to_owned()))
    );
    sandbox.change_pagerduty(|account| {
        account.abilities.insert("urgencies".to_owned());
        account.services[0].status = "disabled".to_owned();
    });
    let refused = create(&client, &sandbox, "k").await.unwrap_err();
    assert_eq!(refused.to_string(), "Arguments Caused Error: Service is disabled");
    let wrong = client_at(sandbox.pagerduty_api_url(), "wrong-token", "bot@example.com");
    let error = wrong.users(0).await.unwrap_err();
    assert!(
        matches!(&error, Error::Call(http_client::Error::Refused(reason)) if reason.contains("(401")),
        "{error}"
    );
    assert!(!format!("{error:?} {wrong:?}").contains("wrong-token"));
    assert_eq!(client.incident("Q0").await, Err(http_client::Error::NotFound.into()));
}

#[tokio::test]
async fn what_goes_wrong_on_the_way_has_its_meaning() {
    let (sandbox, client) = started().await;
    let faulty = async |harm: Harm| {
        let fault = sandbox.faults().add(Fault::new("pagerduty.list_users", harm));
        let error = client.users(0).await.unwrap_err();
        sandbox.faults().remove(fault);
        match error {
            Error::Call(error) => error,
            other => panic!("{other}"),
        }
    };
    assert_eq!(
        faulty(Harm::RateLimited(7)).await,
        Call::RateLimited(Duration::from_secs(7))
    );
    for status in [401, 403] {
        // Its own reason, and what to do about it.
        let Call::Refused(reason) = faulty(Harm::Status(status)).await else {
            panic!("{status} is a refusal");
        };
        assert!(
            reason.contains(&format!("({status}"))
                && reason.ends_with("Have the API token and its permissions checked"),
            "{reason}"
        );
    }
    assert_eq!(faulty(Harm::Status(404)).await, Call::NotFound);
    for harm in [
        Harm::Status(500),
        Harm::Status(503),
        Harm::DropBefore,
        Harm::DropAfter,
        Harm::HangBefore,
        Harm::Junk(Junk::InvalidJson),
        Harm::Junk(Junk::Page),
    ] {
        let error = faulty(harm.clone()).await;
        let answered = matches!(harm, Harm::Status(_));
        assert!(
            error.is_transient() && error.is_answer() == answered,
            "{harm:?}: {error}"
        );
    }
}

/// As the documentation of PagerDuty shows an incident.
const RECORDED: &str = r#"{"incident":{"id":"PT4KHLK","type":"incident","summary":"[#1234] The server is on fire.",
    "html_url":"https://acme.pagerduty.com/incidents/PT4KHLK","incident_number":1234,"title":"The server is on fire.",
    "created_at":"2015-10-06T21:30:42Z","status":"acknowledged","incident_key":"baf7cf21b1da41b4b0221008339ff357",
    "service":{"id":"PIJ90N7","type":"service_reference","summary":"My Mail Service"},
    "assignments":[{"at":"2015-11-10T00:31:52Z","assignee":{"id":"PXPGF42","type":"user_reference","summary":"Earline Greenholt"}}],
    "last_status_change_at":"2015-10-06T21:38:23Z","resolved_at":null,"teams":[],"pending_actions":[],
    "acknowledgements":[{"at":"2015-11-10T00:32:52Z","acknowledger":{"id":"PXPGF42","type":"user_reference",
    "summary":"Earline Greenholt","self":null,"html_url":null}}],"last_status_change_by":null,"priority":null}}"#;

#[tokio::test]
async fn what_was_recorded_is_read() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/incidents/PT4KHLK", any(|| async { RECORDED }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let client = client_at(format!("http://{address}/"), "t", "bot@example.com");
    let incident = client.incident("PT4KHLK").await.unwrap();
    assert_eq!(incident.status, Status::Acknowledged);
    assert_eq!(incident.acknowledgements[0].acknowledger.summary, "Earline Greenholt");
    assert_eq!(incident.last_status_change_by, None);
}
