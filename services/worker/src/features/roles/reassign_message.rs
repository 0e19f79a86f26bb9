//! Accounts were closed, and the roles that they held need others.

use domain::{Incident, Question, Settings, Settled};
use slack::blocks::{button_of, context, section, section_with};
use slack::text::{escape, mention};
use slack::{Message, ids};

/// The message as it is now: a button for each role that nobody can act in.
pub(crate) fn reassign(incident: &Incident, settings: &Settings, question: &Question) -> Message {
    if let Some(settled) = &question.settled {
        let text = match settled {
            Settled::RoleTaken => "Somebody's account was deactivated; their roles have been taken over.",
            Settled::AskedAgain => "Somebody's account was deactivated; their roles are listed below.",
            _ => "Somebody's account was deactivated; their roles are no longer needed.",
        };
        return Message {
            blocks: vec![context(text)],
            text: text.to_owned(),
        };
    }
    let open = incident.roles.iter().filter(|holder| !holder.active);
    let leaders: String = incident.leaders().into_iter().map(|user| mention(user) + " ").collect();
    let text = format!("👤 {leaders}An account was deactivated. Who takes over?");
    let mut blocks = vec![section(text.clone())];
    blocks.extend(open.map(|holder| {
        let take = button_of(
            ids::ACTION_CLAIM,
            "Take over",
            ids::role_value(incident.id, &holder.role),
        );
        let label = escape(settings.role_label(&holder.role));
        section_with(format!("*{label}*  was {}", escape(&holder.name)), take)
    }));
    blocks.push(context("To assign a role to somebody else, use the control panel."));
    Message { text, blocks }
}

#[cfg(test)]
mod tests {
    use domain::{Asking, RoleHolder};

    use super::*;
    use crate::features::testing::{incident, settings};

    #[test]
    fn asked_and_settled() {
        let mut incident = incident();
        incident.roles.push(RoleHolder {
            role: "incident_commander".to_owned(),
            user_id: "U2".to_owned(),
            name: "bob <3".to_owned(),
            active: false,
        });
        let of = |settled| Question {
            id: incident.id.0,
            incident: incident.id,
            asking: Asking::Reassign,
            asked_at: incident.declared_at,
            posted: None,
            settled,
        };
        insta::assert_json_snapshot!("reassign", reassign(&incident, &settings(), &of(None)).to_json());
        let settled = reassign(&incident, &settings(), &of(Some(Settled::RoleTaken)));
        assert!(settled.text.contains("have been taken over"));
    }
}
