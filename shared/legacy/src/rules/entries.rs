//! Entries of a timeline. They have no type there: their text tells what they are.

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The incident was declared.
    Created,
    /// Somebody was given a role.
    RoleAssigned,
    /// Somebody took a role.
    RoleClaimed,
    /// The severity was set.
    Severity,
    /// People will be reminded.
    ReminderAdded,
    /// People are not reminded any more.
    ReminderRemoved,
    /// The status was changed, or was to be.
    Status,
    /// The RCA channel is there.
    RcaChannel,
    /// The RCA document was written, or was to be.
    RcaPage,
    /// A team was paged.
    Paged,
    /// The chat was exported.
    ChatExported,
    /// A person typed it.
    Manual,
    /// The bot wrote it, and it is none of the above.
    Other,
}

/// How an automatic entry begins and ends.
const AUTOMATIC: &[(Kind, &str, &str)] = &[
    (Kind::Created, "Incident created.", ""),
    (Kind::Severity, "Severity set to ", "."),
    (Kind::ReminderAdded, "Scheduled reminder job created.", ""),
    (
        Kind::ReminderRemoved,
        "Deleted scheduled reminder for incident updates.",
        "",
    ),
    (Kind::Status, "Status was changed to ", "."),
    (Kind::RcaChannel, "RCA channel was created.", ""),
    (Kind::RcaPage, "RCA was automatically created: ", ""),
    (Kind::Paged, "Created PagerDuty incident for team ", "."),
    (Kind::ChatExported, "Incident chat log was exported by ", "."),
];

/// A role that an entry speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleEntry<'a> {
    /// The person's handle.
    pub handle: &'a str,
    /// Key of the role.
    pub role: &'a str,
}

impl Kind {
    /// What an entry is, by its text, by whether it names somebody, whether its time is exact to the minute only, and
    /// whether it is the first of its timeline.
    ///
    /// People may type anything, also the text of an automatic entry: those name nobody, but for the first one.
    pub fn of(text: &str, names_somebody: bool, whole_minute: bool, first: bool) -> Self {
        match automatic(text) {
            Some(Self::Created) if first => Self::Created,
            Some(kind) if !(names_somebody && whole_minute) => kind,
            _ if whole_minute => Self::Manual,
            _ => Self::Other,
        }
    }

    /// Whether the bot wrote it.
    pub const fn is_automatic(self) -> bool {
        !matches!(self, Self::Manual)
    }

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::RoleAssigned => "role_assigned",
            Self::RoleClaimed => "role_claimed",
            Self::Severity => "severity",
            Self::ReminderAdded => "reminder_added",
            Self::ReminderRemoved => "reminder_removed",
            Self::Status => "status",
            Self::RcaChannel => "rca_channel",
            Self::RcaPage => "rca_page",
            Self::Paged => "paged",
            Self::ChatExported => "chat_exported",
            Self::Manual => "manual",
            Self::Other => "other",
        }
    }
}

fn automatic(text: &str) -> Option<Kind> {
    if let Some((kind, _)) = role(text) {
        return Some(kind);
    }
    let fits = |(_, begin, end): &&(Kind, &str, &str)| match text.strip_prefix(begin) {
        // A whole sentence, or one that goes on.
        Some("") => end.is_empty() && begin.ends_with('.'),
        Some(rest) => !begin.ends_with('.') && rest.len() > end.len() && rest.ends_with(end),
        None => false,
    };
    AUTOMATIC.iter().find(fits).map(|(kind, ..)| *kind)
}

/// The role that an entry speaks of, where it does.
pub fn role(text: &str) -> Option<(Kind, RoleEntry<'_>)> {
    let rest = text.strip_prefix("User ")?.strip_suffix('.')?;
    let (kind, (handle, role)) = match rest.split_once(" was assigned role ") {
        Some(parts) => (Kind::RoleAssigned, parts),
        None => (Kind::RoleClaimed, rest.split_once(" claimed role ")?),
    };
    let is_key = |key: &str| !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    (!handle.is_empty() && !handle.contains(' ') && is_key(role)).then_some((kind, RoleEntry { handle, role }))
}

/// The status that an entry speaks of, or the severity in lower case.
pub fn value(text: &str) -> Option<String> {
    let rest = text
        .strip_prefix("Status was changed to ")
        .or_else(|| text.strip_prefix("Severity set to "))?;
    Some(rest.strip_suffix('.')?.to_lowercase())
}

/// Whether what an entry says came true, for each entry of a timeline in order of writing: 0.8.2 writes entries about
/// status and severity before it tries. The columns of the incident tell how it ended.
pub fn took_effect(entries: &[(Kind, &str)], status: &str, severity: &str) -> Vec<Option<bool>> {
    let mut effects = vec![None; entries.len()];
    for (of, column) in [(Kind::Status, status), (Kind::Severity, severity)] {
        let places: Vec<_> = (0..entries.len()).filter(|place| entries[*place].0 == of).collect();
        for (nth, &place) in places.iter().enumerate() {
            let said = value(entries[place].1).unwrap_or_default();
            let next = places.get(nth + 1).copied();
            effects[place] = Some(match next {
                None => said == column,
                // Resolving fails half-way for want of roles and the like. What follows when it does not: the reminder
                // goes, the page is written.
                Some(next) if of == Kind::Status && said == "resolved" => entries[place..next]
                    .iter()
                    .any(|(kind, _)| matches!(kind, Kind::ReminderRemoved | Kind::RcaPage)),
                Some(_) => true,
            });
        }
    }
    effects
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Kind {
        Kind::of(text, false, false, false)
    }

    #[test]
    fn text_tells_what_an_entry_is() {
        for (text, kind) in [
            ("Incident created.", Kind::Created),
            (
                "User dan.adams was assigned role incident_commander.",
                Kind::RoleAssigned,
            ),
            (
                "User None was assigned role communications_liaison.",
                Kind::RoleAssigned,
            ),
            ("User ned.adams claimed role technical_lead.", Kind::RoleClaimed),
            ("Severity set to SEV2.", Kind::Severity),
            ("Scheduled reminder job created.", Kind::ReminderAdded),
            (
                "Deleted scheduled reminder for incident updates.",
                Kind::ReminderRemoved,
            ),
            ("Status was changed to resolved.", Kind::Status),
            ("RCA channel was created.", Kind::RcaChannel),
            ("RCA was automatically created: None", Kind::RcaPage),
            ("RCA was automatically created: https://example.com/x", Kind::RcaPage),
            ("Created PagerDuty incident for team Platform rota.", Kind::Paged),
            ("Incident chat log was exported by {'id': 'U1'}.", Kind::ChatExported),
            ("Something that another release writes.", Kind::Other),
        ] {
            assert_eq!(of(text), kind, "{text}");
        }
    }

    #[test]
    fn people_may_type_what_the_bot_writes() {
        assert_eq!(Kind::of("Severity set to SEV1.", true, true, false), Kind::Manual);
        assert_eq!(Kind::of("Incident created.", true, true, false), Kind::Manual);
        assert_eq!(Kind::of("Incident created.", true, true, true), Kind::Created);
        assert_eq!(Kind::of("Pool size raised", false, true, false), Kind::Manual);
        for text in [
            "Severity set to ",
            "User x was assigned role .",
            "User a b claimed role x.",
            "Incident created. Really",
            "Severity set to .",
        ] {
            assert_eq!(Kind::of(text, false, true, false), Kind::Manual, "{text}");
        }
    }

    #[test]
    fn roles_and_values_are_read() {
        let (kind, entry) = role("User uma.adams claimed role technical_lead.").unwrap();
        assert_eq!(
            (kind, entry.handle, entry.role),
            (Kind::RoleClaimed, "uma.adams", "technical_lead")
        );
        assert_eq!(value("Severity set to SEV2.").as_deref(), Some("sev2"));
        assert_eq!(
            value("Status was changed to identified.").as_deref(),
            Some("identified")
        );
        assert_eq!(value("RCA channel was created."), None);
    }

    fn effects(texts: &[&str], status: &str, severity: &str) -> Vec<bool> {
        let entries: Vec<_> = texts.iter().map(|text| (of(text), *text)).collect();
        took_effect(&entries, status, severity).into_iter().flatten().collect()
    }

    #[test]
    fn what_was_said_and_not_done_is_told_apart() {
        let resolved = "Status was changed to resolved.";
        let monitoring = "Status was changed to monitoring.";
        let page = "RCA was automatically created: https://example.com/x";
        assert_eq!(
            effects(
                &[resolved, "RCA channel was created.", resolved, monitoring],
                "monitoring",
                "sev4"
            ),
            [false, false, true]
        );
        assert_eq!(effects(&[resolved, resolved], "resolved", "sev4"), [false, true]);
        assert_eq!(
            effects(
                &[resolved, page, "Status was changed to investigating.", resolved],
                "investigating",
                "sev4"
            ),
            [true, true, false]
        );
        assert_eq!(
            effects(
                &["Severity set to SEV1.", "Severity set to SEV4."],
                "investigating",
                "sev4"
            ),
            [true, true]
        );
        assert_eq!(effects(&["Severity set to SEV2."], "investigating", "sev3"), [false]);
    }
}
