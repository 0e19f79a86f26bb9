//! Roles: claim, assign, take over, step down, on the control panel or in words. Replacing somebody else asks first.

mod command;

use domain::description::cut_at_word;
use domain::{IncidentId, RoleHolder};
use incidents::{CommandError, Replaces};
use slack::Message;
use slack::blocks::{Button, View, button_of, danger, modal_of, section};
use slack::ids;
use slack::text::escape;
use slack::values::{HeldRole, HeldRoleChange, Replacement, RoleOf, decode};

use crate::Gateway;
use crate::answer::{Answer, Trouble};
use crate::feature::{Feature, action, choice, command, view};
use crate::pressed::{Action, Pressed};
use crate::submitted::Submitted;

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    commands: &[command!("role", command::command)],
    actions: &[
        action!(ids::ACTION_CLAIM, claim),
        action!(ids::ACTION_ROLE, held),
        choice!(ids::ASSIGN_PREFIX, assign),
        choice!(ids::REASSIGN_PREFIX, reassign),
        action!(ids::ACTION_REPLACE_HOLDER, replace),
        action!(ids::ACTION_REMOVE_HOLDER, remove),
    ],
    views: &[view!(ids::VIEW_REPLACE_HOLDER, replaced)],
    ..Feature::NOTHING
};

/// The most characters of a button's label.
const MAX_BUTTON: usize = 75;

/// Gives a role to whoever pressed *Claim*, when nobody holds it.
async fn claim(gateway: &Gateway, pressed: &Pressed, action: &Action, RoleOf { incident, role }: RoleOf) {
    let person = pressed.user.id.as_str();
    give(gateway, pressed, action, incident, &role, person, Replaces::Nobody).await;
}

/// Takes a role over, steps down, or removes its holder.
async fn held(gateway: &Gateway, pressed: &Pressed, action: &Action, change: HeldRoleChange) {
    match change {
        HeldRoleChange::StepDown(held) => remove(gateway, pressed, action, held).await,
        HeldRoleChange::TakeOver(held) => give_held(gateway, pressed, action, held, &pressed.user.id).await,
    }
}

/// Gives a role that nobody held to whoever was chosen.
async fn assign(gateway: &Gateway, pressed: &Pressed, action: &Action) {
    let role = ids::ASSIGN_PREFIX.rest_of(&action.action_id);
    let Some(incident) = ids::incident_of_block(&action.block_id) else {
        return gateway.unreadable(pressed, action);
    };
    give(
        gateway,
        pressed,
        action,
        incident,
        role,
        action.value(),
        Replaces::Nobody,
    )
    .await;
}

/// Gives a role to whoever was chosen in the place of its holder.
async fn reassign(gateway: &Gateway, pressed: &Pressed, action: &Action) {
    let Some(held) = decode(ids::REASSIGN_PREFIX.rest_of(&action.action_id)) else {
        return gateway.unreadable(pressed, action);
    };
    give_held(gateway, pressed, action, held, action.value()).await;
}

/// Gives a role to somebody in the place of its holder.
async fn give_held(gateway: &Gateway, pressed: &Pressed, action: &Action, held: HeldRole, person: &str) {
    let replaces = Replaces::Holder(&held.holder);
    give(gateway, pressed, action, held.incident, &held.role, person, replaces).await;
}

/// Replaces the holder whom an answer named.
async fn replace(gateway: &Gateway, pressed: &Pressed, action: &Action, replacement: Replacement) {
    let Replacement {
        incident,
        role,
        holder,
        person,
    } = replacement;
    let held = HeldRole { incident, role, holder };
    give_held(gateway, pressed, action, held, &person).await;
}

/// Removes the holder.
async fn remove(gateway: &Gateway, pressed: &Pressed, action: &Action, held: HeldRole) {
    let HeldRole { incident, role, holder } = held;
    let request = pressed.request(gateway, action);
    let taken = incidents::give_up(&gateway.pool, &request, incident, &role, Some(&holder));
    gateway.answer_press(pressed, incident, taken).await;
}

/// Replaces a holder after the form asked.
async fn replaced(gateway: &Gateway, submitted: &Submitted, replacement: Replacement) -> Answer {
    let request = submitted.request(gateway);
    let replaced = incidents::assign(
        &gateway.pool,
        &request,
        replacement.incident,
        &replacement.role,
        &replacement.person,
        Replaces::Holder(&replacement.holder),
    );
    match gateway.confirm(replaced).await {
        Ok(()) => Answer::clear(),
        Err(Trouble::Refused(CommandError::RoleHeld { label, holder })) => {
            Answer::update(&step(replacement.incident, &label, &holder, &replacement.person))
        }
        Err(trouble) => submitted.kept_open(&trouble.sentence()),
    }
}

/// The step of a form that asks before `person` replaces the holder of a role.
pub(crate) fn step(incident: IncidentId, label: &str, holder: &RoleHolder, person: &str) -> View {
    let name = escape(&holder.name);
    let text = format!(
        "*{name}* is currently {}. Replace them with {}? Both get a direct message.",
        escape(label),
        slack::text::mention(person)
    );
    modal_of(
        ids::VIEW_REPLACE_HOLDER,
        &replacement(incident, holder, person),
        "Replace role holder",
        "Replace",
        vec![section(text)],
    )
}

async fn give(
    gateway: &Gateway,
    pressed: &Pressed,
    action: &Action,
    incident: IncidentId,
    role: &str,
    person: &str,
    replaces: Replaces<'_>,
) {
    let request = pressed.request(gateway, action);
    let assigned = incidents::assign(&gateway.pool, &request, incident, role, person, replaces);
    gateway
        .answer_press_with(pressed, incident, assigned, |error| match error {
            CommandError::RoleHeld { holder, .. } => {
                let button = replace_button(incident, holder, person, &pressed.user.id);
                Some(Message::with_buttons(escape(&error.to_string()), vec![button]))
            }
            _ => None,
        })
        .await;
}

/// The button by which `actor` has `person` replace a holder after all.
fn replace_button(incident: IncidentId, holder: &RoleHolder, person: &str, actor: &str) -> Button {
    let label = if person == actor {
        "Take over".to_owned()
    } else {
        cut_at_word(&format!("Replace {}", holder.name), MAX_BUTTON)
    };
    button_of(
        ids::ACTION_REPLACE_HOLDER,
        &label,
        &replacement(incident, holder, person),
    )
}

/// The button that takes a role from its holder.
fn remove_button(incident: IncidentId, holder: &RoleHolder) -> Button {
    let held = HeldRole {
        incident,
        role: holder.role.clone(),
        holder: holder.user_id.clone(),
    };
    let label = cut_at_word(&format!("Remove {}", holder.name), MAX_BUTTON);
    danger(button_of(ids::ACTION_REMOVE_HOLDER, &label, &held))
}

fn replacement(incident: IncidentId, holder: &RoleHolder, person: &str) -> Replacement {
    Replacement {
        incident,
        role: holder.role.clone(),
        holder: holder.user_id.clone(),
        person: person.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::testing::incident;

    fn dave() -> RoleHolder {
        RoleHolder {
            role: "incident_commander".to_owned(),
            user_id: "U4".to_owned(),
            name: "dave".to_owned(),
            active: true,
        }
    }

    #[test]
    fn who_was_too_late_can_take_over() {
        let late = |person, actor| {
            let text = "dave is already Incident commander.";
            Message::with_buttons(text, vec![replace_button(incident().id, &dave(), person, actor)]).to_json()
        };
        insta::assert_json_snapshot!("late_claim", late("U2", "U2"));
        insta::assert_json_snapshot!("late_assignment", late("U3", "U2"));
    }

    #[test]
    fn a_form_asks_before_it_replaces() {
        insta::assert_json_snapshot!(step(incident().id, "Incident commander", &dave(), "U2"));
    }
}
