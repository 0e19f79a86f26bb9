//! A service whose part has ended does not go on.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand outside the test functions")]

use std::io;

use telemetry::{PartError, Parts};
use tokio_util::sync::CancellationToken;

fn parts() -> Parts {
    Parts::new(&CancellationToken::new())
}

#[tokio::test]
async fn one_that_ends_stops_the_others_and_is_named() {
    let mut service = parts();
    service.add_endless("the settings", std::future::pending());
    service.add("the sockets", async { Ok::<_, io::Error>(()) });
    let error = service.run().await.unwrap_err();
    assert!(error.to_string().contains("the sockets ended"), "{error}");
}

#[tokio::test]
async fn one_that_fails_says_why() {
    let mut service = parts();
    service.add("the server", async { Err(io::Error::other("out of files")) });
    service.add_endless("the settings", std::future::pending());
    let error = service.run().await.unwrap_err();
    assert_eq!(error.to_string(), "the server failed: out of files");
}

#[tokio::test]
async fn one_that_panics_is_named() {
    let mut service = parts();
    service.add_endless("the settings", async { panic!("a fault") });
    service.add_endless("the rest", std::future::pending());
    assert!(matches!(
        service.run().await.unwrap_err(),
        PartError::Panicked("the settings")
    ));
}

#[tokio::test]
async fn a_stop_lets_all_end_without_an_error() {
    let stop = CancellationToken::new();
    let mut service = Parts::new(&stop);
    let told = service.shutdown();
    service.add("the server", async move {
        told.cancelled().await;
        Ok::<_, io::Error>(())
    });
    service.add_endless("the settings", std::future::pending());
    stop.cancel();
    service.run().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_ever() {
    let stop = CancellationToken::new();
    let mut service = Parts::new(&stop);
    service.add("the server", std::future::pending::<Result<(), io::Error>>());
    stop.cancel();
    service.run().await.unwrap();
}
