//! The console's tables: users, sessions, attempts, the audit log.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand outside the test functions")]

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;
use store::PgConnection;
use store::audit_log::{self, Entry};
use store::console_devices;
use store::console_sessions::{self, ABSOLUTE, IDLE};
use store::console_users::{self, Role, User};
use store::incident_changes::Listener;
use store::sign_in_attempts::{self, Admission, Attempt, PER_ADDRESS, PER_EMAIL, SLOW_AFTER, WINDOW};
use store::slack_users::{self, SlackUser};
use testing::Database;
use uuid::Uuid;

/// Postgres keeps microseconds.
fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_micros(Utc::now().timestamp_micros()).unwrap()
}

async fn add_user(conn: &mut PgConnection, email: &str) -> User {
    let user = User {
        id: Uuid::now_v7(),
        email: email.to_owned(),
        name: "Ada".to_owned(),
        role: Role::Responder,
        slack_user_id: None,
    };
    console_users::insert(conn, &user, Some("hash"), now()).await.unwrap();
    user
}

#[tokio::test]
async fn an_e_mail_is_the_same_in_any_case() {
    let database = Database::new().await;
    let mut conn = database.connect().await;
    let ada = add_user(&mut conn, "Ada@Example.com").await;
    let found = console_users::with_password(&mut conn, "ada@example.COM")
        .await
        .unwrap();
    assert_eq!(found, Some((ada.clone(), "hash".to_owned())));
    let twin = User {
        id: Uuid::now_v7(),
        email: "ADA@example.com".to_owned(),
        ..ada.clone()
    };
    assert!(
        console_users::insert(&mut conn, &twin, None, now()).await.is_err(),
        "one person, one user"
    );

    console_users::disable(&mut conn, ada.id, now()).await.unwrap();
    assert_eq!(
        console_users::with_password(&mut conn, "ada@example.com")
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_old_or_its_user_is_disabled() {
    let database = Database::new().await;
    let mut conn = database.connect().await;
    let ada = add_user(&mut conn, "ada@example.com").await;
    let start = now();
    console_sessions::begin(&mut conn, b"one", ada.id, "::1", "test", start)
        .await
        .unwrap();

    let second = TimeDelta::seconds(1);
    assert!(
        console_sessions::get(&mut conn, b"one", start + IDLE - second)
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        console_sessions::get(&mut conn, b"one", start + IDLE)
            .await
            .unwrap()
            .is_none(),
        "idle"
    );
    assert!(
        console_sessions::get(&mut conn, b"two", start).await.unwrap().is_none(),
        "another token"
    );

    // Used every ten hours it lives on, but not for ever.
    let mut at = start;
    while at + TimeDelta::hours(10) < start + ABSOLUTE {
        at += TimeDelta::hours(10);
        let session = console_sessions::use_now(&mut conn, b"one", at).await.unwrap().unwrap();
        assert_eq!(session.expires_at(), (at + IDLE).min(start + ABSOLUTE));
    }
    assert!(
        console_sessions::get(&mut conn, b"one", start + ABSOLUTE)
            .await
            .unwrap()
            .is_none(),
        "old"
    );

    console_sessions::begin(&mut conn, b"two", ada.id, "::1", "test", at)
        .await
        .unwrap();
    console_users::disable(&mut conn, ada.id, at).await.unwrap();
    assert!(
        console_sessions::get(&mut conn, b"two", at).await.unwrap().is_none(),
        "disabled"
    );
}

fn from<'a>(email: &'a [u8], address: &'a str) -> Attempt<'a> {
    Attempt {
        email_hash: email,
        address,
        device_hash: None,
    }
}

async fn ask(pool: &PgPool, attempt: Attempt<'_>, at: DateTime<Utc>) -> Admission {
    let mut tx = pool.begin().await.unwrap();
    let admission = sign_in_attempts::ask(&mut tx, attempt, at).await.unwrap();
    tx.commit().await.unwrap();
    admission
}

const AT_ONCE: Admission = Admission::Granted { delay: Duration::ZERO };

#[tokio::test]
async fn attempts_for_an_e_mail_from_an_address_are_counted_together_even_when_they_come_at_once() {
    let database = Database::new().await;
    let pool = database.pool();
    let start = now();
    let asked = (0..PER_EMAIL + 8).map(|_| {
        let pool = pool.clone();
        tokio::spawn(async move { ask(&pool, from(b"ada", "10.0.0.1"), start).await })
    });
    let mut granted = 0;
    for one in asked.collect::<Vec<_>>() {
        granted += i64::from(one.await.unwrap() == AT_ONCE);
    }
    assert_eq!(granted, PER_EMAIL);
    let again = from(b"ada", "10.0.0.1");
    assert_eq!(ask(pool, again, start).await, Admission::Wait(WINDOW));
    assert_eq!(
        ask(pool, from(b"bob", "10.0.0.1"), start).await,
        AT_ONCE,
        "another e-mail"
    );
    assert_eq!(
        ask(pool, from(b"ada", "10.9.9.9"), start).await,
        AT_ONCE,
        "another address"
    );

    let minute = TimeDelta::minutes(1);
    assert_eq!(ask(pool, again, start + minute).await, Admission::Wait(WINDOW - minute));
    assert_eq!(ask(pool, again, start + WINDOW).await, AT_ONCE, "they grow old");

    let mut conn = database.connect().await;
    sign_in_attempts::forgive(&mut conn, again).await.unwrap();
    assert_eq!(ask(pool, again, start).await, AT_ONCE, "signed in meanwhile");
}

#[tokio::test]
async fn nobody_locks_an_account_from_many_addresses() {
    let database = Database::new().await;
    let pool = database.pool();
    let start = now();
    for place in 0..SLOW_AFTER {
        assert_eq!(
            ask(pool, from(b"ada", &format!("10.0.0.{place}")), start).await,
            AT_ONCE
        );
    }
    for place in 0..SLOW_AFTER {
        let admission = ask(pool, from(b"ada", &format!("10.0.1.{place}")), start).await;
        let Admission::Granted { delay } = admission else {
            panic!("{admission:?}")
        };
        assert_eq!(delay.is_zero(), place == 0, "slower and slower");
    }
    let device = Attempt {
        device_hash: Some(b"device"),
        ..from(b"ada", "10.0.0.1")
    };
    assert_eq!(ask(pool, device, start).await, AT_ONCE, "on a device of theirs");
}

#[tokio::test]
async fn a_known_device_is_counted_by_itself() {
    let database = Database::new().await;
    let pool = database.pool();
    let start = now();
    for _ in 0..PER_ADDRESS {
        ask(pool, from(b"ada", "10.0.0.1"), start).await;
        ask(pool, from(b"eve", "10.0.0.1"), start).await;
    }
    assert!(matches!(
        ask(pool, from(b"ada", "10.0.0.1"), start).await,
        Admission::Wait(_)
    ));
    let device = Attempt {
        device_hash: Some(b"device"),
        ..from(b"ada", "10.0.0.1")
    };
    for _ in 0..PER_EMAIL {
        assert_eq!(ask(pool, device, start).await, AT_ONCE);
    }
    assert_eq!(ask(pool, device, start).await, Admission::Wait(WINDOW));
    let mut conn = database.connect().await;
    sign_in_attempts::forgive(&mut conn, device).await.unwrap();
    assert_eq!(ask(pool, device, start).await, AT_ONCE);
}

#[tokio::test]
async fn a_device_is_known_to_those_who_signed_in_on_it() {
    let database = Database::new().await;
    let mut conn = database.connect().await;
    let ada = add_user(&mut conn, "ada@example.com").await;
    let start = now();
    let lookup = async |conn: &mut store::PgConnection, token: &[u8], email: &str, at| {
        let known = console_devices::lookup(conn, token, email, at).await.unwrap();
        (known.to_anybody, known.to_user)
    };
    assert_eq!(
        lookup(&mut conn, b"one", "ada@example.com", start).await,
        (false, false)
    );
    console_devices::remember(&mut conn, b"one", ada.id, start)
        .await
        .unwrap();
    console_devices::remember(&mut conn, b"one", ada.id, start)
        .await
        .unwrap();
    assert_eq!(lookup(&mut conn, b"one", "ADA@example.com", start).await, (true, true));
    assert_eq!(lookup(&mut conn, b"one", "bob@example.com", start).await, (true, false));
    assert_eq!(
        lookup(&mut conn, b"two", "ada@example.com", start).await,
        (false, false)
    );
    let late = start + console_devices::RETENTION;
    assert_eq!(lookup(&mut conn, b"one", "ada@example.com", late).await, (false, false));
    console_users::disable(&mut conn, ada.id, start).await.unwrap();
    assert_eq!(
        lookup(&mut conn, b"one", "ada@example.com", start).await,
        (false, false)
    );
}

#[tokio::test]
async fn what_ends_a_session_is_told() {
    let database = Database::new().await;
    let mut conn = database.connect().await;
    let ada = add_user(&mut conn, "ada@example.com").await;
    let mut listener = Listener::connect(database.pool()).await.unwrap();
    let start = now();
    console_sessions::begin(&mut conn, b"one", ada.id, "::1", "test", start)
        .await
        .unwrap();
    console_sessions::use_now(&mut conn, b"one", start + TimeDelta::hours(1))
        .await
        .unwrap();
    console_sessions::end(&mut conn, b"one").await.unwrap();
    assert_eq!(
        listener.next().await.unwrap().users,
        [ada.id],
        "signed out, and nothing before"
    );
    sqlx::query("UPDATE console_users SET role = 'viewer' WHERE id = $1")
        .bind(ada.id)
        .execute(&mut conn)
        .await
        .unwrap();
    assert_eq!(listener.next().await.unwrap().users, [ada.id], "another role");
    console_users::disable(&mut conn, ada.id, start).await.unwrap();
    assert_eq!(listener.next().await.unwrap().users, [ada.id], "disabled");
}

#[tokio::test]
async fn attempts_from_an_address_are_counted_together() {
    let database = Database::new().await;
    let start = now();
    for place in 0..PER_ADDRESS {
        assert_eq!(
            ask(database.pool(), from(&place.to_be_bytes(), "10.0.0.1"), start).await,
            AT_ONCE
        );
    }
    assert_eq!(
        ask(database.pool(), from(b"new", "10.0.0.1"), start).await,
        Admission::Wait(WINDOW)
    );
    assert_eq!(
        ask(database.pool(), from(b"new", "10.0.0.2"), start).await,
        AT_ONCE,
        "another address"
    );
}

#[tokio::test]
async fn the_audit_log_only_grows() {
    let database = Database::new().await;
    let mut conn = database.connect().await;
    let entry = Entry {
        at: now(),
        user_id: None,
        who: "ada@example.com".to_owned(),
        action: "sign_in".to_owned(),
        target: String::new(),
        details: serde_json::json!({ "a": 1 }),
        address: "::1".to_owned(),
    };
    audit_log::append(&mut conn, &entry).await.unwrap();
    for change in [
        "UPDATE audit_log SET who = ''",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
    ] {
        let refused = sqlx::query(change).execute(&mut conn).await.unwrap_err();
        assert!(
            refused.to_string().contains("audit_log only grows"),
            "{change}: {refused}"
        );
    }
    assert_eq!(audit_log::newest(&mut conn, 10).await.unwrap(), [entry]);
}

#[tokio::test]
async fn whoever_has_a_verified_email_is_the_one_person_in_slack_who_has_the_same() {
    let database = Database::new().await;
    let mut conn = database.connect().await;
    let now = Utc::now();
    let user = |email: &str| User {
        id: Uuid::now_v7(),
        email: email.to_owned(),
        name: email.to_owned(),
        role: Role::Viewer,
        slack_user_id: None,
    };
    let (ada, bob) = (user("Ada@Example.com"), user("bob@example.com"));
    for user in [&ada, &bob] {
        console_users::insert(&mut conn, user, None, now).await.unwrap();
    }
    let person = |id: &str, email: &str, active| SlackUser {
        id: id.to_owned(),
        name: id.to_owned(),
        email: Some(email.to_owned()),
        active,
        is_bot: false,
        standing: store::slack_users::Standing::default(),
    };
    slack_users::heard(&mut conn, &person("U1", "ada@example.COM", true))
        .await
        .unwrap();
    slack_users::heard(&mut conn, &person("U2", "bob@example.com", true))
        .await
        .unwrap();
    console_users::verify_email(&mut conn, ada.id, now).await.unwrap();
    assert_eq!(slack_of(&mut conn, &ada).await.as_deref(), Some("U1"));
    assert_eq!(slack_of(&mut conn, &bob).await, None, "anybody can type an e-mail");

    slack_users::heard(&mut conn, &person("U3", "ada@example.com", true))
        .await
        .unwrap();
    assert_eq!(slack_of(&mut conn, &ada).await, None, "two have it");
    slack_users::heard(&mut conn, &person("U1", "ada@example.com", false))
        .await
        .unwrap();
    assert_eq!(slack_of(&mut conn, &ada).await.as_deref(), Some("U3"));
}

async fn slack_of(conn: &mut PgConnection, user: &User) -> Option<String> {
    sqlx::query_scalar("SELECT slack_user_id FROM console_users WHERE id = $1")
        .bind(user.id)
        .fetch_one(conn)
        .await
        .unwrap()
}
