//! What is done seldom, from the panel's overflow.

use slack::ids;
use slack::values::PanelOption;

use crate::Gateway;
use crate::feature::{Feature, opens};
use crate::features::{export, rca};
use crate::forms::Form;
use crate::pressed::{Action, Pressed};

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    actions: &[opens!(ids::ACTION_MORE, |_, option| form(option), else run)],
    ..Feature::NOTHING
};

fn form(option: PanelOption) -> Option<Form> {
    match option {
        PanelOption::Rename(incident) => Some(Form::Rename { incident }),
        PanelOption::Archive(incident) => Some(Form::Archive { incident }),
        PanelOption::Export(_) | PanelOption::Rca(_) => None,
    }
}

async fn run(gateway: &Gateway, pressed: &Pressed, action: &Action, option: PanelOption) {
    match option {
        PanelOption::Export(incident) => export::start(gateway, pressed, action, incident).await,
        PanelOption::Rca(incident) => rca::write(gateway, pressed, action, incident).await,
        // A form opened.
        PanelOption::Rename(_) | PanelOption::Archive(_) => {}
    }
}
