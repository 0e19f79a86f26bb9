//! A vendor refuses a call, or answers what nobody can read: the incident goes on, people are told of what is given up, and
//! once they have it tried again everything is as if nothing had happened.

use sandbox::{Fault, Harm, Junk};
use testing::{System, picture_without};

use crate::matrix::{Flow, Step, each, met, same};

/// The vendors, as calls begin with their names.
const VENDORS: [&str; 4] = ["pagerduty.", "confluence.", "statuspage.", "feeds."];

const UNREADABLE: Harm = Harm::Junk(Junk::InvalidJson);

/// Refuses every call of a flow to a vendor once, one run each.
async fn refuse_every_call<F: Flow>(harm: Harm) {
    let of_vendor = |step: &Step| VENDORS.iter().any(|vendor| step.method.starts_with(vendor));
    each::<F>(of_vendor, async |step, wanted| {
        refuse::<F>(&step, harm.clone(), &wanted).await
    })
    .await;
}

/// The same for the first call of one method, in each of these ways.
async fn refuse_one_call<F: Flow>(method: &str) {
    let ways = [Harm::Status(401), Harm::Status(403), Harm::Status(404), UNREADABLE];
    let it = |step: &Step| step.method == method && step.nth == 1;
    each::<F>(it, async |step, wanted| {
        for harm in &ways {
            let end = refuse::<F>(&step, harm.clone(), &wanted).await;
            end.map_err(|difference| format!("{harm:?}: {difference}"))?;
        }
        Ok(())
    })
    .await;
}

async fn refuse<F: Flow>(step: &Step, harm: Harm, wanted: &str) -> Result<(), String> {
    let mut system = System::new(F::sandbox()).await;
    system.pagerduty = F::WITH_PAGERDUTY;
    system.add_gateway();
    system.add_worker();
    system.ready().await;
    F::prepare(&system).await;
    system.settled().await;
    let fault = Fault::new(&step.method, harm).nth(step.nth).once();
    let fault = system.sandbox.faults().add(fault);
    system.tries_again = true;
    F::run(&system).await;
    system.settled().await;
    met(&system, fault, step)?;
    // What was said of it stays, and is the only difference.
    let seen = picture_without(&system.sandbox, &system.problems().await);
    let end = same(&seen, wanted);
    system.end().await;
    end
}

/// Every call of a flow to a vendor, refused in every way; `make test-faults` runs it.
macro_rules! refusals {
    ($($name:ident: $flow:ty;)*) => {
        $(mod $name {
            use sandbox::Harm;

            use super::{UNREADABLE, refuse_every_call};

            #[tokio::test(flavor = "multi_thread")]
            #[ignore = "make test-faults runs it"]
            async fn credentials_that_are_not_accepted() {
                refuse_every_call::<$flow>(Harm::Status(401)).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            #[ignore = "make test-faults runs it"]
            async fn a_permission_that_is_missing() {
                refuse_every_call::<$flow>(Harm::Status(403)).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            #[ignore = "make test-faults runs it"]
            async fn nothing_there() {
                refuse_every_call::<$flow>(Harm::Status(404)).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            #[ignore = "make test-faults runs it"]
            async fn an_answer_that_cannot_be_read() {
                refuse_every_call::<$flow>(UNREADABLE).await;
            }
        })*
    };
}

// One line per flow that speaks to a vendor.
refusals! {
    write_rca: crate::rca::WriteRca;
    write_rca_again: crate::rca::WriteAgain;
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
    resolve_with_pages: crate::paging::ResolveWithPages;
    copy_on_call: crate::paging::Copy;
}

#[tokio::test(flavor = "multi_thread")]
async fn pagerduty_refuses_a_page() {
    refuse_one_call::<crate::paging::Page>("pagerduty.create_incident").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn confluence_refuses_the_document() {
    refuse_one_call::<crate::rca::WriteRca>("confluence.create_page").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn statuspage_refuses_a_publication() {
    refuse_one_call::<crate::statuspage::Publish>("statuspage.create_incident").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_refuses_its_status() {
    refuse_one_call::<crate::upstream::NewTrouble>("feeds.github").await;
}
