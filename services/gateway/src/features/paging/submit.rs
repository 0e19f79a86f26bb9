//! The form was submitted, and the step that confirms it.

use domain::paging::Urgency;
use incidents::{Call, CommandError, PageStep};
use slack::blocks::{View, notice};
use slack::ids;
use slack::values::PageOf;
use store::incident_list::Viewer;

use super::confirm::{self, PageRequest, Told};
use crate::Gateway;
use crate::answer::{Answer, Trouble, UNCONFIRMED};
use crate::pressed::{Action, Pressed};
use crate::submitted::Submitted;

/// Shows who will be called. What is wrong is said in the field.
pub(super) async fn submit(gateway: &Gateway, submitted: &Submitted, person: Option<String>) -> Answer {
    let Some(incident) = submitted.incident() else {
        return Answer::field(ids::FIELD_INCIDENT, "Choose an incident.");
    };
    let Some(policy) = submitted.option(ids::FIELD_TEAM) else {
        return Answer::field(ids::FIELD_TEAM, "Choose a team.");
    };
    let urgency = submitted
        .option(ids::FIELD_URGENCY)
        .and_then(|urgency| urgency.parse().ok());
    let call = Call {
        policy,
        person,
        urgency: urgency.unwrap_or(Urgency::High),
        message: submitted.text(ids::FIELD_MESSAGE).trim().to_owned(),
        shown_at: None,
    };
    let planned = PageRequest::new(incident, &call);
    match step(gateway, &submitted.user.id, &planned, false).await {
        Ok(view) => Answer::update(&view),
        Err(trouble @ Trouble::Refused(CommandError::NoIncident | CommandError::ResolvedAlready)) => {
            Answer::field(ids::FIELD_INCIDENT, &trouble.sentence())
        }
        Err(trouble) => Answer::field(ids::FIELD_TEAM, &trouble.sentence()),
    }
}

/// The step that says who will be called; `again` where it was open for too long.
async fn step(gateway: &Gateway, user: &str, planned: &PageRequest, again: bool) -> Result<View, Trouble> {
    let call = planned.call();
    gateway
        .confirm(async {
            let mut conn = gateway.pool.acquire().await?;
            let now = gateway.now();
            let viewer = Viewer::in_slack(user);
            let PageStep { incident, team, state } =
                incidents::page_step(&mut conn, &viewer, planned.incident, &call, now).await?;
            let settings = gateway.pool.settings(&mut conn).await?;
            let told = Told {
                incident: &incident,
                settings: &settings,
                team: &team,
                state: &state,
                now,
                again,
            };
            Ok(confirm::view(&told, planned))
        })
        .await
}

/// Pages them. Without a field, what is wrong is said in the step's place.
pub(super) async fn confirmed(gateway: &Gateway, submitted: &Submitted, planned: PageRequest) -> Answer {
    let request = submitted.request(gateway);
    let call = planned.call();
    let paged = incidents::page(&gateway.pool, &request, planned.incident, &call);
    let Err(trouble) = gateway.confirm(paged).await else {
        return Answer::done();
    };
    match trouble {
        // Others may be on call by now: who is called is shown again, with what was typed.
        Trouble::Refused(CommandError::PageExpired) => match step(gateway, &submitted.user.id, &planned, true).await {
            Ok(view) => Answer::update(&view),
            Err(trouble) => Answer::update(&notice(&trouble.sentence())),
        },
        // Pressed again in the same view it is the same request.
        Trouble::Unconfirmed => submitted.kept_open(UNCONFIRMED),
        Trouble::Refused(_) => Answer::update(&notice(&trouble.sentence())),
    }
}

/// Pages somebody whose page was withdrawn, or who had been paged before.
pub(super) async fn page_anyway(
    gateway: &Gateway,
    pressed: &Pressed,
    action: &Action,
    PageOf { incident, page }: PageOf,
) {
    let request = pressed.request(gateway, action);
    let paged = incidents::page_anyway(&gateway.pool, &request, incident, page, None);
    gateway.confirm_press(pressed, paged).await;
}

/// Invites somebody to the incident that was chosen.
pub(super) async fn invited(gateway: &Gateway, submitted: &Submitted, person: String) -> Answer {
    let Some(incident) = submitted.incident() else {
        return Answer::field(ids::FIELD_INCIDENT, "Choose an incident.");
    };
    let request = submitted.request(gateway);
    let invited = incidents::invite_person(&gateway.pool, &request, incident, &person);
    match gateway.confirm(invited).await {
        Ok(()) => Answer::done(),
        Err(trouble) => Answer::field(ids::FIELD_INCIDENT, &trouble.sentence()),
    }
}
