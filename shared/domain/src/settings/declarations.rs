//! Every setting, declared once: key, type, default, group, label, help, limits.
//!
//! [`Settings`], its defaults and checks, what the environment fills, the API's schema and the console's form follow from
//! this table. A new setting is an entry here, and is read where it matters.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::defaults;
use super::schema::{Field, Group, Kind, Setting, Variable};
use super::{COMMUNICATIONS_LIAISON, INCIDENT_COMMANDER, ResolvePages, Role, Severity, Status};
use crate::statuspage::OnResolve;
use crate::{rca, upstream};

/// Slack's limit of a channel's topic, in characters.
pub const MAX_TOPIC: usize = 250;

/// Declares settings: `key: Type = default, Group, label, help, kind, …;`. What may follow are other fields of [`Setting`].
macro_rules! settings {
    ($(
        $key:ident: $type:ty = $default:expr,
        $group:ident, $label:literal, $help:literal, $kind:expr $(, $field:ident = $value:expr)*;
    )*) => {
        /// All settings, as they are now.
        #[allow(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
        #[allow(clippy::doc_markdown, reason = "people read these texts, too")]
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Settings {
            $(#[doc = $help] pub $key: $type,)*
            /// The settings whose rows cannot be read. They have their defaults, but where that would let people see or do
            /// more.
            #[serde(skip)]
            pub unreadable: Vec<String>,
        }

        impl Default for Settings {
            fn default() -> Self {
                Self { $($key: $default,)* unreadable: Vec::new() }
            }
        }

        /// Every setting, in the order in which the console shows them.
        pub static SETTINGS: &[Setting] = &[$(
            Setting {
                key: stringify!($key),
                group: Group::$group,
                label: $label,
                help: $help,
                kind: $kind,
                $($field: $value,)*
                ..Setting::COMMON
            },
        )*];
    };
}

settings! {
    time_zone: Tz = Tz::UTC,
        General, "Time zone", "The company's time zone. Channel names and documents use it.", Kind::TimeZone;
    guide_link: Option<String> = None,
        General, "Incident guide", "The company's guide to incidents.", Kind::Link,
        variable = variable("INCIDENT_GUIDE_LINK");
    postmortems_link: Option<String> = None,
        General, "Postmortems", "Where the company keeps its postmortems.", Kind::Link,
        variable = variable("INCIDENT_POSTMORTEMS_LINK");
    meeting_link: Option<String> = None,
        General, "Meeting", "The meeting in which people talk during an incident.", Kind::Link,
        variable = variable("MEETING_LINK");

    severities: Vec<Severity> = defaults::severities(),
        Severities, "Severities", "From worst to mildest.",
        Kind::Items { one: "severity", min: 1, max: MAX_ITEMS, fields: SEVERITY };
    default_severity: String = "sev4".to_owned(),
        Severities, "Default severity", "What a new incident has unless somebody chooses another.", Kind::KeyOf("severities"),
        check = default_severity;

    statuses: Vec<Status> = defaults::statuses(),
        Statuses, "Statuses", "In the order in which an incident usually goes through them. The first must be open, and at least one must be resolved.",
        Kind::Items { one: "status", min: 1, max: MAX_ITEMS, fields: STATUS },
        check = statuses;

    roles: Vec<Role> = defaults::roles(),
        Roles, "Roles", "In the order in which they are shown.",
        Kind::Items { one: "role", min: 0, max: MAX_ITEMS, fields: ROLE };
    nudge_after_minutes: u32 = 10,
        Roles, "Tell the declarer that roles are open", "Minutes until the declarer is told that nobody has taken a role; 0 for never.", minutes(0);

    channel_topic: String = String::new(),
        Channels, "Topic", "Topic of every incident channel; empty for none.", Kind::Text { max: MAX_TOPIC, required: false },
        variable = variable("INCIDENT_CHANNEL_TOPIC");
    invite_groups: Vec<String> = Vec::new(),
        Channels, "Invited user groups", "Handles or ids of user groups that are invited to the channel of every incident that is not private.", TEXTS,
        variable = enabled("INCIDENT_AUTO_GROUP_INVITE_GROUP_NAME", "INCIDENT_AUTO_GROUP_INVITE_ENABLED");
    declare_emoji: Option<String> = None,
        Channels, "Emoji that declares", "Name of the emoji that declares an incident from a message; empty for none.", Kind::EmojiName { optional: true },
        variable = enabled("INCIDENT_AUTO_CREATE_FROM_REACT_EMOJI_NAME", "INCIDENT_AUTO_CREATE_FROM_REACT_ENABLED");
    pin_emoji: String = "pushpin".to_owned(),
        Channels, "Emoji that pins", "Name of the emoji that pins a message to an incident.", Kind::EmojiName { optional: false };
    rca_channel: bool = true,
        Channels, "RCA channel", "Create a channel for the root cause analysis when an incident is resolved.", Kind::Switch;
    archive_after_days: Option<u32> = None,
        Channels, "Archive after", "Days after resolving until the channel is archived; empty for never.",
        Kind::Number { min: 0, max: MAX_DAYS, unit: "days", optional: true };

    updates_in_thread: bool = true,
        Digest, "Updates in a thread", "Post updates in the thread of the incident's digest post instead of on their own.", Kind::Switch;
    private_in_digest: bool = true,
        Digest, "Show private incidents", "Show in the digest that a private incident exists, without its content.", Kind::Switch;
    chatter_messages: u32 = 3,
        Digest, "Hint after", "How many messages of people in the digest channel, while no incident is open, bring a hint; 0 for never.",
        Kind::Number { min: 0, max: 10_000, unit: "messages", optional: false };
    stale_after_days: u32 = 7,
        Digest, "Stale after", "Days until an open incident counts as stale; 0 for never.", days(0);
    stale_every_days: u32 = 2,
        Digest, "List stale incidents every", "Days between two posts that list stale incidents.", days(1);

    first_update_minutes: u32 = 30,
        Reminders, "First update", "Minutes from the declaration to the first reminder.", minutes(1);
    update_every_minutes: u32 = 25,
        Reminders, "Further updates", "Minutes from an update or a reminder to the next reminder.", minutes(1);
    reminder_roles: Vec<String> = vec![COMMUNICATIONS_LIAISON.to_owned(), INCIDENT_COMMANDER.to_owned()],
        Reminders, "Mentioned roles", "Reminders mention the first of these roles that somebody holds.", Kind::KeysOf("roles");
    reminder_here: bool = true,
        Reminders, "Mention @here", "Mention @here when nobody holds one of these roles.", Kind::Switch;

    resolve_pages: ResolvePages = ResolvePages::Ask,
        Paging, "Pages of resolved incidents", "What happens to the pages in PagerDuty when the incident is resolved.",
        Kind::Choice(&[("ask", "Ask whoever resolves it"), ("always", "Resolve them"), ("never", "Leave them open")]);
    page_notes: bool = true,
        Paging, "Notes", "Add updates as notes to the pages in PagerDuty.", Kind::Switch;
    page_unacknowledged_minutes: u32 = 5,
        Paging, "Unacknowledged pages", "Minutes until the channel is told that nobody has acknowledged a page; 0 for never.", minutes(0);

    statuspage_groups: Vec<String> = Vec::new(),
        Statuspage, "Who may publish", "Handles or ids of the user groups whose people may publish on Statuspage; empty for everybody.", TEXTS;
    statuspage_on_resolve: OnResolve = OnResolve::Ask,
        Statuspage, "Resolved incidents", "What happens on Statuspage when the incident is resolved.",
        Kind::Choice(&[("ask", "Ask in the channel"), ("always", "Resolve it there, too"), ("never", "Nothing")]);

    providers: Vec<String> = Vec::new(),
        Providers, "Providers", "A known name, or the address of any page that Statuspage hosts, such as https://www.githubstatus.com.",
        Kind::TextList { max: upstream::MAX_PROVIDERS },
        variable = enabled("INCIDENT_EXTERNAL_PROVIDERS_LIST", "INCIDENT_EXTERNAL_PROVIDERS_ENABLED"),
        check = |settings| upstream::check_all(&settings.providers), entry = upstream::written, own_editor = true;

    rca_template: String = rca::DEFAULT_TEMPLATE.to_owned(),
        RcaDocument, "Template", "The page in Confluence's storage format, with placeholders.", Kind::LongText,
        check = |settings| rca::check_template(&settings.rca_template).map_err(|invalid| invalid.to_string()), own_editor = true;

    guests_may_act: bool = false,
        Access, "Guests", "Guests of the workspace may see and do what full members may.", Kind::Switch;
    outsiders_may_act: bool = false,
        Access, "People of other workspaces", "People of other workspaces, who share a channel with this one, may see and do what full members may.", Kind::Switch;
}

const MAX_ITEMS: usize = 20;
const MAX_DAYS: u32 = 366;
const MAX_MINUTES: u32 = 24 * 60;
const MAX_PAGE_TEAMS: usize = 10;
/// Slack's limit of a section's text, in characters.
const MAX_DESCRIPTION: usize = 3_000;
const TEXTS: Kind = Kind::TextList { max: 100 };

const fn minutes(min: u32) -> Kind {
    Kind::Number {
        min,
        max: MAX_MINUTES,
        unit: "minutes",
        optional: false,
    }
}

const fn days(min: u32) -> Kind {
    Kind::Number {
        min,
        max: MAX_DAYS,
        unit: "days",
        optional: false,
    }
}

#[expect(clippy::unnecessary_wraps, reason = "entries read as they are declared")]
const fn variable(name: &'static str) -> Option<Variable> {
    Some(Variable { name, enabled_by: None })
}

#[expect(clippy::unnecessary_wraps, reason = "entries read as they are declared")]
const fn enabled(name: &'static str, by: &'static str) -> Option<Variable> {
    Some(Variable {
        name,
        enabled_by: Some(by),
    })
}

const fn field(key: &'static str, label: &'static str, help: &'static str, kind: Kind) -> Field {
    Field { key, label, help, kind }
}

const KEY: Field = field(
    "key",
    "Key",
    "Names it in the API and the database. It can't be changed once saved.",
    Kind::Key,
);
const LABEL: Field = field(
    "label",
    "Label",
    "",
    Kind::Text {
        max: 40,
        required: true,
    },
);

const fn description(help: &'static str) -> Field {
    let kind = Kind::Text {
        max: MAX_DESCRIPTION,
        required: false,
    };
    field("description", "Description", help, kind)
}

const SEVERITY: &[Field] = &[
    KEY,
    LABEL,
    description("When to choose it, in one line."),
    field(
        "emoji",
        "Emoji",
        "A coloured square, such as 🟥.",
        Kind::Text {
            max: 75,
            required: false,
        },
    ),
    field("reminders", "Remind people to send updates", "", Kind::Switch),
    field(
        "invite_groups",
        "Invited user groups",
        "Handles or ids, besides those that are invited to every incident.",
        TEXTS,
    ),
    field(
        "page_teams",
        "Paged teams",
        "Names or ids of escalation policies in PagerDuty that are paged when an incident gets this severity.",
        Kind::TextList { max: MAX_PAGE_TEAMS },
    ),
];

const STATUS: &[Field] = &[
    KEY,
    LABEL,
    field("resolved", "Incidents in this status are resolved", "", Kind::Switch),
];

const ROLE: &[Field] = &[
    KEY,
    LABEL,
    description("What it means, in one line."),
    field("duties", "Duties", "One per line.", Kind::Lines),
    field("needed_to_resolve", "Needed to resolve an incident", "", Kind::Switch),
];

fn default_severity(settings: &Settings) -> Result<(), String> {
    match settings.severity(&settings.default_severity) {
        Some(_) => Ok(()),
        None => Err(format!("“{}” is not one of the severities", settings.default_severity)),
    }
}

fn statuses(settings: &Settings) -> Result<(), String> {
    let all = &settings.statuses;
    let fits = all.first().is_some_and(|status| !status.resolved) && all.iter().any(|status| status.resolved);
    fits.then_some(())
        .ok_or_else(|| "the first must be open and one of them must be resolved".to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_defaults_are_valid() {
        assert_eq!(Settings::default().violations(), []);
    }

    #[test]
    fn every_setting_is_declared_whole() {
        let values = Settings::default().values();
        assert_eq!(values.len(), SETTINGS.len());
        let mut labels = HashSet::new();
        for setting in SETTINGS {
            let Setting { key, label, help, .. } = setting;
            assert!(!label.is_empty() && help.ends_with('.'), "{key}");
            assert!(
                labels.insert((setting.group, label)),
                "two settings of a page are called {label}"
            );
            let value = values[*key].clone();
            assert_eq!(setting.check_value(&value), [], "{key}");
            assert_eq!(setting.clean(value.clone()), value, "{key} is kept as it is");
            if let Kind::KeyOf(list) | Kind::KeysOf(list) = setting.kind {
                let list = Setting::find(list).unwrap();
                assert!(matches!(list.kind, Kind::Items { .. }), "{key}");
            }
            if let Kind::Items { fields, .. } = setting.kind {
                let mut item: Vec<_> = values[*key][0].as_object().unwrap().keys().collect();
                item.sort_unstable();
                let mut fields: Vec<_> = fields.iter().map(|field| field.key).collect();
                fields.sort_unstable();
                assert_eq!(item, fields, "{key}");
            }
        }
    }

    #[test]
    fn values_come_back_as_they_were() {
        let settings = Settings {
            meeting_link: Some("https://meet.example.com".to_owned()),
            archive_after_days: Some(30),
            reminder_here: false,
            ..Settings::default()
        };
        let again: Settings = serde_json::from_value(Value::Object(settings.values())).unwrap();
        assert_eq!(again, settings);
    }

    /// `make run` writes these into the database of the sandbox, where what does not fit would silently be left out.
    #[test]
    fn the_settings_of_the_sandbox_are_valid() {
        let json = include_str!("../../../../deploy/local/sandbox-settings.json");
        let settings: Settings = serde_json::from_str(json).unwrap();
        assert_eq!(settings.validate(), Ok(()));
        assert_eq!(settings.severity_keys(), Settings::default().severity_keys());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = |change: fn(&mut Settings)| {
            let mut settings = Settings::default();
            change(&mut settings);
            settings.validate().unwrap_err().setting
        };
        assert_eq!(wrong(|s| s.default_severity = "sev9".into()), "default_severity");
        assert_eq!(wrong(|s| s.severities[1].key = "sev1".into()), "severities");
        assert_eq!(wrong(|s| s.severities.clear()), "severities");
        assert_eq!(wrong(|s| s.statuses[3].resolved = false), "statuses");
        assert_eq!(wrong(|s| s.statuses[0].resolved = true), "statuses");
        assert_eq!(wrong(|s| s.roles[1].key = "incident_commander".into()), "roles");
        assert_eq!(wrong(|s| s.update_every_minutes = 0), "update_every_minutes");
        assert_eq!(wrong(|s| s.stale_every_days = 0), "stale_every_days");
        assert_eq!(wrong(|s| s.severities[0].page_teams = vec![" ".into()]), "severities");
        assert_eq!(
            wrong(|s| s.page_unacknowledged_minutes = 9_999),
            "page_unacknowledged_minutes"
        );
        assert_eq!(wrong(|s| s.pin_emoji = ":pushpin:".into()), "pin_emoji");
        assert_eq!(wrong(|s| s.providers = vec!["gitlab".into()]), "providers");
        assert_eq!(wrong(|s| s.providers = vec!["aws".into(), "aws".into()]), "providers");
        assert_eq!(wrong(|s| s.statuspage_groups = vec![" ".into()]), "statuspage_groups");
        assert_eq!(wrong(|s| s.rca_template = "<p>".into()), "rca_template");
        assert_eq!(wrong(|s| s.channel_topic = "x".repeat(251)), "channel_topic");
        assert_eq!(
            wrong(|s| s.guide_link = Some("javascript:alert(1)".into())),
            "guide_link"
        );
        assert_eq!(wrong(|s| s.meeting_link = Some("https://a b".into())), "meeting_link");
    }

    #[test]
    fn a_fault_in_a_list_says_where() {
        let mut settings = Settings::default();
        settings.severities[1].label = "SEV1".to_owned();
        settings.severities[2].label = String::new();
        let found: Vec<_> = settings.violations().into_iter().map(|wrong| wrong.path).collect();
        assert_eq!(found, ["1.label", "2.label"]);
    }

    #[test]
    fn what_people_type_is_tidied() {
        let clean = |key: &str, value: Value| Setting::find(key).unwrap().clean(value);
        assert_eq!(clean("meeting_link", json!(" ")), Value::Null);
        assert_eq!(
            clean("meeting_link", json!(" https://a.example\n")),
            "https://a.example"
        );
        assert_eq!(clean("pin_emoji", json!(":pushpin:")), "pushpin");
        assert_eq!(clean("declare_emoji", json!("")), Value::Null);
        assert_eq!(
            clean("invite_groups", json!([" oncall", "", "oncall"])),
            json!(["oncall"])
        );
        let role = json!([{ "key": " scribe ", "duties": ["Write.\0", " "], "needed_to_resolve": false, "odd": "\0" }]);
        let kept = json!([{ "key": "scribe", "duties": ["Write."], "needed_to_resolve": false }]);
        assert_eq!(clean("roles", role), kept);
    }
}
