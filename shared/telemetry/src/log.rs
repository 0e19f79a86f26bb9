//! Log lines: which are written, and how Cloud Logging wants them.

use std::fmt;

use opentelemetry::trace::TraceContextExt;
use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormattedFields, MakeWriter};
use tracing_subscriber::layer::Filter;
use tracing_subscriber::registry::LookupSpan;

use crate::StartError;

/// Libraries that tell too much about themselves when a whole service is set to DEBUG.
const QUIET: &str = "h2=info,hyper=info,hyper_util=info,rustls=info,tower=info,tonic=info,opentelemetry=info,\
                     opentelemetry_sdk=info,opentelemetry_otlp=info";

/// Libraries that tell of every start and stop of something inside them.
const CHATTY: &str = "apalis=warn,apalis_core=warn";

/// The spans and events that belong into traces.
pub(crate) fn spans() -> EnvFilter {
    EnvFilter::new(format!("info,{CHATTY}"))
}

/// The lines that are written. They have the fields of the spans around them at any level.
pub(crate) fn lines<S: Subscriber>(written: EnvFilter) -> impl Filter<S> {
    fn is_span(metadata: &Metadata<'_>) -> bool {
        metadata.is_span()
    }
    written.or(spans().and(filter_fn(is_span)))
}

/// The filter that `LOGLEVEL` stands for.
pub(crate) fn filter(log_level: &str) -> Result<EnvFilter, StartError> {
    let level = match log_level.trim().to_ascii_uppercase().as_str() {
        "" | "INFO" => Some("info"),
        "CRITICAL" | "FATAL" | "ERROR" => Some("error"),
        "WARNING" | "WARN" => Some("warn"),
        "DEBUG" => Some("debug"),
        "TRACE" | "NOTSET" => Some("trace"),
        "OFF" => Some("off"),
        _ => None,
    };
    let directives = match level {
        Some(level @ ("debug" | "trace")) => format!("{level},{QUIET}"),
        Some("info") => format!("info,{CHATTY}"),
        Some(level) => level.to_owned(),
        // A lone word would be taken for the name of a module, and everything else be silent.
        None if !log_level.contains(['=', ',']) => {
            return Err(StartError::LogLevel {
                value: log_level.to_owned(),
                reason: "unknown level".to_owned(),
            });
        }
        None => log_level.to_owned(),
    };
    EnvFilter::try_new(directives).map_err(|error| StartError::LogLevel {
        value: log_level.to_owned(),
        reason: error.to_string(),
    })
}

/// Whose lines they are.
pub(crate) struct Service {
    /// Its name.
    pub(crate) name: &'static str,
    /// What was built.
    pub(crate) version: String,
    /// The Google Cloud project that has the traces.
    pub(crate) project: Option<String>,
}

/// Writes one JSON object per line, with the fields that Cloud Logging reads.
pub(crate) fn cloud_logging<S, W>(service: Service, writer: W) -> impl tracing_subscriber::Layer<S> + Send + Sync
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    tracing_subscriber::fmt::layer()
        .fmt_fields(JsonFields::new())
        .event_format(CloudLogging(service))
        .with_writer(writer)
}

struct CloudLogging(Service);

/// What Error Reporting groups errors by: where they were written, or where something panicked. See
/// <https://cloud.google.com/error-reporting/docs/formatting-error-messages>.
fn reported_error(line: &mut Map<String, Value>, service: &Service, event: &Event<'_>) {
    let metadata = event.metadata();
    let file = line.get("file").cloned().or(metadata.file().map(Value::from));
    let number = line.get("line").cloned().or(metadata.line().map(Value::from));
    line.insert(
        "@type".into(),
        "type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent".into(),
    );
    line.insert(
        "serviceContext".into(),
        json!({ "service": service.name, "version": service.version }),
    );
    let place = json!({ "filePath": file, "lineNumber": number, "functionName": metadata.target() });
    line.insert("context".into(), json!({ "reportLocation": place }));
}

impl<S> FormatEvent<S, JsonFields> for CloudLogging
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let metadata = event.metadata();
        let mut line = Map::new();
        line.insert("severity".into(), severity(*metadata.level()).into());
        line.insert(
            "time".into(),
            chrono::Utc::now()
                .to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
                .into(),
        );
        line.insert("message".into(), "".into());
        line.insert("target".into(), metadata.target().into());

        // The fields of the spans around it, the inner ones last so that they win.
        for span in context
            .event_scope()
            .into_iter()
            .flat_map(tracing_subscriber::registry::Scope::from_root)
        {
            line.insert("span".into(), span.name().into());
            let extensions = span.extensions();
            if let Some(fields) = extensions.get::<FormattedFields<JsonFields>>()
                && let Ok(Value::Object(fields)) = serde_json::from_str(&fields.fields)
            {
                for (name, value) in fields {
                    put(&mut line, &name, value);
                }
            }
        }
        event.record(&mut Fields(&mut line));
        if *metadata.level() == Level::ERROR {
            reported_error(&mut line, &self.0, event);
        }

        let trace = opentelemetry::Context::current().span().span_context().clone();
        if trace.is_valid() {
            let id = trace.trace_id().to_string();
            let name = match &self.0.project {
                Some(project) => format!("projects/{project}/traces/{id}"),
                None => id,
            };
            line.insert("logging.googleapis.com/trace".into(), name.into());
            line.insert(
                "logging.googleapis.com/spanId".into(),
                trace.span_id().to_string().into(),
            );
            line.insert("logging.googleapis.com/trace_sampled".into(), trace.is_sampled().into());
        }
        writeln!(writer, "{}", Value::Object(line))
    }
}

fn severity(level: Level) -> &'static str {
    match level {
        Level::ERROR => "ERROR",
        Level::WARN => "WARNING",
        Level::INFO => "INFO",
        Level::DEBUG | Level::TRACE => "DEBUG",
    }
}

/// Puts a field of ours beside what Cloud Logging reads: an incident's severity is not that of the line.
fn put(line: &mut Map<String, Value>, name: &str, value: Value) {
    let name = name.trim_start_matches("r#");
    let name = match name {
        "severity" | "time" | "message" | "target" | "span" | "context" => format!("field_{name}"),
        name => name.to_owned(),
    };
    line.insert(name, value);
}

struct Fields<'a>(&'a mut Map<String, Value>);

impl Fields<'_> {
    fn put(&mut self, field: &Field, value: Value) {
        match field.name() {
            "message" => {
                self.0.insert("message".into(), value);
            }
            // Lines of the `log` crate say in fields where they come from.
            "log.target" => {
                self.0.insert("target".into(), value);
            }
            name if name.starts_with("log.") => {}
            name => put(self.0, name, value),
        }
    }
}

impl Visit for Fields<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}").into());
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use opentelemetry::trace::TracerProvider;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use tracing_subscriber::Layer;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(act: impl FnOnce()) -> Vec<Value> {
        logged_at("INFO", act)
    }

    fn logged_at(level: &str, act: impl FnOnce()) -> Vec<Value> {
        let written = Lines::default();
        let writer = written.clone();
        let tracer = SdkTracerProvider::builder().build().tracer("test");
        let service = Service {
            name: "test",
            version: "abc".to_owned(),
            project: Some("company".to_owned()),
        };
        let subscriber = tracing_subscriber::registry()
            .with(tracing_opentelemetry::layer().with_tracer(tracer))
            .with(cloud_logging(service, move || writer.clone()).with_filter(lines(filter(level).unwrap())));
        tracing::subscriber::with_default(subscriber, act);
        let bytes = written.0.lock().unwrap().clone();
        String::from_utf8(bytes)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn a_line_has_what_cloud_logging_reads() {
        let lines = logged(|| tracing::warn!(attempt = 3, "it said \"no\"\nand stopped"));
        assert_eq!(lines.len(), 1, "one line per event, whatever the text holds");
        assert_eq!(lines[0]["severity"], "WARNING");
        assert_eq!(lines[0]["message"], "it said \"no\"\nand stopped");
        assert_eq!(lines[0]["attempt"], 3);
        assert!(lines[0]["time"].as_str().unwrap().ends_with('Z'));
        assert!(
            lines[0].get("logging.googleapis.com/trace").is_none(),
            "no span, no trace"
        );
    }

    #[test]
    fn errors_are_grouped_by_their_place() {
        let lines = logged(|| {
            tracing::error!("one");
            tracing::error!(file = "src/lib.rs", line = 7, "panicked: two");
            tracing::warn!("three");
        });
        let place = |line: &Value| line["context"]["reportLocation"].clone();
        assert!(place(&lines[0])["filePath"].as_str().unwrap().ends_with("log.rs"));
        assert!(place(&lines[0])["lineNumber"].is_number());
        assert_eq!(place(&lines[1])["filePath"], "src/lib.rs");
        assert_eq!(place(&lines[1])["lineNumber"], 7);
        assert_eq!(
            lines[0]["serviceContext"],
            json!({ "service": "test", "version": "abc" })
        );
        assert!(lines[0]["@type"].as_str().unwrap().ends_with("ReportedErrorEvent"));
        assert_eq!(lines[2].get("@type"), None);
    }

    #[test]
    fn lines_of_one_span_share_its_trace_and_its_fields() {
        let lines = logged(|| {
            let span = tracing::info_span!("declare", incident = "abc");
            let _entered = span.enter();
            tracing::info!("one");
            tracing::info!(incident = "inner wins", "two");
        });
        let trace = lines[0]["logging.googleapis.com/trace"].as_str().unwrap();
        let id = trace.strip_prefix("projects/company/traces/").unwrap();
        assert_eq!(id.len(), 32);
        assert_eq!(lines[1]["logging.googleapis.com/trace"], trace);
        assert_eq!(lines[0]["span"], "declare");
        assert_eq!(lines[0]["incident"], "abc");
        assert_eq!(lines[1]["incident"], "inner wins");
    }

    #[test]
    fn lines_have_fields_and_traces_of_spans_that_are_not_written() {
        let lines = logged_at("WARNING", || {
            let _entered = tracing::info_span!("declare", incident = "abc").entered();
            tracing::info!("one");
            tracing::warn!("two");
        });
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["incident"], "abc");
        assert!(lines[0].get("logging.googleapis.com/trace").is_some());
    }

    #[test]
    fn our_fields_do_not_take_the_place_of_what_cloud_logging_reads() {
        let lines = logged(|| {
            let _entered = tracing::info_span!("declare", time = 1, message = "outer").entered();
            tracing::info!(severity = "sev4", "declared");
        });
        assert_eq!(lines[0]["severity"], "INFO");
        assert_eq!(lines[0]["field_severity"], "sev4");
        assert_eq!(lines[0]["message"], "declared");
        assert_eq!(lines[0]["field_time"], 1);
        assert_eq!(lines[0]["field_message"], "outer");
    }

    #[test]
    fn levels_have_their_names_in_python_and_rust() {
        for (given, level) in [("WARNING", "warn"), ("warn", "warn"), ("CRITICAL", "error")] {
            assert_eq!(filter(given).unwrap().to_string(), level, "{given}");
        }
        for given in ["", "INFO"] {
            let filter = filter(given).unwrap().to_string();
            assert!(
                filter.contains("info") && filter.contains("apalis_core=warn"),
                "{filter}"
            );
        }
        assert!(filter("debug").unwrap().to_string().contains("debug"));
        assert!(filter("info,sqlx=debug").is_ok());
        assert!(matches!(filter("LOUD"), Err(StartError::LogLevel { .. })));
        assert!(matches!(filter("sqlx=loud"), Err(StartError::LogLevel { .. })));
    }
}
