//! `kill -9` at a moment that is no call: the same end as without, once the service is started again.

use testing::{Child, System};

use crate::declare::FIELDS;

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
