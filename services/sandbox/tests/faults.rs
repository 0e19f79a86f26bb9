//! Faults, latency, rate limits and barriers, as an app meets them.

mod support;

use std::time::{Duration, Instant};

use sandbox::{Fault, Harm, Outcome, RateLimits, Side};
use serde_json::json;
use support::App;

fn post() -> serde_json::Value {
    json!({ "channel": "incidents", "text": "hello" })
}

#[tokio::test]
async fn each_harm_does_what_it_says() {
    let app = App::in_incidents().await;
    let said = || app.sandbox.messages("incidents").len();
    let fault = |harm| {
        app.sandbox.faults().add(Fault::new("chat.postMessage", harm).once());
    };
    let raw = || async { app.raw("xoxb-sandbox", "chat.postMessage", &post()).await };

    fault(Harm::Status(503));
    assert_eq!(raw().await.expect("an answer").status, 503);
    fault(Harm::RateLimited(7));
    let limited = raw().await.expect("an answer");
    assert_eq!(
        (limited.status, &limited.headers["retry-after"]),
        (429, &"7".parse().expect("7"))
    );
    fault(Harm::Error("fatal_error".to_owned()));
    assert_eq!(app.refused("chat.postMessage", post()).await, "fatal_error");
    fault(Harm::DropBefore);
    assert!(raw().await.is_err());
    assert_eq!(said(), 0, "none of these was applied");

    fault(Harm::DropAfter);
    assert!(raw().await.is_err());
    assert_eq!(said(), 1);
    for (harm, applied) in [(Harm::HangBefore, false), (Harm::HangAfter, true)] {
        fault(harm);
        let hung = tokio::time::timeout(Duration::from_millis(200), raw()).await;
        assert!(hung.is_err(), "no answer");
        let last = app.sandbox.calls().pop().expect("a call");
        assert_eq!(last.outcome, Outcome::Hung { applied });
    }
    assert_eq!(said(), 2);
    app.ok("chat.postMessage", post()).await;
    assert_eq!(said(), 3);
}

#[tokio::test]
async fn a_barrier_holds_a_call_on_either_side_of_its_effect() {
    let app = App::in_incidents().await;
    let said = || app.sandbox.messages("incidents").len();
    let held = app.sandbox.barrier("chat.postMessage", 2, Side::After);
    app.ok("chat.postMessage", post()).await;
    let call = app.call("chat.postMessage", post());
    let (answer, ()) = tokio::join!(call, async {
        held.reached().await;
        assert_eq!(said(), 2, "applied, not answered");
        held.release();
    });
    assert_eq!(answer["ok"], true);

    let held = app.sandbox.barrier("chat.postMessage", 1, Side::Before);
    let args = post();
    let call = app.raw("xoxb-sandbox", "chat.postMessage", &args);
    let (answer, ()) = tokio::join!(async { call.await.map(|got| got.status) }, async {
        held.reached().await;
        held.discard();
    });
    assert!(answer.is_err());
    assert_eq!(said(), 2, "never applied");
}

#[tokio::test]
async fn what_a_caller_does_not_wait_for_happens_all_the_same() {
    let app = App::in_incidents().await;
    app.sandbox.faults().set_latency(Duration::from_millis(200));
    let args = post();
    let call = app.raw("xoxb-sandbox", "chat.postMessage", &args);
    assert!(tokio::time::timeout(Duration::from_millis(50), call).await.is_err());
    app.sandbox
        .wait_until(|state| (state.messages("incidents").len() == 1).then_some(()))
        .await;
    let start = Instant::now();
    app.ok("chat.postMessage", post()).await;
    assert!(start.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn rate_limits_answer_429_when_they_are_on() {
    let app = App::in_incidents().await;
    app.sandbox.set_rate_limits(RateLimits {
        message_burst: 1,
        ..RateLimits::on(1.0)
    });
    app.ok("chat.postMessage", post()).await;
    let limited = app
        .raw("xoxb-sandbox", "chat.postMessage", &post())
        .await
        .expect("an answer");
    assert_eq!(limited.status, 429);
    assert_eq!(limited.headers["retry-after"], "1");
    app.sandbox.set_rate_limits(RateLimits::default());
    app.ok("chat.postMessage", post()).await;
}
