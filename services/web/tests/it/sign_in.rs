//! Signing in, staying signed in, and being refused.

use axum::body::Body;
use axum::http::Request;
use chrono::TimeDelta;
use store::console_users::{self, Role};
use tonic::Code;
use web::FIRST_ADMIN;
use web::proto::auth_service_client::AuthServiceClient;
use web::proto::{GetSessionRequest, ListIncidentsRequest, SignInRequest, SignOutRequest, UserRole};

use crate::console::{Caller, Console, PASSWORD, config, framed, send};

fn with(email: &str, password: &str) -> SignInRequest {
    SignInRequest {
        email: email.to_owned(),
        password: password.to_owned(),
    }
}

#[tokio::test]
async fn the_first_admin_signs_in_and_out() {
    let console = Console::start().await;
    let response = console
        .auth(&Caller::default())
        .await
        .sign_in(with(" Admin@ADMIN.com ", PASSWORD))
        .await
        .unwrap();
    let admin = Caller::of(&response);
    let session = response.into_inner().session.unwrap();
    assert_eq!(session.email, FIRST_ADMIN);
    assert_eq!(session.role(), UserRole::Admin);

    let mut auth = console.auth(&admin).await;
    assert_eq!(
        auth.get_session(GetSessionRequest {})
            .await
            .unwrap()
            .into_inner()
            .session
            .unwrap()
            .email,
        FIRST_ADMIN
    );
    let out = auth.sign_out(SignOutRequest {}).await.unwrap();
    assert_eq!(out.metadata().get("clear-site-data").unwrap(), "\"cache\"");
    let cleared = out.metadata().get("set-cookie").unwrap().to_str().unwrap();
    assert!(
        cleared.starts_with("incident_bot_session=; Path=/; Max-Age=0;"),
        "{cleared}"
    );
    assert_eq!(
        auth.get_session(GetSessionRequest {}).await.unwrap_err().code(),
        Code::Unauthenticated
    );
    auth.sign_out(SignOutRequest {})
        .await
        .expect("signing out twice is fine");

    let who = |who: &str, action: &str| (who.to_owned(), action.to_owned());
    assert_eq!(
        console.audited().await,
        [
            who("", "add_first_admin"),
            who(FIRST_ADMIN, "sign_in"),
            who(FIRST_ADMIN, "sign_out")
        ]
    );
}

#[tokio::test]
async fn wrong_and_unknown_are_answered_alike_and_written_down() {
    let console = Console::start().await;
    let mut auth = console.auth(&Caller::default()).await;
    let wrong = auth.sign_in(with(FIRST_ADMIN, "guess")).await.unwrap_err();
    let unknown = auth.sign_in(with("nobody@example.com", PASSWORD)).await.unwrap_err();
    let swapped = auth.sign_in(with(PASSWORD, "")).await.unwrap_err();
    for refused in [&wrong, &unknown, &swapped] {
        assert_eq!(refused.code(), Code::Unauthenticated);
        assert_eq!(refused.message(), wrong.message());
        assert!(refused.metadata().get("set-cookie").is_none());
    }
    let with_at = format!("Hunter2@{PASSWORD}");
    let again = auth.sign_in(with(&with_at, "")).await.unwrap_err();
    assert_eq!(again.message(), wrong.message());

    let entries = store::audit_log::newest(&mut console.database.connect().await, 100)
        .await
        .unwrap();
    let refused: Vec<_> = entries
        .iter()
        .rev()
        .filter(|entry| entry.action == "sign_in_refused")
        .collect();
    let who: Vec<_> = refused.iter().map(|entry| entry.who.as_str()).collect();
    assert_eq!(
        who,
        [FIRST_ADMIN, "", "", ""],
        "a password in the wrong field is not kept"
    );
    let hash = |place: usize| refused[place].details["email_hash"].as_str().map(str::len);
    assert_eq!(
        [hash(0), hash(1), hash(2), hash(3)],
        [None, Some(43), Some(43), Some(43)]
    );
    assert!(!format!("{entries:?}").contains("Hunter2"));
}

#[tokio::test]
async fn the_first_admin_may_have_another_e_mail() {
    let config = web::Config {
        admin_email: Some("ops@example.com".to_owned()),
        ..config()
    };
    let console = Console::start_with(config).await;
    let mut auth = console.auth(&Caller::default()).await;
    auth.sign_in(with("ops@example.com", PASSWORD)).await.unwrap();
    let refused = auth.sign_in(with(FIRST_ADMIN, PASSWORD)).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
}

/// Tries wrong passwords from one address until it has to wait.
async fn attack(console: &Console, address: &str) {
    for attempt in 0.. {
        let request = from(console, address, &with(FIRST_ADMIN, "guess"));
        let status = send(request).await.headers()["grpc-status"]
            .to_str()
            .unwrap()
            .to_owned();
        if status == "8" {
            assert_eq!(attempt, 10);
            return;
        }
        assert_eq!(status, "16");
    }
}

/// A call through a proxy that says where it comes from.
fn from(console: &Console, address: &str, message: &SignInRequest) -> Request<Body> {
    let (mut head, _) = from_browser(console, &[("x-forwarded-for", address)]).into_parts();
    head.headers.remove("content-length");
    Request::from_parts(head, framed(message).into())
}

#[tokio::test]
async fn nobody_locks_somebody_else_out() {
    let proxied = web::Config {
        trusted_proxies: 1,
        ..config()
    };
    let console = Console::start_with(proxied).await;
    let before = console
        .auth(&Caller::default())
        .await
        .sign_in(with(FIRST_ADMIN, PASSWORD))
        .await
        .unwrap();
    let device = Caller::of(&before).device();

    attack(&console, "203.0.113.9").await;
    // The same network of IPv6 is one address, the next one is another.
    attack(&console, "2001:db8:1:2::1").await;
    let right = with(FIRST_ADMIN, PASSWORD);
    let status = async |address: &str, cookie: Option<&str>| {
        let mut request = from(&console, address, &right);
        if let Some(cookie) = cookie {
            request.headers_mut().insert("cookie", cookie.parse().unwrap());
        }
        let answer = send(request).await;
        let header = answer.headers().get("grpc-status");
        header.map_or("0".to_owned(), |status| status.to_str().unwrap().to_owned())
    };
    assert_eq!(
        status("2001:db8:1:2:ffff::7", None).await,
        "8",
        "the attacker’s own network waits"
    );
    assert_eq!(status("2001:db8:1:3::7", None).await, "0");
    assert_eq!(status("198.51.100.7", None).await, "0", "from anywhere else");
    assert_eq!(
        status("203.0.113.9", device.cookie.as_deref()).await,
        "0",
        "even from the attacker’s address, on a device that is known"
    );
    assert_eq!(
        status("203.0.113.9", Some("incident_bot_device=guess")).await,
        "8",
        "a device that nobody has signed in on is none"
    );
}

#[tokio::test]
async fn a_disabled_user_is_out_at_once() {
    let console = Console::start().await;
    let somebody = console.somebody(Role::Responder, None).await;
    let mut auth = console.auth(&somebody).await;
    auth.get_session(GetSessionRequest {}).await.unwrap();
    let id = somebody.user.as_ref().unwrap().id;
    console_users::disable(&mut console.database.connect().await, id, chrono::Utc::now())
        .await
        .unwrap();
    assert_eq!(
        auth.get_session(GetSessionRequest {}).await.unwrap_err().code(),
        Code::Unauthenticated
    );
}

#[tokio::test]
async fn attempts_are_limited_across_replicas() {
    let console = Console::start().await;
    let other = console.replica().await;
    let nobody = Caller::default();
    let mut here = console.auth(&nobody).await;
    let mut there = AuthServiceClient::new(nobody.to(other.addr).await);
    for _ in 0..5 {
        assert_eq!(
            here.sign_in(with(FIRST_ADMIN, "guess")).await.unwrap_err().code(),
            Code::Unauthenticated
        );
        assert_eq!(
            there.sign_in(with(FIRST_ADMIN, "guess")).await.unwrap_err().code(),
            Code::Unauthenticated
        );
    }
    for auth in [&mut here, &mut there] {
        let refused = auth.sign_in(with(FIRST_ADMIN, PASSWORD)).await.unwrap_err();
        assert_eq!(refused.code(), Code::ResourceExhausted, "even the right password waits");
        assert!(
            refused.message().contains("Try again in 15 minutes"),
            "{}",
            refused.message()
        );
    }
    console.clock.advance(TimeDelta::minutes(14) + TimeDelta::seconds(30));
    let refused = here.sign_in(with(FIRST_ADMIN, PASSWORD)).await.unwrap_err();
    assert!(
        refused.message().contains("seconds"),
        "the wait grows shorter: {}",
        refused.message()
    );
    console.clock.advance(TimeDelta::minutes(1));
    here.sign_in(with(FIRST_ADMIN, PASSWORD)).await.unwrap();
}

#[tokio::test]
async fn a_session_holds_on_every_replica_until_it_is_idle_or_old() {
    let console = Console::start().await;
    let response = console
        .auth(&Caller::default())
        .await
        .sign_in(with(FIRST_ADMIN, PASSWORD))
        .await
        .unwrap();
    let admin = Caller::of(&response);
    let other = console.replica().await;
    let mut there = AuthServiceClient::new(admin.to(other.addr).await);
    console.clock.advance(TimeDelta::hours(11));
    there
        .get_session(GetSessionRequest {})
        .await
        .expect("used within 12 hours");
    console.clock.advance(TimeDelta::hours(11));
    there.get_session(GetSessionRequest {}).await.expect("used again");
    console.clock.advance(TimeDelta::hours(12));
    assert_eq!(
        there.get_session(GetSessionRequest {}).await.unwrap_err().code(),
        Code::Unauthenticated,
        "idle"
    );
}

#[tokio::test]
async fn signing_in_again_ends_the_session_before() {
    let console = Console::start().await;
    let first = console
        .auth(&Caller::default())
        .await
        .sign_in(with(FIRST_ADMIN, PASSWORD))
        .await
        .unwrap();
    let first = Caller::of(&first);
    let second = console
        .auth(&first)
        .await
        .sign_in(with(FIRST_ADMIN, PASSWORD))
        .await
        .unwrap();
    let second = Caller::of(&second);
    assert_ne!(first.cookie, second.cookie);
    assert_eq!(first.device().cookie, second.device().cookie, "the device is the same");
    let gone = console
        .auth(&first)
        .await
        .get_session(GetSessionRequest {})
        .await
        .unwrap_err();
    assert_eq!(gone.code(), Code::Unauthenticated);
    console
        .auth(&second)
        .await
        .get_session(GetSessionRequest {})
        .await
        .unwrap();
}

#[tokio::test]
async fn two_replicas_add_one_first_admin() {
    let database = testing::Database::new().await;
    let console = Console::start_on(database, config()).await;
    let (one, two) = tokio::join!(console.replica(), console.replica());
    assert_ne!(one.addr, two.addr);
    assert_eq!(console.audited().await.len(), 1);
}

#[tokio::test]
async fn without_a_session_nothing_is_answered() {
    let console = Console::start().await;
    for cookie in [None, Some("incident_bot_session=guess".to_owned())] {
        let nobody = Caller { cookie, user: None };
        let refused = console
            .incidents(&nobody)
            .await
            .list_incidents(ListIncidentsRequest::default())
            .await;
        assert_eq!(refused.unwrap_err().code(), Code::Unauthenticated);
    }
}

/// A gRPC-Web request over HTTP/1.1, as the console's page sends it.
fn from_browser(console: &Console, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::post(format!("http://{}/incident_bot.v1.AuthService/SignIn", console.addr))
        .header("content-type", "application/grpc-web+proto")
        .header("x-grpc-web", "1");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(framed(&with(FIRST_ADMIN, PASSWORD)).into()).unwrap()
}

#[tokio::test]
async fn a_browser_signs_in_over_grpc_web() {
    let console = Console::start().await;
    let response = send(from_browser(&console, &[("sec-fetch-site", "same-origin")])).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/grpc-web+proto");
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    assert!(
        cookie.ends_with("Path=/; Max-Age=604800; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    // One message, then the trailers as a frame of their own.
    let body = response.body();
    assert_eq!(body[0], 0);
    let length = usize::try_from(u32::from_be_bytes(body[1..5].try_into().unwrap())).unwrap();
    let answer: web::proto::SignInResponse = prost::Message::decode(&body[5..5 + length]).unwrap();
    assert_eq!(answer.session.unwrap().email, FIRST_ADMIN);
    let trailers = &body[5 + length..];
    assert_eq!(trailers[0], 0x80);
    assert!(
        String::from_utf8_lossy(&trailers[5..]).contains("grpc-status:0"),
        "{trailers:?}"
    );
}

#[tokio::test]
async fn with_https_the_cookie_is_kept_to_it() {
    let https = web::Config {
        web_url: Some("https://console.example".to_owned()),
        ..config()
    };
    let console = Console::start_with(https).await;
    let response = send(from_browser(&console, &[("origin", "https://console.example")])).await;
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-incident_bot_session="), "{cookie}");
    assert!(cookie.ends_with("HttpOnly; SameSite=Lax; Secure"), "{cookie}");
    assert_eq!(response.headers()["strict-transport-security"], "max-age=31536000");
    let elsewhere = send(from_browser(&console, &[("origin", "http://10.0.0.7:3000")])).await;
    let message = elsewhere.headers()["grpc-message"].to_str().unwrap();
    assert!(message.contains("https://console.example"), "{message}");
}

#[tokio::test]
async fn other_sites_are_refused() {
    let console = Console::start().await;
    let somebody = console.somebody(Role::Admin, None).await;
    let cookie = somebody.cookie.as_deref().unwrap();
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        let response = send(from_browser(&console, &[(name, value), ("cookie", cookie)])).await;
        assert_eq!(response.headers()["grpc-status"], "7", "{name}: {value}");
        assert!(response.headers().get("set-cookie").is_none());
    }
}

#[tokio::test]
async fn limits_follow_the_address_that_trusted_proxies_tell() {
    let proxied = web::Config {
        trusted_proxies: 1,
        allow_private_providers: false,
        ..config()
    };
    let console = Console::start_with(proxied).await;
    send(from_browser(&console, &[("x-forwarded-for", "6.6.6.6, 203.0.113.9")])).await;
    let entries = store::audit_log::newest(&mut console.database.connect().await, 1)
        .await
        .unwrap();
    assert_eq!(entries[0].address, "203.0.113.9");
}
