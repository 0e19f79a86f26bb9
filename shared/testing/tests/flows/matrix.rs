//! Every call of a flow, generated from the calls that an undisturbed run makes: a new call is covered by itself.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;

use futures_util::{FutureExt, StreamExt, stream};
use testing::{System, picture};

/// What is declared in every run.
pub(crate) const FIELDS: [(&str, &str); 2] = [
    ("Description", "Payments fail for EU customers\nSince 14:00"),
    ("Severity", "🟧 SEV2"),
];

/// How many runs go on at once: they mostly wait.
const AT_ONCE: usize = 6;

/// One call of an undisturbed run.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// The method.
    pub(crate) method: String,
    /// Which call of this method, from 1 on.
    pub(crate) nth: usize,
}

/// What an undisturbed run looks like.
pub(crate) struct Undisturbed {
    /// Its calls.
    pub(crate) steps: Vec<Step>,
    /// What people see in the end.
    pub(crate) picture: String,
}

/// Runs the declaration without any fault.
pub(crate) async fn undisturbed() -> Undisturbed {
    let system = System::start().await;
    system.declare("alice", &FIELDS).await;
    system.declared(1).await;
    let mut counts = BTreeMap::<String, usize>::new();
    let steps: Vec<_> = system
        .sandbox
        .calls()
        .into_iter()
        .map(|call| {
            let nth = counts.entry(call.method.clone()).or_default();
            *nth += 1;
            Step {
                method: call.method,
                nth: *nth,
            }
        })
        .collect();
    for method in [
        "views.open",
        "conversations.create",
        "conversations.invite",
        "chat.postMessage",
        "pins.add",
    ] {
        assert!(counts.contains_key(method), "{method} is not among {counts:?}");
    }
    Undisturbed {
        steps,
        picture: picture(&system.sandbox),
    }
}

/// Runs `case` for every step, some at once, and fails with all that failed.
pub(crate) async fn each<F>(steps: Vec<Step>, case: impl Fn(Step) -> F)
where
    F: Future<Output = Result<(), String>>,
{
    let runs = stream::iter(steps).map(|step| {
        let name = format!("{} #{}", step.method, step.nth);
        // One run that panics must not keep the others from being told of.
        let run = AssertUnwindSafe(case(step)).catch_unwind();
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
pub(crate) fn same(system: &System, wanted: &str) -> Result<(), String> {
    let seen = picture(&system.sandbox);
    if seen == wanted {
        Ok(())
    } else {
        Err(format!("people see\n{seen}\ninstead of\n{wanted}"))
    }
}
