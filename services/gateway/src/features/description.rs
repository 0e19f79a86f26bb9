//! *Show all* at a description that the panel cuts.

use domain::{Incident, IncidentId};
use incidents::CommandError;
use slack::blocks::{View, formatted, reading};
use slack::ids;

use crate::Gateway;
use crate::answer::Trouble;
use crate::feature::{Feature, opens};
use crate::forms::Form;

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    actions: &[opens!(ids::ACTION_DESCRIPTION, |_, incident| Some(Form::Description {
        incident
    }))],
    ..Feature::NOTHING
};

/// The whole description.
pub(crate) async fn form(gateway: &Gateway, user: &str, incident: IncidentId) -> Result<View, Trouble> {
    let (incident, _) = gateway.incident_for(user, Some(incident)).await?;
    let incident = incident.ok_or(Trouble::Refused(CommandError::NoIncident))?;
    Ok(view(&incident))
}

fn view(incident: &Incident) -> View {
    reading(
        ids::VIEW_DESCRIPTION,
        "",
        "Description",
        formatted(&incident.description),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::testing::incident;

    #[test]
    fn all_of_it_is_shown() {
        let long = Incident {
            description: format!("Payments fail {}the end", "and fail ".repeat(300)),
            ..incident()
        };
        let json = serde_json::to_string(&view(&long)).unwrap();
        assert!(json.contains("Payments fail") && json.contains("the end"));
    }
}
