//! Finding what somebody named among what the settings have.

/// What was named.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Named<'a, T> {
    /// This one.
    One(&'a T),
    /// None, or several that it could be.
    Unclear,
}

/// Finds what was typed among `things`: by its key or label in any case, else by a part of the label that no other has.
pub(crate) fn named<'a, T>(things: &'a [T], typed: &str, words: impl Fn(&T) -> (&str, &str)) -> Named<'a, T> {
    let typed = plain(typed);
    if typed.is_empty() {
        return Named::Unclear;
    }
    let is = |thing: &&T| {
        let (key, label) = words(thing);
        plain(key) == typed || plain(label) == typed
    };
    if let Some(thing) = things.iter().find(is) {
        return Named::One(thing);
    }
    let mut parts = things.iter().filter(|thing| plain(words(thing).1).contains(&typed));
    match (parts.next(), parts.next()) {
        (Some(thing), None) => Named::One(thing),
        _ => Named::Unclear,
    }
}

/// The labels, as a sentence names them.
pub(crate) fn list<'a>(labels: impl Iterator<Item = &'a str>) -> String {
    let labels: Vec<_> = labels.map(slack::text::escape).collect();
    match labels.as_slice() {
        [] => "none".to_owned(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

fn plain(text: &str) -> String {
    text.trim().to_lowercase().replace(['_', '-'], " ")
}

#[cfg(test)]
mod tests {
    use domain::Settings;

    use super::*;

    #[test]
    fn by_key_label_and_part() {
        let settings = Settings::default();
        let role = |typed| match named(&settings.roles, typed, |role| (&role.key, &role.label)) {
            Named::One(role) => Some(role.key.as_str()),
            Named::Unclear => None,
        };
        assert_eq!(role("incident_commander"), Some("incident_commander"));
        assert_eq!(role("TECHNICAL LEAD"), Some("technical_lead"));
        assert_eq!(role("commander"), Some("incident_commander"));
        assert_eq!(role("a"), None);
        assert_eq!(role("cook"), None);
        assert_eq!(role(" "), None);
        let severity = |typed| named(&settings.severities, typed, |severity| (&severity.key, &severity.label));
        assert_eq!(severity("1"), Named::One(&settings.severities[0]));
        assert_eq!(severity("sev"), Named::Unclear);
    }

    #[test]
    fn labels_make_a_sentence() {
        assert_eq!(list(["A", "B & C", "D"].into_iter()), "A, B &amp; C and D");
        assert_eq!(list(["A"].into_iter()), "A");
    }
}
