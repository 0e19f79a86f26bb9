//! How a service is told to stop.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal as listen};
use tokio_util::sync::CancellationToken;

/// Kubernetes kills a pod 30 s after it asked it to stop; better to end by ourselves and say so.
const PATIENCE: Duration = Duration::from_secs(30);

/// A token that SIGTERM or SIGINT (Ctrl-C) cancels. A second signal, or 30 s, ends the process at once.
///
/// Must be called inside a Tokio runtime, once per process.
pub fn signal() -> CancellationToken {
    let stop = CancellationToken::new();
    let mut signals = match Signals::new() {
        Ok(signals) => signals,
        Err(error) => {
            tracing::error!(%error, "cannot be stopped gracefully: signals are not heard");
            return stop;
        }
    };
    let told = stop.clone();
    tokio::spawn(async move {
        let name = signals.next().await;
        tracing::info!("{name}: stopping");
        told.cancel();
        tokio::select! {
            name = signals.next() => tracing::warn!("{name} again: stopping at once"),
            () = tokio::time::sleep(PATIENCE) => tracing::error!("not stopped within 30 s: stopping at once"),
        }
        std::process::exit(1);
    });
    stop
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
