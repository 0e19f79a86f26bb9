//! What stands on Statuspage: open incidents and maintenances, as they were last read.

use std::fmt::Write;

use domain::statuspage::{Seen, label};
use incidents::CommandError;
use slack::text::{ago, escape, escape_within, link, moment};
use store::statuspage::{self as page, Page};

use crate::Gateway;

/// How many of each are listed.
const MOST: usize = 5;

/// What stands there, in words.
pub(super) async fn list(gateway: &Gateway) -> Result<String, CommandError> {
    let mut conn = gateway.pool.acquire().await?;
    let Some(page) = page::page(&mut conn).await? else {
        return Ok(CommandError::StatuspageOff.to_string());
    };
    Ok(text(&page, page::standing(&mut conn).await?))
}

fn text(page: &Page, mut standing: Vec<Seen>) -> String {
    standing.sort_by_key(|seen| (seen.scheduled_for, std::cmp::Reverse(seen.created_at)));
    let (planned, open): (Vec<_>, Vec<_>) = standing.into_iter().partition(|seen| seen.scheduled_for.is_some());
    let mut text = match open.len() {
        0 => "No incident is open on Statuspage.".to_owned(),
        1 => "*1 incident is open on Statuspage*".to_owned(),
        many => format!("*{many} incidents are open on Statuspage*"),
    };
    lines(&mut text, &open);
    if !planned.is_empty() {
        text.push_str("\n*Maintenance*");
        lines(&mut text, &planned);
    }
    if let Some(at) = page.polled_at {
        let _ = write!(text, "\nChecked {}.", ago(at));
    }
    if let (Some(since), Some(error)) = (page.failing_since, &page.error) {
        let _ = write!(
            text,
            "\n⚠️ It can't be read since {}: {}.",
            moment(since),
            escape_within(error, 200)
        );
    } else if page.polled_at.is_none() {
        "Statuspage hasn't been read yet. Try again in a minute.".clone_into(&mut text);
    }
    if let Some(url) = &page.url {
        let _ = write!(text, "\n{}", link(url, "The page"));
    }
    text
}

fn lines(text: &mut String, seen: &[Seen]) {
    for seen in seen.iter().take(MOST) {
        let name = escape_within(&seen.name, 80);
        let name = seen.url.as_deref().map_or(name.clone(), |url| link(url, &name));
        let _ = write!(text, "\n• {name} · {}", escape(label(&seen.status)));
        match (seen.scheduled_for, seen.scheduled_until) {
            (Some(from), Some(until)) => {
                let _ = write!(text, " · {} to {}", moment(from), moment(until));
            }
            (Some(from), None) => {
                let _ = write!(text, " · from {}", moment(from));
            }
            _ => {
                let _ = write!(
                    text,
                    " · impact {} · since {}",
                    escape(&label(&seen.impact).to_lowercase()),
                    moment(seen.created_at)
                );
            }
        }
    }
    if seen.len() > MOST {
        let _ = write!(text, "\n… and {} more", seen.len() - MOST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::testing::incident;

    fn seen(name: &str, planned: bool) -> Seen {
        let at = incident().declared_at;
        Seen {
            id: name.to_owned(),
            name: name.to_owned(),
            status: if planned { "scheduled" } else { "identified" }.to_owned(),
            impact: "major".to_owned(),
            url: Some("https://stspg.io/1".to_owned()),
            created_at: at,
            updated_at: at,
            scheduled_for: planned.then_some(at),
            scheduled_until: planned.then_some(at),
            components: Vec::new(),
            updates: Vec::new(),
            key: None,
        }
    }

    fn page() -> Page {
        Page {
            url: Some("https://status.example.com".to_owned()),
            components_at: None,
            polled_at: Some(incident().declared_at),
            failing_since: None,
            error: None,
        }
    }

    #[test]
    fn what_stands_there() {
        let standing = vec![seen("Payments <fail>", false), seen("Databases", true)];
        insta::assert_snapshot!("both", text(&page(), standing));
        let failing = Page {
            failing_since: Some(incident().declared_at),
            error: Some("it did not answer in time".to_owned()),
            ..page()
        };
        insta::assert_snapshot!("failing", text(&failing, Vec::new()));
    }

    #[test]
    fn however_many_there_are_it_fits() {
        let many = (0..60).map(|number| seen(&"&".repeat(255), number % 2 == 0)).collect();
        let text = text(&page(), many);
        assert!(
            text.chars().count() <= slack::text::MAX_SECTION,
            "{}",
            text.chars().count()
        );
    }
}
