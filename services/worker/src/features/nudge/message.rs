//! The nudge that nobody has taken a role.

use domain::{Incident, Settings};
use slack::Message;
use slack::blocks::{section, section_with};
use slack::roles::claim_button;
use slack::text::{escape, mention};

/// The nudge, with a button for each role.
pub(crate) fn message(incident: &Incident, settings: &Settings) -> Message {
    let whom = incident.declared_by.slack_user_id();
    let whom = whom.map(|user| format!("{} ", mention(user))).unwrap_or_default();
    let text = format!("👋 {whom}Nobody has a role yet. Who takes one?");
    let mut blocks = vec![section(text.clone())];
    blocks.extend(settings.roles.iter().map(|role| {
        let claim = claim_button(incident.id, &role.key, "Claim");
        section_with(
            format!("*{}*\n{}", escape(&role.label), escape(&role.description)),
            claim,
        )
    }));
    Message { text, blocks }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::testing::{incident, settings};

    #[test]
    fn the_declarer_is_meant() {
        insta::assert_json_snapshot!(message(&incident(), &settings()).to_json());
    }
}
