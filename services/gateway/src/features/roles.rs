//! Roles on the control panel: claim, assign, take over, step down. Replacing somebody else asks first.

use domain::{IncidentId, RoleHolder};
use incidents::{CommandError, Replaces};
use slack::Message;
use slack::blocks::{Button, View, buttons, modal_of, section};
use slack::ids::{self, Replacement};
use slack::text::escape;

use crate::Gateway;
use crate::answer::{Answer, Trouble};
use crate::pressed::{Action, Pressed};
use crate::submitted::Submitted;

/// Gives a role to whoever pressed *Claim*, when nobody holds it.
pub(crate) async fn claim(gateway: &Gateway, pressed: &Pressed, action: &Action) {
    let Some((incident, role)) = ids::role_of_value(action.value()) else {
        return gateway.unreadable(pressed, action);
    };
    let person = pressed.user.id.as_str();
    give(gateway, pressed, action, incident, role, person, Replaces::Nobody).await;
}

/// Takes a role over, steps down, or removes its holder.
pub(crate) async fn held(gateway: &Gateway, pressed: &Pressed, action: &Action) {
    let Some((what, value)) = action.value().split_once('/') else {
        return gateway.unreadable(pressed, action);
    };
    let Some((incident, role, holder)) = ids::held_role_of_value(value) else {
        return gateway.unreadable(pressed, action);
    };
    if what == ids::OPTION_GIVE_UP {
        take(gateway, pressed, action, incident, role, holder).await;
    } else {
        let person = pressed.user.id.as_str();
        give(
            gateway,
            pressed,
            action,
            incident,
            role,
            person,
            Replaces::Holder(holder),
        )
        .await;
    }
}

/// Gives a role that nobody held to whoever was chosen.
pub(crate) async fn assign(gateway: &Gateway, pressed: &Pressed, action: &Action, role: &str) {
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
pub(crate) async fn reassign(gateway: &Gateway, pressed: &Pressed, action: &Action, held: &str) {
    let Some((incident, role, holder)) = ids::held_role_of_value(held) else {
        return gateway.unreadable(pressed, action);
    };
    let replaces = Replaces::Holder(holder);
    give(gateway, pressed, action, incident, role, action.value(), replaces).await;
}

/// Replaces the holder whom an answer named.
pub(crate) async fn replace(gateway: &Gateway, pressed: &Pressed, action: &Action) {
    let Ok(replacement) = action.value().parse::<Replacement>() else {
        return gateway.unreadable(pressed, action);
    };
    give(
        gateway,
        pressed,
        action,
        replacement.incident,
        &replacement.role,
        &replacement.person,
        Replaces::Holder(&replacement.holder),
    )
    .await;
}

/// Removes the holder whom an answer named.
pub(crate) async fn remove(gateway: &Gateway, pressed: &Pressed, action: &Action) {
    let Some((incident, role, holder)) = ids::held_role_of_value(action.value()) else {
        return gateway.unreadable(pressed, action);
    };
    take(gateway, pressed, action, incident, role, holder).await;
}

/// Replaces a holder after the form asked.
pub(crate) async fn replaced(gateway: &Gateway, submitted: &Submitted) -> Answer {
    let Ok(replacement) = submitted.about.parse::<Replacement>() else {
        return submitted.unreadable();
    };
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
        &replacement(incident, holder, person).to_string(),
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
                Some(offer(&escape(&error.to_string()), button))
            }
            _ => None,
        })
        .await;
}

async fn take(gateway: &Gateway, pressed: &Pressed, action: &Action, incident: IncidentId, role: &str, holder: &str) {
    let request = pressed.request(gateway, action);
    let taken = incidents::give_up(&gateway.pool, &request, incident, role, Some(holder));
    gateway.answer_press(pressed, incident, taken).await;
}

/// What the button says by which `actor` has `person` replace a holder after all.
pub(crate) fn replace_label(holder: &RoleHolder, person: &str, actor: &str) -> String {
    if person == actor {
        "Take over".to_owned()
    } else {
        domain::description::cut_at_word(&format!("Replace {}", holder.name), slack::roles::MAX_BUTTON)
    }
}

fn replace_button(incident: IncidentId, holder: &RoleHolder, person: &str, actor: &str) -> Button {
    let label = replace_label(holder, person, actor);
    slack::roles::replace_button(incident, &holder.role, &holder.user_id, person, &label)
}

fn replacement(incident: IncidentId, holder: &RoleHolder, person: &str) -> Replacement {
    Replacement {
        incident,
        role: holder.role.clone(),
        holder: holder.user_id.clone(),
        person: person.to_owned(),
    }
}

fn offer(text: &str, button: Button) -> Message {
    let mut blocks = vec![section(text)];
    blocks.extend(buttons(vec![button]));
    Message {
        text: text.to_owned(),
        blocks,
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
            offer(text, replace_button(incident().id, &dave(), person, actor)).to_json()
        };
        insta::assert_json_snapshot!("late_claim", late("U2", "U2"));
        insta::assert_json_snapshot!("late_assignment", late("U3", "U2"));
    }

    #[test]
    fn a_form_asks_before_it_replaces() {
        insta::assert_json_snapshot!(step(incident().id, "Incident commander", &dave(), "U2"));
    }
}
