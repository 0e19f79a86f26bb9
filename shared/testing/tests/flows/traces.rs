//! What follows from a press in Slack is one trace, through all services.

use serde_json::Value;
use testing::{Child, System};

use crate::declare::Declare;
use crate::matrix::Flow;

/// The field of a line that Cloud Logging links its trace by.
const TRACE: &str = "logging.googleapis.com/trace";

async fn lines(service: Child) -> Vec<Value> {
    let log = service.log().await;
    log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declaration_is_one_trace_to_its_last_message() {
    let system = System::new(Declare::sandbox()).await;
    let [gateway, worker] = ["gateway", "worker"].map(|service| Child::start_logging(service, &system));
    system.ready().await;
    Declare::run(&system).await;
    system.settled().await;

    let (gateway, worker) = (lines(gateway).await, lines(worker).await);
    let declared = gateway.iter().find(|line| line["message"] == "incident declared");
    let declared = declared.expect("the line of the declaration");
    // The span of what Slack sent.
    assert_eq!(declared["span"], "envelope");
    let trace = declared[TRACE].as_str().expect("its trace");
    for kind in ["slack.create_channel", "slack.draw_panel", "slack.draw_digest"] {
        let of_job: Vec<_> = worker.iter().filter(|line| line["kind"] == kind).collect();
        assert!(
            of_job.iter().any(|line| line[TRACE] == trace),
            "{kind} is in another trace than {trace}: {of_job:?}"
        );
    }
    system.end().await;
}
