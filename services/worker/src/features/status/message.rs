//! What the channel reads when its incident is resolved.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use domain::{Actor, Incident, Settings, local_time};
use slack::blocks::{button_of, buttons, confirmed, link_button, section};
use slack::text::{channel as channel_link, escape};
use slack::{Message, ids};

/// The resolution, by whom, and what to do now; `pages` is how many are left in PagerDuty that somebody may resolve, and the
/// RCA channel is linked where it was there before.
pub(crate) fn resolved(
    incident: &Incident,
    settings: &Settings,
    resolved_at: DateTime<Utc>,
    by: Option<&Actor>,
    pages: usize,
    has_rca_channel: bool,
) -> Message {
    let took = local_time::duration(resolved_at - incident.declared_at);
    let by = by.map(Actor::name).filter(|name| !name.is_empty());
    let by = by.map(|name| format!(" by {}", escape(name))).unwrap_or_default();
    let text = format!("✅ Resolved{by} after {took}. Thank you, everybody.");
    let mut shown = text.clone();
    if has_rca_channel {
        if let Some(channel) = incident.open_rca_channel() {
            let channel = channel_link(&channel.id);
            let _ = write!(shown, "\nPost-incident channel: {channel}.");
        }
    } else if settings.rca_channel {
        shown.push_str("\nThe link of the post-incident channel is posted below.");
    }
    let links = [
        ("guide", "Guide", &settings.guide_link),
        ("postmortems", "Postmortems", &settings.postmortems_link),
    ];
    let links = links
        .into_iter()
        .filter_map(|(name, label, address)| link_button(name, label, address.as_deref()?));
    let first = settings.status_label(settings.first_status());
    let mut offered = vec![
        button_of(ids::ACTION_EXPORT, "Export chat", &incident.id),
        confirmed(
            button_of(ids::ACTION_REOPEN, "Reopen", &incident.id),
            "Reopen this incident?",
            &format!("Its status becomes {first}. This is posted in the channel."),
            "Reopen",
        ),
    ];
    if pages > 0 {
        let label = match pages {
            1 => "Resolve its page in PagerDuty".to_owned(),
            pages => format!("Resolve its {pages} pages in PagerDuty"),
        };
        offered.push(button_of(ids::ACTION_RESOLVE_PAGES, &label, &incident.id));
    }
    offered.extend(links);
    offered.push(button_of(ids::ACTION_ARCHIVE, "Archive channel…", &incident.id));
    let mut blocks = vec![section(shown)];
    blocks.extend(buttons(offered));
    Message { text, blocks }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::testing::{incident, settings};

    #[test]
    fn it_is_over() {
        let incident = incident();
        let resolved_at = incident.declared_at + chrono::TimeDelta::minutes(72);
        let by = incident.declared_by.clone();
        let first = resolved(&incident, &settings(), resolved_at, Some(&by), 0, false).to_json();
        insta::assert_json_snapshot!(first);
        let again = Incident {
            rca_channel: Some(domain::NamedChannel {
                id: "C2".to_owned(),
                name: "inc-rca".to_owned(),
            }),
            ..incident
        };
        let shown = |incident: &Incident| {
            let message = resolved(incident, &settings(), resolved_at, Some(&by), 0, true);
            message.to_json().to_string()
        };
        let said = shown(&again);
        assert!(
            said.contains("Post-incident channel: <#C2>.") && !said.contains("is posted below"),
            "{said}"
        );
        // Nobody is sent where nothing can be said, and no other channel is on its way.
        let archived = Incident {
            rca_channel_lost: Some(domain::RcaChannelLost::Archived),
            ..again
        };
        let said = shown(&archived);
        assert!(!said.contains("<#C2>") && !said.contains("is posted below"), "{said}");
    }
}
