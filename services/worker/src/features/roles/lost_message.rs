//! The direct message to who lost a role.

use std::fmt::Write;

use domain::settings::Role;
use domain::{Incident, RoleHolder};
use slack::Message;
use slack::blocks::section;
use slack::text::{channel as channel_link, escape};

/// Who holds the role now, and who changed it.
pub(crate) fn message(incident: &Incident, role: &Role, holder: Option<&RoleHolder>, by: &str) -> Message {
    let (label, title, by) = (escape(&role.label), escape(&incident.title), escape(by));
    let (short, mut text) = match holder {
        Some(holder) => {
            let name = escape(&holder.name);
            (
                format!("{name} is now {label} of “{title}”."),
                format!("*{name}* is now *{label}* of *{title}* in your place. {by} changed it."),
            )
        }
        None => (
            format!("You are no longer {label} of “{title}”."),
            format!("You are no longer *{label}* of *{title}*. {by} changed it, and the role is open."),
        ),
    };
    if let Some(channel) = &incident.channel_id {
        let _ = write!(text, " Join {}.", channel_link(channel));
    }
    Message {
        text: short,
        blocks: vec![section(text)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::testing::{incident, settings};

    #[test]
    fn to_somebody_and_to_nobody() {
        let incident = Incident {
            channel_id: Some("C1".to_owned()),
            ..incident()
        };
        let settings = settings();
        let role = &settings.roles[0];
        let carol = RoleHolder {
            role: role.key.clone(),
            user_id: "U3".to_owned(),
            name: "carol".to_owned(),
            active: true,
        };
        insta::assert_json_snapshot!(
            "lost_to_somebody",
            message(&incident, role, Some(&carol), "alice").to_json()
        );
        insta::assert_json_snapshot!("lost_to_nobody", message(&incident, role, None, "alice").to_json());
    }
}
