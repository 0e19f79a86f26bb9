//! Signals are sent to a real process: this test binary started again as the child.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand outside the test functions")]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

const CHILD: &str = "TELEMETRY_TEST_CHILD";

/// Says `ready`, waits for the stop, says `stopping`, and then ends or hangs as it was told.
#[tokio::test]
async fn child() {
    let Ok(behaviour) = std::env::var(CHILD) else {
        return;
    };
    let stop = telemetry::shutdown::signal();
    println!("ready");
    stop.cancelled().await;
    println!("stopping");
    if behaviour == "hang" {
        std::future::pending::<()>().await;
    }
}

fn start(behaviour: &str) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(CHILD, behaviour)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    wait_for(&mut lines, "ready");
    (child, lines)
}

fn wait_for(lines: &mut impl BufRead, word: &str) {
    let mut line = String::new();
    while !line.contains(word) {
        line.clear();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "ended before it said {word}");
    }
}

fn send(child: &Child, signal: &str) {
    assert!(
        Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
}

#[test]
fn the_first_signal_stops_gracefully() {
    for signal in ["-TERM", "-INT"] {
        let (mut child, mut lines) = start("end");
        send(&child, signal);
        wait_for(&mut lines, "stopping");
        lines.read_to_end(&mut Vec::new()).unwrap();
        assert!(child.wait().unwrap().success(), "{signal}");
    }
}

#[test]
fn a_second_signal_stops_what_hangs() {
    let (mut child, mut lines) = start("hang");
    send(&child, "-TERM");
    wait_for(&mut lines, "stopping");
    send(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(1));
}
