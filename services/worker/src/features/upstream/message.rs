//! What is wrong upstream, now and in the last days, in one message.

use std::fmt::Write;

use chrono::TimeDelta;
use domain::IncidentId;
use domain::upstream::{Outage, label, page};
use slack::blocks::{Block, button_of, context, section, section_with};
use slack::text::{ago, escape, link, moment};
use slack::{Message, ids};
use store::upstream::Provider;

/// How long what is over is shown.
pub(crate) const RECENT: TimeDelta = TimeDelta::days(5);
/// The most outages of a provider that are shown: those that go on, and those that are over.
const MAX_OPEN: usize = 5;
const MAX_OVER: usize = 3;
/// The most characters of a line, of a provider's and of all of them: Slack refuses messages that are much longer.
const MAX_LINE: usize = 500;
const MAX_LINES_OF_PROVIDER: usize = 2_000;
const MAX_LINES: usize = 9_000;
/// The most characters of a title here; the page has all of it.
const MAX_TITLE: usize = 120;

/// What is known.
pub(crate) struct Upstream {
    /// How looking at the providers went.
    pub(crate) providers: Vec<Provider>,
    /// Their outages, those that go on first, then the newest.
    pub(crate) outages: Vec<(String, Outage)>,
}

impl Upstream {
    fn of<'a>(&'a self, provider: &'a str, open: bool) -> impl Iterator<Item = &'a Outage> {
        let outages = self.outages.iter().filter(move |(of, _)| of == provider);
        outages
            .map(|(_, outage)| outage)
            .filter(move |outage| outage.is_open() == open)
    }

    fn provider(&self, provider: &str) -> Option<&Provider> {
        self.providers.iter().find(|known| known.provider == provider)
    }
}

/// The message as it is now: a line where nothing is and was wrong.
pub(crate) fn message(incident: IncidentId, providers: &[String], upstream: &Upstream) -> Message {
    let names = |which: &dyn Fn(&str) -> bool| -> Vec<String> {
        let which = providers.iter().filter(|provider| which(provider));
        which.map(|provider| escape(label(provider))).collect()
    };
    let is_open = |provider: &str| upstream.of(provider, true).next().is_some();
    let was_open = |provider: &str| upstream.of(provider, false).next().is_some();
    // Old news of one that cannot be asked is shown with its age; that all is well with it nobody knows.
    let is_unknown = |provider: &str| {
        let known = upstream.provider(provider);
        known.is_none_or(|known| known.fetched_at.is_none() || known.error.is_some())
    };
    let open = names(&is_open);
    let fine = names(&|provider| !is_open(provider) && !was_open(provider) && !is_unknown(provider));

    let mut said = if open.is_empty() {
        "*Upstream:* no known issues.".to_owned()
    } else {
        format!(
            "⛈️ *Upstream:* {} {} problems.",
            listed(&open),
            if open.len() == 1 { "reports" } else { "report" }
        )
    };
    if !fine.is_empty() && fine.len() < providers.len() {
        let _ = write!(said, " All clear now and in the last 5 days: {}.", listed(&fine));
    } else if fine.len() == providers.len() {
        said = format!("*Upstream:* all clear now and in the last 5 days: {}.", listed(&fine));
    }
    if let Some(oldest) = upstream
        .providers
        .iter()
        .filter_map(|provider| provider.fetched_at)
        .min()
    {
        let _ = write!(said, " Checked {}.", ago(oldest));
    }
    let text = said.clone();
    let reload = button_of(ids::ACTION_RELOAD_UPSTREAM, "Refresh", &incident);
    let mut blocks: Vec<Block> = vec![section_with(said, reload)];
    let mut room = MAX_LINES;
    for provider in providers {
        let lines = provider_lines(provider, upstream, &mut room);
        if !lines.is_empty() {
            blocks.push(section(lines.join("\n")));
        }
    }
    let unknown: Vec<_> = providers
        .iter()
        .filter(|provider| is_unknown(provider))
        .map(|provider| not_known(provider, upstream.provider(provider)))
        .collect();
    blocks.extend(unknown.into_iter().map(context));
    Message { text, blocks }
}

/// What a provider tells of: a heading and a line each.
fn provider_lines(provider: &str, upstream: &Upstream, room: &mut usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut left = MAX_LINES_OF_PROVIDER.min(*room);
    for (open, most) in [(true, MAX_OPEN), (false, MAX_OVER)] {
        let all = upstream.of(provider, open).count();
        let mut shown = 0;
        for outage in upstream.of(provider, open).take(most) {
            let line = line(outage);
            let length = line.chars().count();
            if length > left {
                break;
            }
            left -= length;
            *room -= length;
            lines.push(line);
            shown += 1;
        }
        if shown < all {
            let what = if open { "more" } else { "more resolved" };
            lines.push(format!("… and {} {what}", all - shown));
        }
    }
    if !lines.is_empty() {
        lines.insert(0, format!("*{}*", link(page(provider), &escape(label(provider)))));
    }
    lines
}

fn line(outage: &Outage) -> String {
    let title = escape(&domain::description::cut_at_word(&outage.title, MAX_TITLE));
    let linked = match &outage.url {
        // In a link `|` ends the address, and `>` is escaped already.
        Some(url) => link(url, &title),
        None => title.clone(),
    };
    let impact = match outage.impact.as_str() {
        "" => String::new(),
        impact => format!(" · {}", escape(impact)),
    };
    let rest = match outage.ended_at {
        None => format!(
            " · {}{impact} · since {}",
            escape(&outage.state),
            moment(outage.started_at)
        ),
        Some(ended_at) => format!(
            "{impact} · resolved, {} to {}",
            moment(outage.started_at),
            moment(ended_at)
        ),
    };
    let sign = if outage.is_open() { "🔴" } else { "•" };
    let line = format!("{sign} {linked}{rest}");
    if line.chars().count() <= MAX_LINE {
        line
    } else {
        format!("{sign} {title}{rest}")
    }
}

/// Why nothing or only something old is known of a provider.
fn not_known(provider: &str, known: Option<&Provider>) -> String {
    let name = escape(label(provider));
    let Some(known) = known else {
        return format!("{name} hasn't been checked yet.");
    };
    let reason = known.error.as_deref().map(|error| {
        let error = domain::description::cut_at_word(error, MAX_TITLE);
        format!(": {}", escape(&error))
    });
    let reason = reason.unwrap_or_default();
    match (known.failing_since, known.fetched_at) {
        (Some(since), Some(fetched_at)) => format!(
            "⚠️ {name} couldn't be checked since {}{reason}. This data is from {}.",
            moment(since),
            moment(fetched_at)
        ),
        (Some(since), None) => format!("⚠️ {name} couldn't be checked since {}{reason}.", moment(since)),
        _ => format!("{name} hasn't been checked yet."),
    }
}

/// Names as a sentence has them.
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::features::testing::incident;

    fn now() -> DateTime<Utc> {
        incident().declared_at
    }

    fn looked_at(provider: &str) -> Provider {
        Provider {
            provider: provider.to_owned(),
            polled_at: Some(now()),
            fetched_at: Some(now()),
            ..Provider::default()
        }
    }

    fn outage(title: &str) -> Outage {
        Outage {
            id: title.to_owned(),
            title: title.to_owned(),
            state: "identified".to_owned(),
            impact: "major".to_owned(),
            started_at: now() - TimeDelta::hours(1),
            ended_at: None,
            updated_at: now(),
            url: Some("https://stspg.io/k1?a=1&b=2".to_owned()),
        }
    }

    fn of(providers: &[&str], upstream: &Upstream) -> Message {
        let providers: Vec<_> = providers.iter().map(|provider| (*provider).to_owned()).collect();
        message(incident().id, &providers, upstream)
    }

    #[test]
    fn all_is_well() {
        let upstream = Upstream {
            providers: vec![looked_at("github"), looked_at("heroku"), looked_at("gcp")],
            outages: Vec::new(),
        };
        let message = of(&["github", "heroku", "gcp"], &upstream);
        assert_eq!(message.blocks.len(), 1);
        insta::assert_json_snapshot!(message.to_json());
    }

    #[test]
    fn trouble_now_and_before_and_one_that_cannot_be_asked() {
        let over = Outage {
            ended_at: Some(now()),
            impact: String::new(),
            url: None,
            ..outage("Slow <webhooks>")
        };
        let failing = Provider {
            failing_since: Some(now()),
            error: Some("it answered 502 Bad Gateway".to_owned()),
            ..looked_at("heroku")
        };
        let upstream = Upstream {
            providers: vec![looked_at("github"), failing, looked_at("gcp")],
            outages: vec![
                ("github".to_owned(), outage("Incident with Actions")),
                ("github".to_owned(), over),
            ],
        };
        let providers = ["github", "heroku", "gcp", "https://status.example.com"];
        insta::assert_json_snapshot!(of(&providers, &upstream).to_json());
    }

    #[test]
    fn as_many_as_there_may_be_fit_below_slacks_limits() {
        let providers: Vec<_> = (0..domain::upstream::MAX_PROVIDERS)
            .map(|number| format!("https://{number}.status.example.com/{}", "x".repeat(250)))
            .collect();
        let worst = |number: usize| Outage {
            id: number.to_string(),
            ended_at: number.is_multiple_of(2).then(now),
            url: Some(format!("https://status.example.com/{}", "&".repeat(270))),
            ..outage(&"&<>".repeat(66))
        };
        let failing = |provider: &String| Provider {
            failing_since: Some(now()),
            error: Some("&".repeat(500)),
            ..looked_at(provider)
        };
        let upstream = Upstream {
            providers: providers.iter().map(failing).collect(),
            outages: providers
                .iter()
                .flat_map(|provider| (0..100).map(move |number| (provider.clone(), worst(number))))
                .collect(),
        };
        let message = message(incident().id, &providers, &upstream);
        assert!(message.blocks.len() <= 50, "{}", message.blocks.len());
        let shown = message.to_json();
        for block in shown["blocks"].as_array().unwrap() {
            let length = block["text"]["text"].as_str().unwrap_or_default().chars().count();
            assert!(length <= 3_000, "{length}");
        }
        assert!(message.text.chars().count() <= 3_000);
    }
}
