//! What follows from a press in Slack is one trace, through all services.

use sandbox::{Fault, Harm};
use serde_json::Value;
use testing::{Child, System, wait_for};

use crate::declare::{Declare, FIELDS};
use crate::matrix::Flow;

/// The field of a line that Cloud Logging links its trace by.
const TRACE: &str = "logging.googleapis.com/trace";

/// What a service has logged, which is killed.
async fn lines(service: Child) -> Vec<Value> {
    let log = service.log().await;
    log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// The trace of the declaration, which is that of what Slack sent.
async fn trace_of_declaration(gateway: Child) -> String {
    let lines = lines(gateway).await;
    let declared = lines.iter().find(|line| line["message"] == "incident declared");
    let declared = declared.expect("the line of the declaration");
    assert_eq!(declared["span"], "envelope");
    declared[TRACE].as_str().expect("its trace").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declaration_is_one_trace_to_its_last_message() {
    let system = System::new(Declare::sandbox()).await;
    let [gateway, worker] = ["gateway", "worker"].map(|service| Child::start_logging(service, &system));
    system.ready().await;
    Declare::run(&system).await;
    system.settled().await;

    let trace = trace_of_declaration(gateway).await;
    let lines = lines(worker).await;
    for kind in ["slack.create_channel", "slack.draw_panel", "slack.draw_digest"] {
        let of_job: Vec<_> = lines.iter().filter(|line| line["kind"] == kind).collect();
        assert!(
            of_job.iter().any(|line| line[TRACE] == trace.as_str()),
            "{kind} is in another trace than {trace}: {of_job:?}"
        );
    }
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_discarded_is_in_the_trace_of_its_cause() {
    let system = System::new(Declare::sandbox()).await;
    let [gateway, worker] = ["gateway", "worker"].map(|service| Child::start_logging(service, &system));
    system.ready().await;
    let refused = Harm::Error("restricted_action".to_owned());
    let fault = Fault::new("conversations.create", refused).once();
    system.sandbox.faults().add(fault);
    system.declare("alice", &FIELDS).await;
    wait_for("the problem", async || {
        let mut told = system.sandbox.direct_messages("alice").into_iter();
        told.find(|message| message.text.starts_with("⚠️"))
    })
    .await;
    system.settled().await;

    let trace = trace_of_declaration(gateway).await;
    let lines = lines(worker).await;
    let discarded = lines.iter().find(|line| line["message"] == "a job was discarded");
    assert_eq!(discarded.expect("the line of the job")[TRACE], trace.as_str());
    system.end().await;
}
