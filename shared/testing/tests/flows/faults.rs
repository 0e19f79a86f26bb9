//! Any one call of a declaration broken once: the same end as without.

use sandbox::{Fault, Harm};
use testing::System;

use crate::matrix::{FIELDS, each, same, undisturbed};

/// Breaks every call once, one run each.
async fn every_call(harm: Harm) {
    let undisturbed = undisturbed().await;
    let wanted = undisturbed.picture;
    each(undisturbed.steps, |step| {
        let (harm, wanted) = (harm.clone(), wanted.clone());
        async move {
            let mut system = System::new(sandbox::Config::default()).await;
            let fault = system
                .sandbox
                .faults()
                .add(Fault::new(&step.method, harm).nth(step.nth).once());
            system.add_gateway();
            system.add_worker();
            system.connected(2).await;
            system.declare("alice", &FIELDS).await;
            system.declared(1).await;
            let hit = system
                .sandbox
                .faults()
                .list()
                .into_iter()
                .any(|(id, _, seen)| id == fault && seen >= step.nth);
            if !hit {
                return Err("the fault hit no call".to_owned());
            }
            let end = same(&system, &wanted);
            system.end().await;
            end
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_error() {
    every_call(Harm::Status(500)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_dropped_after_the_effect() {
    every_call(Harm::DropAfter).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-faults runs it"]
async fn a_rate_limit() {
    every_call(Harm::RateLimited(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-faults runs it"]
async fn a_connection_dropped_before_the_effect() {
    every_call(Harm::DropBefore).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-faults runs it"]
async fn a_call_that_hangs_and_has_no_effect() {
    every_call(Harm::HangBefore).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-faults runs it"]
async fn a_call_that_hangs_and_has_its_effect() {
    every_call(Harm::HangAfter).await;
}
