//! What a running service shows of itself: logs, traces, metrics, health, and how it stops.
//!
//! [`start`] is called once by `main`. Everything else also works in tests that run several services in one process.

pub mod check;
mod exit;
pub mod http;
mod log;
pub mod metrics;
mod parts;
mod serve;
pub mod shutdown;

use std::io::IsTerminal;

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

pub use exit::{UnknownCommand, exit_code};
pub use parts::{PartError, Parts};

/// Why [`start`] could not set up logs and traces.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// `LOGLEVEL` is neither a level nor a filter.
    #[error("LOGLEVEL is \"{value}\": use a level such as INFO, WARNING or DEBUG ({reason})")]
    LogLevel {
        /// What was given.
        value: String,
        /// What the filter's parser said.
        reason: String,
    },
    /// `OTEL_EXPORTER_OTLP_ENDPOINT` cannot be used.
    #[error("OTEL_EXPORTER_OTLP_ENDPOINT is \"{value}\", to which no traces can be sent: {reason}")]
    Endpoint {
        /// What was given.
        value: String,
        /// What the exporter said.
        reason: String,
    },
    /// Logs are set up once per process.
    #[error("logs were set up already")]
    Twice,
}

/// Sends the traces that wait when it is dropped, so `main` keeps it to its end.
#[derive(Debug)]
#[must_use = "traces that wait are sent when the guard is dropped"]
pub struct Guard {
    traces: SdkTracerProvider,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Err(error) = self.traces.shutdown() {
            tracing::debug!(%error, "the last traces were not sent");
        }
    }
}

/// Sets up logs, traces and metrics of this process.
///
/// Logs are readable text on a terminal and otherwise JSON that Cloud Logging understands. `log_level` is a level, in
/// the names of Rust or Python, or a filter such as `info,sqlx=debug`. Spans always carry trace ids, in logs and
/// across the job queue; they are exported (OTLP over gRPC) only when an endpoint is given.
///
/// With an endpoint it must be called inside a Tokio runtime.
pub fn start(service_name: &'static str, log_level: &str, otlp_endpoint: Option<&str>) -> Result<Guard, StartError> {
    let filter = log::filter(log_level)?;
    let mut provider =
        SdkTracerProvider::builder().with_resource(Resource::builder().with_service_name(service_name).build());
    if let Some(endpoint) = otlp_endpoint {
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_tonic()
            .with_endpoint(endpoint)
            .build()
            .map_err(|error| StartError::Endpoint {
                value: endpoint.to_owned(),
                reason: error.to_string(),
            })?;
        provider = provider.with_batch_exporter(exporter);
    }
    let traces = provider.build();
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());

    let text = if std::io::stdout().is_terminal() {
        tracing_subscriber::fmt::layer().compact().boxed()
    } else {
        log::cloud_logging(std::io::stdout).boxed()
    };
    tracing_subscriber::registry()
        .with(filter)
        .with(tracing_opentelemetry::layer().with_tracer(traces.tracer(service_name)))
        .with(text)
        .try_init()
        .map_err(|_| StartError::Twice)?;
    log_panics();
    metrics::handle();
    // Not called `service`: that is a label which a Prometheus in a cluster adds itself.
    let version = env!("CARGO_PKG_VERSION");
    ::metrics::gauge!("incident_bot_build_info", "component" => service_name, "version" => version).set(1.0);
    Ok(Guard { traces })
}

/// A panic becomes one line of the log like everything else.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let what = panic.payload_as_str().unwrap_or("no message");
        let backtrace = std::backtrace::Backtrace::capture();
        tracing::error!(place, %backtrace, "panicked: {what}");
    }));
}
