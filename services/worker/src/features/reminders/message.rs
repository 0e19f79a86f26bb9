//! The update reminder, and its outcome.

use domain::{Incident, Question, Settings, Settled};
use incidents::PUT_OFF_MINUTES;
use slack::blocks::{Button, button_of, buttons, context, one_button_of, primary, section};
use slack::text::{escape, mention, moment};
use slack::{Message, ids};

/// The reminder as it is now: with buttons while nobody has reacted to it.
pub(crate) fn message(incident: &Incident, settings: &Settings, question: &Question) -> Message {
    if let Some(settled) = &question.settled {
        let text = outcome(settled);
        return Message {
            blocks: vec![context(text.clone())],
            text,
        };
    }
    let last = match &incident.last_update {
        Some(update) => format!("The last update was sent {}.", moment(update.at)),
        None => format!(
            "No update has been sent since the incident was declared {}.",
            moment(incident.declared_at)
        ),
    };
    let text = format!(
        "⏰ {}An update is due. {last}\nSay what is known, what is being done, and when the next update comes.",
        whom(incident, settings)
    );
    let mut row: Vec<Button> = vec![primary(button_of(
        ids::ACTION_UPDATE,
        "Send update",
        &Some(incident.id),
    ))];
    row.extend(PUT_OFF_MINUTES.map(|minutes| {
        let label = format!("Snooze {minutes} min");
        one_button_of(ids::PUT_OFF_PREFIX, minutes, &label, &incident.id)
    }));
    row.push(button_of(ids::ACTION_STOP_REMINDERS, "Stop reminders", &incident.id));
    let mut blocks = vec![section(text.clone())];
    blocks.extend(buttons(row));
    Message { text, blocks }
}

/// Who is meant, with a blank behind it; empty where nobody is.
fn whom(incident: &Incident, settings: &Settings) -> String {
    let holder = settings
        .reminder_roles
        .iter()
        .find_map(|role| incident.active_holder(role));
    match holder {
        Some(holder) => format!("{} ", mention(&holder.user_id)),
        None if settings.reminder_here => "<!here> ".to_owned(),
        None => String::new(),
    }
}

fn outcome(settled: &Settled) -> String {
    match settled {
        Settled::UpdateSent { by } => format!("An update was due; {} sent one.", escape(by)),
        Settled::PutOff { by, until } => {
            format!(
                "An update was due; {} snoozed reminders until {}.",
                escape(by),
                moment(*until)
            )
        }
        Settled::Stopped { by } => format!(
            "An update was due; {} stopped reminders. They start again with the next update.",
            escape(by)
        ),
        Settled::AskedAgain => "An update was due, but nobody sent one; see the newer reminder below.".to_owned(),
        Settled::RoleTaken
        | Settled::Unarchived
        | Settled::NewChannel { .. }
        | Settled::ResolvedThere
        | Settled::LeftAsIs { .. }
        | Settled::NotNeeded => "An update was due; it's no longer needed.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use domain::Asking;

    use super::*;
    use crate::features::testing::{incident, settings};

    fn question(settled: Option<Settled>) -> Question {
        Question {
            id: incident().id.0,
            incident: incident().id,
            asking: Asking::Update,
            asked_at: incident().declared_at,
            posted: None,
            settled,
        }
    }

    #[test]
    fn nobody_has_sent_one_yet() {
        insta::assert_json_snapshot!(message(&incident(), &settings(), &question(None)).to_json());
    }

    #[test]
    fn whoever_keeps_others_up_to_date_is_meant_first() {
        let mut incident = incident();
        for (role, user) in [("incident_commander", "U2"), ("communications_liaison", "U3")] {
            incident.roles.push(domain::RoleHolder {
                role: role.to_owned(),
                user_id: user.to_owned(),
                name: user.to_owned(),
                active: true,
            });
        }
        incident.last_update = Some(domain::LastUpdate {
            at: incident.declared_at,
            message: "Looking".to_owned(),
        });
        insta::assert_json_snapshot!(message(&incident, &settings(), &question(None)).to_json());
        incident.roles.clear();
        let quiet = Settings {
            reminder_here: false,
            ..settings()
        };
        let text = message(&incident, &quiet, &question(None)).text;
        assert!(text.starts_with("⏰ An update is due"), "{text}");
    }

    #[test]
    fn what_became_of_it() {
        let by = || "bob <3".to_owned();
        let texts: Vec<_> = [
            Settled::UpdateSent { by: by() },
            Settled::PutOff {
                by: by(),
                until: incident().declared_at,
            },
            Settled::Stopped { by: by() },
            Settled::AskedAgain,
            Settled::NotNeeded,
        ]
        .into_iter()
        .map(|settled| message(&incident(), &settings(), &question(Some(settled))).to_json())
        .collect();
        insta::assert_json_snapshot!(texts);
    }
}
