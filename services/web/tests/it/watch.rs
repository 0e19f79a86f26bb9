//! Streams of changes.

use std::time::Duration;

use store::console_users::Role;
use store::slack_users::SlackUser;
use testing::{Database, Server};
use tonic::{Code, Streaming};
use web::proto::incident_service_client::IncidentServiceClient;
use web::proto::{Incident, ListIncidentsRequest, WatchIncidentsRequest, WatchIncidentsResponse};

use crate::console::{Caller, Console, config};
use crate::incidents::declare;

type Stream = Streaming<WatchIncidentsResponse>;

async fn watch(console: &Console, caller: &Caller, only: &str) -> Stream {
    begin(&mut console.incidents(caller).await, only).await
}

async fn begin(client: &mut IncidentServiceClient<crate::console::As>, only: &str) -> Stream {
    let request = WatchIncidentsRequest {
        incident_id: only.to_owned(),
        ..WatchIncidentsRequest::default()
    };
    let mut stream = client.watch_incidents(request).await.unwrap().into_inner();
    assert_eq!(
        stream.message().await.unwrap().unwrap().incident,
        None,
        "the first message is empty"
    );
    stream
}

async fn message(stream: &mut Stream) -> Option<Incident> {
    tokio::time::timeout(Duration::from_secs(20), stream.message())
        .await
        .expect("a message in time")
        .unwrap()
        .expect("an open stream")
        .incident
}

async fn next(stream: &mut Stream) -> Incident {
    loop {
        if let Some(incident) = message(stream).await {
            return incident;
        }
    }
}

async fn end(stream: &mut Stream) -> Code {
    loop {
        match tokio::time::timeout(Duration::from_secs(20), stream.message())
            .await
            .expect("an end in time")
        {
            Ok(Some(_)) => {}
            Ok(None) => return Code::Ok,
            Err(status) => return status.code(),
        }
    }
}

#[tokio::test]
async fn a_change_on_one_replica_is_told_on_the_other() {
    let console = Console::start().await;
    let other = console.replica().await;
    let ada = console.somebody(Role::Responder, None).await;
    let mut there = begin(&mut IncidentServiceClient::new(ada.to(other.addr).await), "").await;
    let declared = declare(&console, &ada, "Checkout fails", false).await;
    assert_eq!(next(&mut there).await, declared);

    // The worker does not go through the console at all.
    let id = declared.id.parse().unwrap();
    let mut conn = console.database.connect().await;
    store::incidents::set_channel(&mut conn, id, "C1", "inc-checkout-fails", crate::console::soon())
        .await
        .unwrap();
    let changed = next(&mut there).await;
    assert_eq!(changed.channel.unwrap().name, "inc-checkout-fails");
    assert_eq!(changed.revision, declared.revision + 1);
}

#[tokio::test]
async fn nothing_is_missed_between_the_first_message_and_the_list() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    let mut stream = watch(&console, &ada, "").await;
    let declaring = async {
        for number in 0..30 {
            declare(&console, &ada, &format!("Number {number}"), false).await;
        }
    };
    let listening = async {
        let mut known: Vec<String> = Vec::new();
        let list = ListIncidentsRequest::default();
        let listed = console
            .incidents(&ada)
            .await
            .list_incidents(list)
            .await
            .unwrap()
            .into_inner();
        known.extend(listed.incidents.into_iter().map(|incident| incident.title));
        while known.len() < 30 {
            let title = next(&mut stream).await.title;
            if !known.contains(&title) {
                known.push(title);
            }
        }
    };
    tokio::join!(declaring, listening);
}

#[tokio::test]
async fn private_incidents_are_told_to_their_members_only() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, Some("U1")).await;
    let bob = console.somebody(Role::Responder, Some("U2")).await;
    let mut hers = watch(&console, &ada, "").await;
    let mut his = watch(&console, &bob, "").await;
    let secret = declare(&console, &ada, "Breach", true).await;
    declare(&console, &ada, "Checkout fails", false).await;
    assert_eq!(next(&mut hers).await.title, "Breach");
    assert_eq!(next(&mut hers).await.title, "Checkout fails");
    assert_eq!(next(&mut his).await.title, "Checkout fails", "the first he hears of");

    let request = WatchIncidentsRequest {
        incident_id: secret.id,
        ..WatchIncidentsRequest::default()
    };
    let refused = console
        .incidents(&bob)
        .await
        .watch_incidents(request)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
}

#[tokio::test]
async fn whoever_may_not_see_a_private_incident_any_more_lists_again() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, Some("U1")).await;
    let bob = console.somebody(Role::Responder, Some("U2")).await;
    let eve = console.somebody(Role::Responder, Some("U3")).await;
    let secret = declare(&console, &ada, "Breach", true).await;
    let mut conn = console.database.connect().await;
    let id = secret.id.parse().unwrap();
    store::incidents::set_channel(&mut conn, id, "C1", "inc-one", crate::console::soon())
        .await
        .unwrap();
    let pool = console.database.pool().clone().into();
    let moved = async |is_in, seconds| {
        let at = crate::console::soon() + chrono::TimeDelta::seconds(seconds);
        incidents::member_moved(&pool, "C1", "U2", is_in, at).await.unwrap();
    };
    moved(true, 0).await;
    let (mut his, mut hers) = (watch(&console, &bob, "").await, watch(&console, &eve, "").await);
    moved(false, 1).await;
    assert_eq!(end(&mut his).await, Code::Aborted);
    declare(&console, &ada, "Checkout fails", false).await;
    assert_eq!(next(&mut hers).await.title, "Checkout fails", "she never knew of it");
}

#[tokio::test]
async fn an_admin_hears_of_a_private_incident_only_that_it_changed() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, Some("U1")).await;
    let bob = console.somebody(Role::Admin, Some("U2")).await;
    let mut his = watch(&console, &bob, "").await;
    let secret = declare(&console, &ada, "Breach", true).await;
    let told = next(&mut his).await;
    assert_eq!(
        (told.title.as_str(), told.sealed, told.id),
        ("Private incident", true, secret.id)
    );
}

#[tokio::test]
async fn one_incident_can_be_watched_alone() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    let one = declare(&console, &ada, "One", false).await;
    let mut stream = watch(&console, &ada, &one.id).await;
    declare(&console, &ada, "Two", false).await;
    let mut conn = console.database.connect().await;
    let id = one.id.parse().unwrap();
    store::incidents::set_channel(&mut conn, id, "C1", "inc-one", crate::console::soon())
        .await
        .unwrap();
    assert_eq!(next(&mut stream).await.title, "One");
}

#[tokio::test]
async fn after_a_break_of_the_database_clients_list_again_and_go_on() {
    let server = Server::start("test-web");
    let console = Console::start_on(Database::on(&server).await, config()).await;
    let ada = console.somebody(Role::Responder, None).await;
    let mut stream = watch(&console, &ada, "").await;
    server.stop();
    assert_eq!(end(&mut stream).await, Code::Aborted);
    let unready = testing::wait_for("it to be unready", async || console.ready().await.err()).await;
    assert!(!unready.contains("postgres"), "nothing inner is told: {unready}");
    server.start_again();
    let mut stream = testing::wait_for("a new stream", async || {
        let request = WatchIncidentsRequest::default();
        console.incidents(&ada).await.watch_incidents(request).await.ok()
    })
    .await
    .into_inner();
    assert_eq!(stream.message().await.unwrap().unwrap().incident, None);
    declare(&console, &ada, "After", false).await;
    assert_eq!(next(&mut stream).await.title, "After");
}

#[tokio::test]
async fn a_stream_without_changes_says_that_it_stands() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Viewer, None).await;
    let mut stream = watch(&console, &ada, "").await;
    assert_eq!(message(&mut stream).await, None);
}

#[tokio::test]
async fn streams_end_with_their_session_on_every_replica_at_once() {
    let console = Console::start().await;
    let other = console.replica().await;
    let begin = async |caller: &Caller| begin(&mut IncidentServiceClient::new(caller.to(other.addr).await), "").await;

    let ada = console.somebody(Role::Responder, None).await;
    let bob = console.somebody(Role::Responder, None).await;
    let his_cookie = Caller {
        cookie: bob.cookie.clone(),
        user: None,
    };
    let (mut hers, mut his) = (begin(&ada).await, begin(&bob).await);
    console
        .auth(&ada)
        .await
        .sign_out(web::proto::SignOutRequest {})
        .await
        .unwrap();
    assert_eq!(soon_ends(&mut hers).await, Code::Unauthenticated, "signed out");

    let mut conn = console.database.connect().await;
    let (id, email) = bob.user.map(|user| (user.id, user.email)).unwrap();
    let person = SlackUser {
        id: "U1".to_owned(),
        name: "Bob".to_owned(),
        email: Some(email),
        active: true,
        is_bot: false,
        standing: store::slack_users::Standing::default(),
    };
    store::slack_users::heard(&mut conn, &person).await.unwrap();
    store::console_users::verify_email(&mut conn, id, crate::console::soon())
        .await
        .unwrap();
    assert_eq!(
        soon_ends(&mut his).await,
        Code::Aborted,
        "lists again as who they are now"
    );
    let mut his = begin(&his_cookie).await;
    store::console_users::disable(&mut conn, id, crate::console::soon())
        .await
        .unwrap();
    assert_eq!(soon_ends(&mut his).await, Code::Unauthenticated, "disabled");
}

async fn soon_ends(stream: &mut Stream) -> Code {
    tokio::time::timeout(Duration::from_secs(5), end(stream))
        .await
        .expect("heard of at once, not at the next look at the session")
}

#[tokio::test]
async fn a_stop_ends_streams() {
    let console = Console::start().await;
    let replica = console.replica().await;
    let ada = console.somebody(Role::Responder, None).await;
    let mut stream = begin(&mut IncidentServiceClient::new(ada.to(replica.addr).await), "").await;
    console.stop();
    assert_eq!(end(&mut stream).await, Code::Unavailable);
    drop(stream);
    replica.stopped().await.unwrap();
}
