//! `kill -9` of a service at any call of a declaration: the same end as without, once it is started again.

use sandbox::Side;
use testing::{Child, System};

use crate::matrix::{FIELDS, Step, each, same, undisturbed};

/// Kills the service that makes a call, at every call, one run each.
async fn at_every_call(side: Side) {
    let undisturbed = undisturbed().await;
    let wanted = undisturbed.picture;
    each(undisturbed.steps, |step| {
        let wanted = wanted.clone();
        async move { at(step, side, &wanted).await }
    })
    .await;
}

async fn at(step: Step, side: Side, wanted: &str) -> Result<(), String> {
    let mut system = System::new(sandbox::Config::default()).await;
    let barrier = system.sandbox.barrier(&step.method, step.nth, side);
    let killed = if matches!(step.method.as_str(), "apps.connections.open" | "views.open") {
        system.add_worker();
        "gateway"
    } else {
        system.add_gateway();
        "worker"
    };
    let mut child = Child::start(killed, &system);
    let kill = async {
        barrier.reached().await;
        child.kill().await;
        // Its connection is closed: what had no effect until now never has.
        barrier.discard();
        Child::start(killed, &system)
    };
    let (_started_again, ()) = tokio::join!(kill, system.declare("alice", &FIELDS));
    system.declared(1).await;
    let end = same(&system, wanted);
    system.end().await;
    end
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_effect() {
    at_every_call(Side::After).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-faults runs it"]
async fn before_the_effect() {
    at_every_call(Side::Before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_gateway_between_commit_and_acknowledgement() {
    let mut system = System::new(sandbox::Config::default()).await;
    system.add_worker();
    // Commits take a while, so that the gateway dies in the middle of one; Postgres brings it to its end.
    system
        .execute(
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.7); RETURN NULL; END $$;
             CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON incidents DEFERRABLE INITIALLY DEFERRED
                 FOR EACH ROW EXECUTE FUNCTION slow()",
        )
        .await;
    let mut gateway = Child::start("gateway", &system);
    system.connected(2).await;
    let alice = system.sandbox.person("alice");
    let form = system.open_form(&alice).await;
    let kill = async {
        system.in_commit().await;
        gateway.kill().await;
    };
    let (submission, ()) = tokio::join!(alice.submit(&form, FIELDS), kill);
    assert!(matches!(submission, sandbox::Submission::Unanswered), "{submission:?}");

    let _gateway = Child::start("gateway", &system);
    system.connected(2).await;
    let again = alice.submit(&form, FIELDS).await;
    assert!(matches!(again, sandbox::Submission::Closed), "{again:?}");
    system.declared(1).await;
}
