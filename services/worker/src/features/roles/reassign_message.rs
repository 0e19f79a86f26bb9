//! People cannot act any more, and the roles that they hold need others.

use domain::{Incident, Question, Settings, Settled};
use slack::Message;
use slack::blocks::{context, section, section_with};
use slack::roles::claim_button;
use slack::text::{escape, mention};

/// The message as it is now: a button for each role that nobody can act in.
pub(crate) fn reassign(incident: &Incident, settings: &Settings, question: &Question) -> Message {
    if let Some(settled) = &question.settled {
        let text = match settled {
            Settled::RoleTaken => "Somebody with a role can no longer act; their roles have been taken over.",
            Settled::AskedAgain => "Somebody with a role can no longer act; their roles are listed below.",
            _ => "Somebody with a role could no longer act; their roles are no longer needed.",
        };
        return Message {
            blocks: vec![context(text)],
            text: text.to_owned(),
        };
    }
    let open = incident.roles.iter().filter(|holder| !holder.active);
    let leaders: String = incident.leaders().into_iter().map(|user| mention(user) + " ").collect();
    let text = format!("👤 {leaders}Somebody with a role can no longer act. Who takes over?");
    let mut blocks = vec![section(text.clone())];
    blocks.extend(open.map(|holder| {
        let take = claim_button(incident.id, &holder.role, "Take over");
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
