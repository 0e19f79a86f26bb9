//! The step that says who will be called, before anybody is.

use chrono::{DateTime, Utc};
use domain::paging::{OnCallState, Team, Urgency, notes_before};
use domain::{Incident, IncidentId, Settings};
use incidents::Call;
use serde::{Deserialize, Serialize};
use slack::blocks::{View, context, modal_of, prose, section};
use slack::text::escape;
use slack::{ids, on_call};

/// What is to be done when it is confirmed; it waits in the view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PageRequest {
    pub(super) incident: IncidentId,
    policy: String,
    person: Option<String>,
    urgency: Urgency,
    message: String,
    /// When it was shown who would be called; not in what an older release showed.
    shown_at: Option<DateTime<Utc>>,
}

impl PageRequest {
    pub(super) fn new(incident: IncidentId, call: &Call) -> Self {
        Self {
            incident,
            policy: call.policy.clone(),
            person: call.person.clone(),
            urgency: call.urgency,
            message: call.message.clone(),
            shown_at: None,
        }
    }

    pub(super) fn call(&self) -> Call {
        Call {
            policy: self.policy.clone(),
            person: self.person.clone(),
            urgency: self.urgency,
            message: self.message.clone(),
            shown_at: self.shown_at,
        }
    }
}

/// What the step tells of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    pub(super) incident: &'a Incident,
    pub(super) settings: &'a Settings,
    pub(super) team: &'a Team,
    pub(super) state: &'a OnCallState,
    pub(super) now: DateTime<Utc>,
    /// Whether it was shown before, and was open for too long.
    pub(super) again: bool,
}

/// The step.
pub(super) fn view(told: &Told<'_>, planned: &PageRequest) -> View {
    let Told { incident, team, .. } = told;
    let mut blocks = Vec::new();
    if told.again {
        blocks.push(section(
            "⚠️ This was open for a while, so nobody has been paged yet. This is who will be called now:",
        ));
    }
    blocks.push(section(who(team, planned)));
    blocks.push(section(format!(
        "For {} *{}*",
        told.settings.severity_emoji(&incident.severity),
        escape(&incident.title)
    )));
    blocks.extend(prose(&planned.message));
    let mut notes: Vec<_> = notes_before(incident.private).into_iter().map(str::to_owned).collect();
    notes.insert(1, on_call::age(told.state, told.now));
    notes.extend(team.service_note(escape));
    blocks.extend(notes.into_iter().map(context));
    let planned = PageRequest {
        shown_at: Some(told.now),
        ..planned.clone()
    };
    modal_of(ids::VIEW_PAGE_CONFIRM, &planned, "Page them now?", "Page", blocks)
}

/// Who will be called, in order.
fn who(team: &Team, planned: &PageRequest) -> String {
    let strong = |name: &str| format!("*{}*", escape(name));
    let calls = team.calls(planned.person.as_deref(), planned.urgency, strong, escape);
    let mark = match (calls.anybody, planned.urgency) {
        (false, _) => "⚠️ ",
        (true, Urgency::High) => "📟 ",
        (true, Urgency::Low) => "",
    };
    format!("{mark}{}", calls.text).chars().take(2_900).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::paging::modal::tests::team;
    use crate::features::testing::incident;

    #[test]
    fn it_names_who_is_called() {
        let (incident, settings, team) = (incident(), Settings::default(), team());
        let state = OnCallState {
            enabled: true,
            copied_at: Some(incident.declared_at),
            ..OnCallState::default()
        };
        let told = Told {
            incident: &incident,
            settings: &settings,
            team: &team,
            state: &state,
            now: incident.declared_at,
            again: false,
        };
        let planned = |person: Option<&str>, urgency| {
            let call = Call {
                policy: team.id.clone(),
                person: person.map(str::to_owned),
                urgency,
                message: "Cards are refused <everywhere>".to_owned(),
                shown_at: None,
            };
            PageRequest::new(incident.id, &call)
        };
        insta::assert_json_snapshot!("team", view(&told, &planned(None, Urgency::High)));
        insta::assert_json_snapshot!("person", view(&told, &planned(Some("Pfrank"), Urgency::Low)));
        let planned = planned(None, Urgency::High);
        assert_eq!(slack::values::decode(&slack::values::encode(&planned)), Some(planned));
    }
}
