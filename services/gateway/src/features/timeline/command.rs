//! What happened last, in words.

use domain::Settings;
use domain::description::cut_at_word;
use domain::timeline::TimelineEntry;
use incidents::CommandError;
use slack::text::{escape, moment};

use crate::Gateway;
use crate::features::commands::{Invocation, Outcome};
use crate::forms::Form;

/// How many entries of a timeline are told.
const ENTRIES: usize = 10;
/// The most characters of one of them.
const ENTRY: usize = 180;

/// Tells what happened last.
pub(super) async fn command(gateway: &Gateway, invocation: &Invocation, typed: &str) -> Result<Outcome, CommandError> {
    if !typed.trim().is_empty() {
        return Outcome::unknown(gateway, &format!("timeline {typed}")).await;
    }
    let Some((incident, settings)) = gateway.incident_here(invocation).await? else {
        let instead = "Which incident? Mention me with `timeline` in its channel.";
        return Ok(Outcome::open(Form::Timeline { incident: None }, instead, Vec::new()));
    };
    let mut conn = gateway.pool.acquire().await?;
    let entries = store::timeline::of_incident(&mut conn, incident.id).await?;
    Ok(timeline(&entries, &settings).into())
}

/// What happened last, in order of time.
fn timeline(entries: &[TimelineEntry], settings: &Settings) -> String {
    let line = |entry: &TimelineEntry| {
        let sentence = entry.happening.sentence(&entry.actor, settings).replace('\n', " ");
        let sentence = cut_at_word(&sentence, ENTRY);
        format!("{}  {}", moment(entry.at), escape(&sentence))
    };
    let earlier = entries.len().saturating_sub(ENTRIES);
    let mut lines: Vec<_> = entries[earlier..].iter().map(line).collect();
    // `&` takes five characters when it is escaped.
    while lines.iter().map(|line| line.chars().count() + 1).sum::<usize>() > 2_800 {
        lines.remove(0);
    }
    let earlier = entries.len() - lines.len();
    if earlier > 0 {
        lines.insert(0, format!("… {earlier} earlier"));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use domain::timeline::Happening;

    use super::*;
    use crate::features::testing::incident;

    #[test]
    fn the_last_entries_fit() {
        let entry = TimelineEntry {
            id: incident().id.0,
            at: incident().declared_at,
            actor: incident().declared_by,
            happening: Happening::Noted { text: "&".repeat(500) },
        };
        let text = timeline(&vec![entry; 30], &Settings::default());
        assert!(text.chars().count() <= slack::text::MAX_SECTION, "{}", text.len());
        assert!(text.starts_with("… 27 earlier"), "{text}");
    }
}
