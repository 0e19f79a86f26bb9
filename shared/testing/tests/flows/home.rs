//! The app's home follows what changes.

use testing::System;

use crate::declare::FIELDS;
use crate::matrix::Flow;

/// Bob looks at his home while alice raises the severity.
pub(crate) struct Home;

impl Flow for Home {
    async fn prepare(system: &System) {
        system.declare("alice", &FIELDS).await;
        system.declared(1).await;
        open(system, "bob", "Payments fail").await;
        // A minute after it was drawn, so that the next change is drawn at once.
        system
            .execute("UPDATE app_home_views SET rendered_at = rendered_at - interval '2 minutes'")
            .await;
    }

    async fn run(system: &System) {
        system.choose("alice", "severity.set", "sev1").await;
        shows(system, "bob", "🟥 SEV1 · *Payments fail").await;
    }
}

async fn open(system: &System, who: &str, what: &str) {
    system.sandbox.person(who).open_home();
    shows(system, who, what).await;
}

async fn shows(system: &System, who: &str, what: &str) {
    let shown = system.sandbox.wait_until(|state| {
        let home = state.home(who)?.content.to_string();
        home.contains(what).then_some(())
    });
    shown.await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_drawn_anew_after_a_change_once_a_minute_for_who_may_see_it() {
    let system = System::start().await;
    Home::prepare(&system).await;
    system.sandbox.clear_calls();
    Home::run(&system).await;
    system.settled().await;
    let drawn = || {
        let calls = system.sandbox.calls().into_iter();
        calls.filter(|call| call.method == "views.publish").count()
    };
    assert_eq!(drawn(), 1);

    // What changes right after waits for its minute; many changes are one drawing.
    for severity in ["sev3", "sev2", "sev4"] {
        system.choose("alice", "severity.set", severity).await;
    }
    system.counted("incidents WHERE severity = 'sev4'", 1).await;
    assert_eq!(
        system
            .count(
                "jobs WHERE kind = 'slack.draw_home' AND state = 'waiting' AND run_at > now() + interval '40 seconds'"
            )
            .await,
        1
    );
    assert_eq!(drawn(), 1);
    // Who opens it again sees it at once.
    open(&system, "bob", "🟦 SEV4 · *Payments fail").await;
    system.settled().await;

    // After ten minutes it is not drawn any more, and a private incident only for who may see it.
    system
        .execute(
            "UPDATE app_home_views SET rendered_at = rendered_at - interval '2 minutes', opened_at = opened_at - interval '11 minutes'",
        )
        .await;
    open(&system, "carol", "Payments fail").await;
    system.execute("UPDATE incidents SET private = true").await;
    system.choose("alice", "severity.set", "sev1").await;
    system.settled().await;
    assert_eq!(system.count("app_home_views WHERE rerender_at IS NOT NULL").await, 0);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mine_come_first_and_the_others_are_paged() {
    let system = System::start().await;
    system
        .execute(
            "INSERT INTO incidents (id, title, description, severity, status, private, declared_by, declared_at, updated_at,
                                    channel_name)
             SELECT gen_random_uuid(), 'Shop ' || chr(64 + n), 'It sells nothing', 'sev3', 'investigating', false,
                    '{\"kind\":\"system\"}', now() - n * interval '1 minute', now(), 'shop-' || n
             FROM generate_series(1, 20) n",
        )
        .await;
    system.declare("alice", &FIELDS).await;
    system.declared(21).await;
    let alice = system.sandbox.person("alice");
    open(&system, "alice", "Other open incidents").await;
    let home = || system.sandbox.home("alice").unwrap().content.to_string();
    let at = |what: &str| home().find(what).unwrap_or_else(|| panic!("{what} in {}", home()));
    assert!(
        at("Your incidents") < at("Payments fail")
            && at("Payments fail") < at("Other open")
            && at("Other open") < at("Shop A")
    );
    assert!(!home().contains("Shop P"));
    assert!(alice.click_home("Next").await.is_acked());
    shows(&system, "alice", "Shop P").await;
    assert!(!home().contains("Shop A*"));
    assert!(alice.click_home("Previous").await.is_acked());
    shows(&system, "alice", "Shop A*").await;
    system.settled().await;
    system.end().await;
}
