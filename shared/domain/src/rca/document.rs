//! What the document says.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::{IncidentId, local_time};

/// The most characters of an attachment's name.
const MAX_FILE_NAME: usize = 100;

/// Somebody, and their account in Confluence where it was found: then they are mentioned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// The name that they go by.
    pub name: String,
    /// Confluence's id of their account.
    pub account: Option<String>,
}

/// A role, and who has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleRow {
    /// What people read.
    pub label: String,
    /// Who has it, where somebody does.
    pub holder: Option<Person>,
}

/// An entry of the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Who did it; empty where nobody but the system did.
    pub who: String,
    /// What happened, as the rest of a sentence that begins with who did it.
    pub what: String,
}

/// An image of a pinned message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The name under which it is attached to the page.
    pub file: String,
    /// The name that it had in Slack.
    pub name: String,
}

/// A pinned message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// When it was written.
    pub at: Option<DateTime<Utc>>,
    /// Who wrote it.
    pub author: String,
    /// Who pinned it.
    pub pinned_by: String,
    /// What it says.
    pub text: String,
    /// Its images.
    pub images: Vec<Image>,
}

/// An update that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: String,
    /// What was hit; empty where nothing was said of it.
    pub resources: String,
    /// What people were told.
    pub message: String,
}

/// A page: a team was called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// When.
    pub at: DateTime<Utc>,
    /// Which team.
    pub team: String,
    /// By whom.
    pub by: String,
    /// What they were told.
    pub message: String,
    /// What came of it.
    pub state: String,
}

/// A link and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What people read.
    pub label: String,
    /// Where it leads.
    pub address: String,
}

/// Where more is to be found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// The incident's channel in Slack.
    pub channel: Option<Link>,
    /// The channel in which the causes are looked into.
    pub rca_channel: Option<Link>,
    /// The incident in the console.
    pub console: Option<Link>,
}

impl Links {
    /// Those that there are.
    pub(super) fn all(&self) -> impl Iterator<Item = &Link> {
        [&self.channel, &self.rca_channel, &self.console].into_iter().flatten()
    }
}

/// What is known of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Of this incident.
    pub incident: IncidentId,
    /// Its title.
    pub title: String,
    /// What was written when it was declared.
    pub description: String,
    /// Its severity as people read it.
    pub severity: String,
    /// When that severity is chosen.
    pub severity_definition: String,
    /// Its status as people read it.
    pub status: String,
    /// Who declared it.
    pub declared_by: Person,
    /// The time zone in which its times are written.
    pub zone: Tz,
    /// When it was declared.
    pub declared_at: DateTime<Utc>,
    /// When the cause was found.
    pub identified_at: Option<DateTime<Utc>>,
    /// When it was resolved.
    pub resolved_at: Option<DateTime<Utc>>,
    /// Roles in the order in which they are shown.
    pub roles: Vec<RoleRow>,
    /// What happened, in order of time.
    pub timeline: Vec<Entry>,
    /// Messages that people pinned, in the order in which they were written.
    pub pins: Vec<Pin>,
    /// Updates that were sent, in order of time.
    pub updates: Vec<Update>,
    /// Teams that were called, in order of time.
    pub pages: Vec<Page>,
    /// Where more is to be found.
    pub links: Links,
}

impl Document {
    /// A moment in the company's time zone.
    pub(super) fn time(&self, at: DateTime<Utc>) -> String {
        let (date, time) = local_time::parts(at, self.zone);
        format!("{date} {time}")
    }

    /// A moment that may not have come.
    pub(super) fn maybe_time(&self, at: Option<DateTime<Utc>>) -> String {
        at.map(|at| self.time(at)).unwrap_or_default()
    }

    /// How long it took, once it is over.
    pub(super) fn duration(&self) -> String {
        let took = self.resolved_at.map(|resolved_at| resolved_at - self.declared_at);
        took.map(local_time::duration).unwrap_or_default()
    }

    /// What is said in few words: each with its name.
    pub(super) fn facts(&self) -> Vec<(&'static str, String)> {
        let after = |at: Option<DateTime<Utc>>| match at {
            Some(at) => format!(
                "{}, after {}",
                self.time(at),
                local_time::duration(at - self.declared_at)
            ),
            None => "not yet".to_owned(),
        };
        let severity = match self.severity_definition.as_str() {
            "" => self.severity.clone(),
            definition => format!("{}: {definition}", self.severity),
        };
        vec![
            ("Severity", severity),
            ("Status", self.status.clone()),
            ("Declared", self.time(self.declared_at)),
            ("Identified", after(self.identified_at)),
            ("Resolved", after(self.resolved_at)),
            (
                "Duration",
                match self.duration() {
                    took if took.is_empty() => "ongoing".to_owned(),
                    took => took,
                },
            ),
        ]
    }

    /// The names under which images are attached, each once.
    pub fn files(&self) -> Vec<&str> {
        let images = self.pins.iter().flat_map(|pin| &pin.images);
        images.map(|image| image.file.as_str()).collect()
    }
}

/// The title of the page.
pub fn page_title(title: &str, declared_at: DateTime<Utc>, zone: Tz) -> String {
    let (date, _) = local_time::parts(declared_at, zone);
    let plain: String = title.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{date} - {plain}")
}

/// The title with a number from 2 on, where the title itself is another page's.
pub fn numbered_title(title: &str, number: u32) -> String {
    match number {
        0 | 1 => title.to_owned(),
        number => format!("{title} ({number})"),
    }
}

/// Where a channel in Slack is opened.
pub fn channel_address(channel: &str) -> String {
    format!("https://slack.com/app_redirect?channel={channel}")
}

/// The name under which an image is attached: it begins with Slack's id of the file, which no other one has.
pub fn file_name(file_id: &str, name: &str) -> String {
    let plain = |text: &str| -> String {
        let plain = text.chars().map(|c| match c {
            c if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') => c,
            _ => '-',
        });
        plain.collect()
    };
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let (id, extension) = (plain(file_id), plain(extension));
    let extension: String = extension.chars().take(10).collect();
    let room = MAX_FILE_NAME.saturating_sub(id.len() + extension.len() + 2);
    let stem: String = plain(stem).chars().take(room).collect();
    let name = format!("{id}-{stem}.{extension}");
    name.trim_end_matches(['.', '-']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_has_the_day_in_the_companys_time_zone() {
        let at = "2026-11-23T23:30:00Z".parse().unwrap();
        let berlin = "Europe/Berlin".parse().unwrap();
        assert_eq!(
            page_title("Pay\tments\u{7} fail", at, berlin),
            "2026-11-24 - Pay ments fail"
        );
        let title = page_title("Payments fail", at, Tz::UTC);
        assert_eq!(numbered_title(&title, 1), "2026-11-23 - Payments fail");
        assert_eq!(numbered_title(&title, 3), "2026-11-23 - Payments fail (3)");
    }

    #[test]
    fn names_of_files_are_plain_and_short() {
        assert_eq!(file_name("F1", "graph of the day.png"), "F1-graph-of-the-day.png");
        assert_eq!(file_name("F1", "../../Ж<\">.PNG"), "F1-..-..-----.PNG");
        assert_eq!(file_name("F1", "noextension"), "F1-noextension");
        let long = file_name("F1", &format!("{}.jpeg", "x".repeat(300)));
        assert!(long.len() <= MAX_FILE_NAME && long.ends_with("jpeg"), "{long}");
    }
}
