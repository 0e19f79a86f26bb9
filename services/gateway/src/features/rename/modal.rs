//! The modal in which the title is changed.

use domain::Incident;
use domain::description::MAX_TITLE;
use slack::blocks::{Choice, View, context, modal_of, tick_field, title_field};
use slack::ids;

/// The modal, with the title as it is.
pub(super) fn view(incident: &Incident) -> View {
    let tick = Choice {
        value: ids::OPTION_RENAME_CHANNEL.to_owned(),
        label: "Rename the channel too".to_owned(),
        description: format!("#{}", incident.channel_name),
    };
    modal_of(
        ids::VIEW_RENAME,
        &incident.id,
        "Rename incident",
        "Rename",
        vec![
            title_field(ids::FIELD_TITLE, "Title", &incident.title, MAX_TITLE),
            tick_field(ids::FIELD_RENAME_CHANNEL, "Channel", &tick),
            context(
                "The panel, the digest and the channel's topic show the new title. The description stays as it is.",
            ),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::testing::incident;

    #[test]
    fn the_title_as_it_is() {
        insta::assert_json_snapshot!(view(&incident()));
    }
}
