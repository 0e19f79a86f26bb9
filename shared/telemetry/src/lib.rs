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

use ::config::Reader;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

pub use exit::{UnknownArgument, UnknownCommand, check_arguments, exit_code};
pub use parts::{PartError, Parts};

/// How logs and traces are written.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// A level, in the names of Rust or Python, or a filter such as `info,sqlx=debug`; `INFO` where it is empty.
    pub log_level: String,
    /// Where traces are sent (OTLP over gRPC, without TLS); nowhere without it.
    pub otlp_endpoint: Option<String>,
    /// The commit that the service was built of, or the build where no commit is known.
    pub revision: Option<String>,
    /// The Google Cloud project that traces are kept in: lines of the log link them by its name.
    pub project: Option<String>,
}

impl Config {
    /// Reads it from the environment.
    pub fn read(reader: &mut Reader) -> Self {
        let otlp_endpoint = reader.address("OTEL_EXPORTER_OTLP_ENDPOINT");
        // TLS alone would reach nobody: who takes traces from outside of the network wants an account too, which collectors have.
        if otlp_endpoint
            .as_deref()
            .is_some_and(|address| address.starts_with("https:"))
        {
            reader.fault(
                "OTEL_EXPORTER_OTLP_ENDPOINT must begin with http://: name a collector in this network, which sends traces on",
            );
        }
        Self {
            log_level: reader.text("LOGLEVEL").unwrap_or_default(),
            otlp_endpoint,
            revision: reader.text("INCIDENT_BOT_REVISION"),
            project: reader.text("GOOGLE_CLOUD_PROJECT"),
        }
    }
}

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
/// Logs are readable text on a terminal and otherwise JSON that Cloud Logging understands. Spans always carry trace ids, in
/// logs and across the job queue, whatever level the lines are of.
///
/// With an endpoint it must be called inside a Tokio runtime.
pub fn start(service_name: &'static str, config: &Config) -> Result<Guard, StartError> {
    let filter = log::filter(&config.log_level)?;
    let mut provider =
        SdkTracerProvider::builder().with_resource(Resource::builder().with_service_name(service_name).build());
    if let Some(endpoint) = &config.otlp_endpoint {
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_tonic()
            .with_endpoint(endpoint)
            .build()
            .map_err(|error| StartError::Endpoint {
                value: endpoint.clone(),
                reason: error.to_string(),
            })?;
        provider = provider.with_batch_exporter(exporter);
    }
    let traces = provider.build();
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());

    let revision = config.revision.clone().unwrap_or_else(|| "unknown".to_owned());
    let text = if std::io::stdout().is_terminal() {
        tracing_subscriber::fmt::layer().compact().boxed()
    } else {
        let service = log::Service {
            name: service_name,
            version: revision.clone(),
            project: config.project.clone(),
        };
        log::cloud_logging(service, std::io::stdout).boxed()
    };
    // A job has the trace of whoever enqueued it at any level.
    tracing_subscriber::registry()
        .with(
            tracing_opentelemetry::layer()
                .with_tracer(traces.tracer(service_name))
                .with_filter(log::spans()),
        )
        .with(text.with_filter(log::lines(filter)))
        .try_init()
        .map_err(|_| StartError::Twice)?;
    log_panics();
    metrics::handle();
    // Not called `service`: that is a label which a Prometheus in a cluster adds itself.
    let version = env!("CARGO_PKG_VERSION");
    let info = ::metrics::gauge!(
        "incident_bot_build_info",
        "component" => service_name, "version" => version, "revision" => revision
    );
    info.set(1.0);
    Ok(Guard { traces })
}

/// A panic becomes one line of the log like everything else.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let (file, line) = panic.location().map_or(("", 0), |place| (place.file(), place.line()));
        let what = panic.payload_as_str().unwrap_or("no message");
        let backtrace = std::backtrace::Backtrace::force_capture();
        tracing::error!(file, line, %backtrace, "panicked: {what}");
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_are_not_sent_to_where_tls_is_needed() {
        let read = |address: &str| {
            let variable = ("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), address.to_owned());
            let mut reader = Reader::from_variables([variable]);
            let config = Config::read(&mut reader);
            (
                config.otlp_endpoint,
                reader.finish().map_err(|faults| faults.to_string()),
            )
        };
        let inside = "http://collector:4317";
        assert_eq!(read(inside), (Some(inside.to_owned()), Ok(())));
        let refused = read("https://collector.example").1.unwrap_err();
        assert!(refused.contains("must begin with http://"), "{refused}");
    }
}
