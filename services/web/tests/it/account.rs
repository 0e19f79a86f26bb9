//! Who a person of the console is in Slack.

use chrono::TimeDelta;
use domain::Clock;
use incidents::{Request, answer_slack_link};
use store::console_users::Role;
use store::slack_links;
use store::slack_users::{self, SlackUser};
use tonic::Code;
use web::proto::account_service_client::AccountServiceClient;
use web::proto::{
    ConnectSlackRequest, GetIncidentRequest, GetSessionRequest, GetSlackConnectionRequest, SlackConnection,
    SlackConnectionState,
};

use crate::console::{As, Caller, Console};
use crate::incidents::declare;

async fn account(console: &Console, caller: &Caller) -> AccountServiceClient<As> {
    AccountServiceClient::new(caller.to(console.addr).await)
}

async fn connection(console: &Console, caller: &Caller) -> SlackConnection {
    let mut account = account(console, caller).await;
    let answer = account
        .get_slack_connection(GetSlackConnectionRequest {})
        .await
        .unwrap();
    answer.into_inner().connection.unwrap()
}

/// Somebody in Slack with this e-mail.
async fn in_slack(console: &Console, id: &str, email: &str) {
    let person = SlackUser {
        id: id.to_owned(),
        name: format!("{id}'s name"),
        email: Some(email.to_owned()),
        active: true,
        is_bot: false,
        standing: store::slack_users::Standing::default(),
    };
    slack_users::keep(&mut console.database.connect().await, &[person])
        .await
        .unwrap();
}

/// Somebody in Slack presses a button of the last question to this person of the console.
async fn press(console: &Console, asked: &Caller, who: &str, is_me: bool) -> Result<(), incidents::CommandError> {
    let mut conn = console.database.connect().await;
    let now = console.clock.now();
    let links = slack_links::of_user(&mut conn, asked.user.as_ref().unwrap().id, now - TimeDelta::hours(1)).await;
    let request = Request {
        key: uuid::Uuid::now_v7().to_string(),
        actor: domain::Actor::Slack {
            user_id: who.to_owned(),
            name: who.to_owned(),
        },
        now,
        channel: None,
        content: None,
        audit: None,
    };
    let pool = console.database.pool().clone().into();
    answer_slack_link(&pool, &request, links.unwrap()[0].id, is_me).await
}

#[tokio::test]
async fn who_says_so_in_slack_sees_their_private_incidents() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    let bob = console.somebody(Role::Viewer, None).await;
    let email = bob.user.as_ref().unwrap().email.to_uppercase();
    in_slack(&console, "U2", &email).await;
    let secret = declare(&console, &ada, "Breach", true).await;
    let id: domain::IncidentId = secret.id.parse().unwrap();
    store::members::add(&mut console.database.connect().await, id, "U2")
        .await
        .unwrap();
    let open = GetIncidentRequest {
        id: secret.id.clone(),
        ..GetIncidentRequest::default()
    };
    let hidden = console
        .incidents(&bob)
        .await
        .get_incident(open.clone())
        .await
        .unwrap_err();
    assert_eq!(hidden.code(), Code::NotFound);
    assert_eq!(
        connection(&console, &bob).await.state(),
        SlackConnectionState::NotConnected
    );

    let mut his = account(&console, &bob).await;
    let asked = his
        .connect_slack(ConnectSlackRequest {})
        .await
        .unwrap()
        .into_inner()
        .connection
        .unwrap();
    assert_eq!(
        (asked.state(), asked.name.as_str()),
        (SlackConnectionState::Waiting, "U2's name")
    );
    let left = asked.expires_at.unwrap().seconds - console.clock.now().timestamp();
    assert!((890..=900).contains(&left), "{left}");
    // By nobody else, and not before.
    assert!(press(&console, &bob, "U3", true).await.is_err());
    console
        .incidents(&bob)
        .await
        .get_incident(open.clone())
        .await
        .unwrap_err();

    press(&console, &bob, "U2", true).await.unwrap();
    let connected = connection(&console, &bob).await;
    assert_eq!(
        (connected.state(), connected.expires_at),
        (SlackConnectionState::Connected, None)
    );
    let session = console
        .auth(&bob)
        .await
        .get_session(GetSessionRequest {})
        .await
        .unwrap();
    assert_eq!(session.into_inner().session.unwrap().slack_user_id, "U2");
    console.incidents(&bob).await.get_incident(open).await.unwrap();
    let actions: Vec<_> = console.audited().await.into_iter().map(|(_, action)| action).collect();
    assert!(
        actions.ends_with(&["connect_slack".to_owned(), "connect_slack_confirmed".to_owned()]),
        "{actions:?}"
    );
}

#[tokio::test]
async fn a_question_expires_and_is_not_asked_for_ever() {
    let console = Console::start().await;
    let bob = console.somebody(Role::Responder, None).await;
    in_slack(&console, "U2", &bob.user.as_ref().unwrap().email).await;
    let mut his = account(&console, &bob).await;
    for _ in 0..3 {
        his.connect_slack(ConnectSlackRequest {}).await.unwrap();
        console.clock.advance(TimeDelta::minutes(16));
        assert_eq!(connection(&console, &bob).await.state(), SlackConnectionState::Expired);
        assert!(press(&console, &bob, "U2", true).await.is_err());
    }
    let refused = his.connect_slack(ConnectSlackRequest {}).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert_eq!(
        refused.message(),
        "You were already asked several times. Try again in 12 minutes."
    );
    console.clock.advance(TimeDelta::minutes(12));
    his.connect_slack(ConnectSlackRequest {}).await.unwrap();

    press(&console, &bob, "U2", false).await.unwrap();
    assert_eq!(connection(&console, &bob).await.state(), SlackConnectionState::Declined);
    his.connect_slack(ConnectSlackRequest {}).await.unwrap_err();
}

#[tokio::test]
async fn who_cannot_be_asked_is_told_why() {
    let console = Console::start().await;
    let bob = console.somebody(Role::Responder, None).await;
    let email = bob.user.as_ref().unwrap().email.clone();
    let mut his = account(&console, &bob).await;
    let nobody = his.connect_slack(ConnectSlackRequest {}).await.unwrap_err();
    assert_eq!(nobody.code(), Code::FailedPrecondition);
    assert!(
        nobody
            .message()
            .starts_with(&format!("Nobody in Slack has the e-mail {email}.")),
        "{}",
        nobody.message()
    );

    // Two accounts are never one person.
    in_slack(&console, "U2", &email).await;
    console.somebody(Role::Responder, Some("U2")).await;
    let taken = his.connect_slack(ConnectSlackRequest {}).await.unwrap_err();
    assert!(
        taken.message().starts_with("Another console account"),
        "{}",
        taken.message()
    );
    in_slack(&console, "U4", &email).await;
    let ambiguous = his.connect_slack(ConnectSlackRequest {}).await.unwrap_err();
    assert!(
        ambiguous.message().starts_with("More than one person"),
        "{}",
        ambiguous.message()
    );
    let nobody = account(&console, &Caller::default())
        .await
        .connect_slack(ConnectSlackRequest {})
        .await
        .unwrap_err();
    assert_eq!(nobody.code(), Code::Unauthenticated);
}
