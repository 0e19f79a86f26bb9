//! Every call of a flow, generated from the calls that an undisturbed run makes: a new call is covered by itself.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::future::{Either, select};
use futures_util::{FutureExt, StreamExt, stream};
use sandbox::{Fault, Harm, Side};
use testing::{Child, System, picture};

/// How many runs go on at once: they mostly wait.
const AT_ONCE: usize = 6;

/// Something that people do, as they do it when things break: again, until it has worked.
pub(crate) trait Flow {
    /// What has to be there first; nothing breaks meanwhile.
    async fn prepare(system: &System);

    /// What they do. It ends when what they asked for is recorded.
    async fn run(system: &System);

    /// Whether the calls that services make while they start belong to the flow.
    const FROM_THE_START: bool = false;

    /// What there is beside Slack.
    fn sandbox() -> sandbox::Config {
        sandbox::Config::default()
    }

    /// Whether PagerDuty is switched on; its calls belong to the flow.
    const WITH_PAGERDUTY: bool = false;

    /// Whether what PagerDuty has is copied by the flow, and not only once a minute while it goes on.
    const COPIES_PAGERDUTY: bool = false;
    /// Whether it updates a message that waited for another: posted late, that shows at once what it is updated to otherwise.
    const UPDATES_WHAT_WAITED: bool = false;
}

/// How long a press may take here. A slow machine must not turn one that was carried out into one that was not confirmed.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// Services of a flow, none of them started yet.
async fn system_of<F: Flow>() -> System {
    let mut config = F::sandbox();
    config.timing.ack_timeout = ANSWER_WITHIN + Duration::from_secs(5);
    let mut system = System::new(config).await;
    system.pagerduty = F::WITH_PAGERDUTY;
    system.answer_within = ANSWER_WITHIN;
    system
}

/// One call of an undisturbed run.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// The method.
    pub(crate) method: String,
    /// Which call of this method, from 1 on.
    pub(crate) nth: usize,
}

/// The calls that copy what PagerDuty has.
const OF_THE_COPY: [&str; 5] = [
    "pagerduty.list_users",
    "pagerduty.list_services",
    "pagerduty.list_schedules",
    "pagerduty.list_escalation_policies",
    "pagerduty.list_on_calls",
];

/// What an undisturbed run looks like.
struct Undisturbed {
    /// Its calls.
    steps: Vec<Step>,
    /// What people see in the end.
    picture: String,
}

/// Runs a flow without any fault.
async fn undisturbed<F: Flow>() -> Undisturbed {
    let mut system = system_of::<F>().await;
    system.add_gateway();
    system.add_worker();
    system.ready().await;
    F::prepare(&system).await;
    system.settled().await;
    if !F::FROM_THE_START {
        system.sandbox.clear_calls();
    }
    F::run(&system).await;
    system.settled().await;
    let mut counts = BTreeMap::<String, usize>::new();
    let steps: Vec<_> = system
        .sandbox
        .calls()
        .into_iter()
        .filter(|call| F::COPIES_PAGERDUTY || !OF_THE_COPY.contains(&call.method.as_str()))
        .map(|call| {
            let nth = counts.entry(call.method.clone()).or_default();
            *nth += 1;
            Step {
                method: call.method,
                nth: *nth,
            }
        })
        .collect();
    assert!(!steps.is_empty(), "a flow that calls nothing needs no matrix");
    let picture = picture(&system.sandbox);
    system.end().await;
    Undisturbed { steps, picture }
}

/// By how much a job may be put off because one call was answered with an error, or lost after its effect.
const IN_TIME: Duration = Duration::from_secs(3);
/// What happens at a call.
#[derive(Clone, Debug)]
enum Way {
    /// It is answered, or not, in this way.
    Broken(Harm),
    /// The service that makes it is killed, before or after its effect, and started again.
    Killed(Side),
}

/// The ways of `make test`.
const ON_EVERY_CHANGE: [Way; 3] = [
    Way::Broken(Harm::Status(500)),
    Way::Broken(Harm::DropAfter),
    Way::Killed(Side::After),
];

/// Has something happen at every call of a flow, one run each: the same end as without.
async fn at_every_call<F: Flow>(way: Way) {
    let all = |_: &Step| true;
    each::<F>(all, async |step, wanted| at_call::<F>(&step, &way, &wanted).await).await;
}

/// The same in one of [`ON_EVERY_CHANGE`] for each call, always in the same. Flows have calls in common: `flow` takes part in
/// the choice, so that these meet all ways.
async fn at_every_call_in_one_way<F: Flow>(flow: &str) {
    let all = |_: &Step| true;
    each::<F>(all, async |step, wanted| {
        let name = flow.bytes().chain(step.method.bytes());
        let place = name.map(usize::from).sum::<usize>() + step.nth;
        let way = &ON_EVERY_CHANGE[place % ON_EVERY_CHANGE.len()];
        let end = at_call::<F>(&step, way, &wanted).await;
        end.map_err(|difference| format!("{way:?}: {difference}"))
    })
    .await;
}

async fn at_call<F: Flow>(step: &Step, way: &Way, wanted: &str) -> Result<(), String> {
    match way {
        Way::Broken(harm) => break_call::<F>(step, harm, wanted).await,
        Way::Killed(side) => kill_at_call::<F>(step, *side, wanted).await,
    }
}

async fn break_call<F: Flow>(step: &Step, harm: &Harm, wanted: &str) -> Result<(), String> {
    let answered_or_done = matches!(harm, Harm::Status(_) | Harm::DropAfter);
    let mut system = system_of::<F>().await;
    let break_it = |system: &System| {
        let fault = Fault::new(&step.method, harm.clone()).nth(step.nth).once();
        system.sandbox.faults().add(fault)
    };
    let from_the_start = F::FROM_THE_START.then(|| break_it(&system));
    system.add_gateway();
    if answered_or_done {
        system.note_delays().await;
        system.add_worker_of_production();
    } else {
        system.add_worker();
    }
    system.connected(2).await;
    let fault = if let Some(fault) = from_the_start {
        fault
    } else {
        system.ready().await;
        F::prepare(&system).await;
        system.settled().await;
        break_it(&system)
    };
    F::run(&system).await;
    system.settled().await;
    if !may_be_left_out::<F>(step) {
        met(&system, fault, step)?;
    }
    let end = same(&picture(&system.sandbox), wanted).map_err(|difference| with_calls(&system, &difference));
    if answered_or_done {
        let (delay, why) = system.longest_delay().await;
        // A file that nobody has shared yet leaves nothing that a look could find.
        let finds_nothing = ["files.getUploadURLExternal", "upload"].contains(&step.method.as_str());
        if delay > IN_TIME && !finds_nothing {
            return Err(format!("a job was put off by {delay:?}: {why}"));
        }
    }
    system.end().await;
    end
}

/// Whether a fault was met.
pub(crate) fn met(system: &System, fault: u64, step: &Step) -> Result<(), String> {
    let faults = system.sandbox.faults().list();
    let seen = faults
        .into_iter()
        .find(|(id, ..)| *id == fault)
        .map_or(0, |(.., seen)| seen);
    // Only the last of several may be left out: what is told together needs fewer calls when it comes at once.
    if seen == 0 || seen + 1 < step.nth {
        return Err(format!("the fault hit no call: there were {seen}"));
    }
    Ok(())
}

/// Whether another run of the flow may do without a call.
fn may_be_left_out<F: Flow>(step: &Step) -> bool {
    F::UPDATES_WHAT_WAITED && step.method == "chat.update"
}

/// Calls that the gateway makes; the worker makes all others.
const OF_THE_GATEWAY: [&str; 5] = [
    "apps.connections.open",
    "views.open",
    "views.push",
    "views.update",
    "response_url",
];

async fn kill_at_call<F: Flow>(step: &Step, side: Side, wanted: &str) -> Result<(), String> {
    let mut system = system_of::<F>().await;
    let killed = if OF_THE_GATEWAY.contains(&step.method.as_str()) {
        system.add_worker();
        "gateway"
    } else {
        system.add_gateway();
        "worker"
    };
    let hold = |system: &System| system.sandbox.barrier(&step.method, step.nth, side);
    let from_the_start = F::FROM_THE_START.then(|| hold(&system));
    let mut child = Child::start(killed, &system);
    let barrier = if let Some(barrier) = from_the_start {
        barrier
    } else {
        system.ready().await;
        F::prepare(&system).await;
        system.settled().await;
        hold(&system)
    };
    let kill = async {
        barrier.reached().await;
        child.kill().await;
        // Its connection is closed: what had no effect until now never has.
        barrier.discard();
        Child::start(killed, &system)
    };
    let run = async {
        F::run(&system).await;
        system.settled().await;
    };
    // Only the last of several calls may not come: what is told together needs fewer when it comes at once.
    let _started_again = {
        tokio::pin!(kill, run);
        match select(kill, run).await {
            Either::Left((child, run)) => {
                run.await;
                Some(child)
            }
            Either::Right(_) if step.nth > 1 || may_be_left_out::<F>(step) => None,
            Either::Right(_) => return Err("no call reached the barrier".to_owned()),
        }
    };
    let end = same(&picture(&system.sandbox), wanted).map_err(|difference| with_calls(&system, &difference));
    system.end().await;
    end
}

/// What is different, and every call that led there.
fn with_calls(system: &System, difference: &str) -> String {
    let mut said = format!("{difference}\nafter the calls\n");
    for call in system.sandbox.calls() {
        let args: String = call.args.to_string().chars().take(150).collect();
        let _ = writeln!(
            said,
            "{} {} {args} {:?} {:?}",
            call.at.time(),
            call.method,
            call.outcome,
            call.took
        );
    }
    said
}

/// Runs `case` for every call of a flow that is meant, some at once, and fails with all that failed.
pub(crate) async fn each<F: Flow>(
    meant: impl Fn(&Step) -> bool,
    case: impl AsyncFn(Step, String) -> Result<(), String>,
) {
    let Undisturbed { mut steps, picture } = undisturbed::<F>().await;
    steps.retain(meant);
    assert!(!steps.is_empty(), "no call of the flow is meant");
    let (case, picture) = (&case, &picture);
    let runs = stream::iter(steps).map(|step| {
        let name = format!("{} #{}", step.method, step.nth);
        // One run that panics must not keep the others from being told of.
        let run = AssertUnwindSafe(case(step, picture.clone())).catch_unwind();
        run.map(move |end| match end {
            Ok(Ok(())) => None,
            Ok(Err(difference)) => Some(format!("{name}: {difference}")),
            Err(_) => Some(format!("{name}: panicked, see above")),
        })
    });
    let ends: Vec<_> = runs.buffer_unordered(AT_ONCE).collect().await;
    let failed: Vec<_> = ends.into_iter().flatten().collect();
    assert!(
        failed.is_empty(),
        "{} of the runs ended otherwise:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

/// Whether what people see is what they see undisturbed.
pub(crate) fn same(seen: &str, wanted: &str) -> Result<(), String> {
    if seen == wanted {
        Ok(())
    } else {
        let only = |of: &str, other: &str| {
            let lines = of.lines().filter(|line| !other.lines().any(|same| same == *line));
            lines.collect::<Vec<_>>().join("\n")
        };
        let (more, less) = (only(seen, wanted), only(wanted, seen));
        Err(format!("people see\n{more}\ninstead of\n{less}\nin\n{seen}"))
    }
}

/// The matrix of a flow: every call broken in every way, and the service that makes it killed there.
///
/// `make test` has one of three ways happen at every call, `make test-faults` all eight.
macro_rules! matrix {
    ($($name:ident: $flow:ty;)*) => {
        $(mod $name {
            use sandbox::{Harm, Side};

            use crate::matrix::{Way, at_every_call, at_every_call_in_one_way};

            #[tokio::test(flavor = "multi_thread")]
            async fn every_call_in_one_way() {
                at_every_call_in_one_way::<$flow>(stringify!($name)).await;
            }

            matrix! { @ignored $flow;
                a_server_error: Way::Broken(Harm::Status(500));
                a_rate_limit: Way::Broken(Harm::RateLimited(1));
                a_connection_dropped_before_the_effect: Way::Broken(Harm::DropBefore);
                a_connection_dropped_after_the_effect: Way::Broken(Harm::DropAfter);
                a_call_that_hangs_and_has_no_effect: Way::Broken(Harm::HangBefore);
                a_call_that_hangs_and_has_its_effect: Way::Broken(Harm::HangAfter);
                a_kill_before_the_effect: Way::Killed(Side::Before);
                a_kill_after_the_effect: Way::Killed(Side::After);
            }
        })*
    };
    (@ignored $flow:ty; $($name:ident: $way:expr;)*) => {
        $(#[tokio::test(flavor = "multi_thread")]
        #[ignore = "make test-faults runs it"]
        async fn $name() {
            at_every_call::<$flow>($way).await;
        })*
    };
}

// One line per flow.
matrix! {
    declare: crate::declare::Declare;
    roles: crate::roles::Roles;
    roles_before_the_channel: crate::roles::BeforeTheChannel;
    severity: crate::severity::Severity;
    status: crate::status::Status;
    resolve: crate::status::Resolve;
    update: crate::update::Update;
    invite_group: crate::groups::InviteGroup;
    request_access: crate::access::RequestAccess;
    decline_access: crate::access::DeclineAccess;
    connect: crate::connect::Connect;
    timeline: crate::timeline::Timeline;
    rename: crate::rename::Rename;
    try_again: crate::problems::TryAgain;
    pin_text: crate::pins::PinText;
    pin_image: crate::pins::PinImage;
    unpin: crate::pins::Unpin;
    export: crate::export::Export;
    write_rca: crate::rca::WriteRca;
    write_rca_again: crate::rca::WriteAgain;
    reminder: crate::reminders::Reminder;
    snooze: crate::reminders::Snooze;
    nudge: crate::reminders::Nudge;
    archive: crate::archive::Archive;
    reopen_archived: crate::archive::NewChannel;
    unarchive: crate::archive::Unarchive;
    bot_removed: crate::recovery::BotRemoved;
    archived_by_hand: crate::recovery::ArchivedByHand;
    account_closed: crate::recovery::AccountClosed;
    stale: crate::stale::Stale;
    chatter: crate::chatter::Chatter;
    mention: crate::commands::Mention;
    list: crate::lists::List;
    react: crate::from_message::React;
    home: crate::home::Home;
    upstream: crate::upstream::Trouble;
    upstream_changes: crate::upstream::NewTrouble;
    statuspage: crate::statuspage::Publish;
    statuspage_update: crate::statuspage::Update;
    statuspage_resolve: crate::statuspage::Resolve;
    statuspage_changes: crate::statuspage::Elsewhere;
    statuspage_over: crate::statuspage::Over;
    copy_components: crate::statuspage::Copy;
    page: crate::paging::Page;
    page_acknowledged: crate::paging::Acknowledge;
    page_by_severity: crate::paging::PageBySeverity;
    resolve_with_pages_and_reopen: crate::paging::ResolveAndReopen;
    copy_on_call: crate::paging::Copy;
    take_over: crate::legacy::TakeOver;
}
