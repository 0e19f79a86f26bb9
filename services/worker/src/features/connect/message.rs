//! The question whether a person of the console is who reads it.

use slack::blocks::{button_of, buttons, context, primary, section};
use slack::text::{escape_signs, moment};
use slack::{Message, ids};
use store::slack_links::SlackLink;

/// What is asked; once it was answered, what the answer was.
pub(crate) fn question(asked: &SlackLink, web_url: Option<&str>) -> Message {
    let email = escape_signs(&asked.email);
    match asked.confirmed {
        Some(true) => said(format!(
            "🔗 Connected: the console account *{email}* is now linked to you. You can claim roles in the console and \
             see the private incidents you're a member of."
        )),
        Some(false) => said(format!(
            "You said that the console account *{email}* isn't yours, so nothing was connected. If you didn't sign in \
             there, somebody else knows its password: tell an admin."
        )),
        None => open(asked, &email, web_url),
    }
}

fn open(asked: &SlackLink, email: &str, web_url: Option<&str>) -> Message {
    let place = web_url
        .map(|url| format!(" at {}", escape_signs(url)))
        .unwrap_or_default();
    let value = asked.id;
    let mut blocks = vec![section(format!(
        "🔗 Somebody signed in to the incident console{place} as *{email}* and wants to connect that account with you, \
         {}. Is that you?",
        moment(asked.asked_at)
    ))];
    blocks.extend(buttons(vec![
        primary(button_of(ids::ACTION_CONNECT_YES, "Yes, that's me", &value)),
        button_of(ids::ACTION_CONNECT_NO, "No", &value),
    ]));
    blocks.push(context(
        "Choose Yes only if you pressed *Connect Slack* there yourself: whoever pressed it will see your private \
         incidents. This request expires in 15 minutes.",
    ));
    Message {
        text: format!("🔗 Is the console account {email} yours?"),
        blocks,
    }
}

fn said(text: String) -> Message {
    Message {
        blocks: vec![section(text.clone())],
        text,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::features::testing::incident;

    #[test]
    fn the_question_and_what_became_of_it() {
        let incident = incident();
        let asked = |confirmed| SlackLink {
            id: incident.id.0,
            user_id: incident.id.0,
            email: "bob&co@example.com".to_owned(),
            slack_user_id: "U2".to_owned(),
            asked_at: incident.declared_at,
            expires_at: incident.declared_at + TimeDelta::minutes(15),
            message: None,
            confirmed,
        };
        let console = Some("https://console.example");
        insta::assert_json_snapshot!("open", question(&asked(None), console).to_json());
        insta::assert_json_snapshot!("confirmed", question(&asked(Some(true)), console).to_json());
        insta::assert_json_snapshot!("declined", question(&asked(Some(false)), None).to_json());
    }
}
