//! Finding what somebody named among what the settings have.

/// What was named.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Named<'a, T> {
    /// This one.
    One(&'a T),
    /// None, or several that it could be.
    Unclear,
}

/// How somebody may name a thing, from the surest way to the least sure.
const WAYS: [fn(&str, &str) -> bool; 4] = [is_initials, begins_words, is_part, contracts_words];

/// Finds what was typed among `things`, in any case: by its key or label, else by the initials of its label (`ic`), else by
/// the beginnings of words of its label (`tech lead`, `comms`), else by a part of its label. What fits several in the first
/// way that fits any is unclear.
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
    for fits in WAYS {
        let mut found = things.iter().filter(|thing| fits(&plain(words(thing).1), &typed));
        match (found.next(), found.next()) {
            (Some(thing), None) => return Named::One(thing),
            (Some(_), Some(_)) => return Named::Unclear,
            (None, _) => {}
        }
    }
    Named::Unclear
}

/// Whether these are the initials of a label of several words.
fn is_initials(label: &str, typed: &str) -> bool {
    let initials: String = label
        .split_whitespace()
        .filter_map(|word| word.chars().next())
        .collect();
    initials.chars().count() > 1 && initials == typed
}

/// Whether each word begins a word of the label, in the same order.
fn begins_words(label: &str, typed: &str) -> bool {
    fits_words(label, typed, |word, short| word.starts_with(short))
}

/// Whether each word is a short form of a word of the label, in the same order: it has at least three letters, begins and
/// ends as the word does, and has its letters in their order.
fn contracts_words(label: &str, typed: &str) -> bool {
    fits_words(label, typed, |word, short| {
        let mut letters = word.chars();
        short.chars().count() >= 3
            && word.chars().next() == short.chars().next()
            && word.chars().next_back() == short.chars().next_back()
            && short.chars().all(|letter| letters.any(|other| other == letter))
    })
}

fn fits_words(label: &str, typed: &str, fits: impl Fn(&str, &str) -> bool) -> bool {
    let mut words = label.split_whitespace();
    typed
        .split_whitespace()
        .all(|short| words.any(|word| fits(word, short)))
}

fn is_part(label: &str, typed: &str) -> bool {
    label.contains(typed)
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
        assert_eq!(role("IC"), Some("incident_commander"));
        assert_eq!(role("tl"), Some("technical_lead"));
        assert_eq!(role("comms"), Some("communications_liaison"));
        assert_eq!(role("cmdr"), Some("incident_commander"));
        assert_eq!(role("tech lead"), Some("technical_lead"));
        // It begins words of two roles.
        assert_eq!(role("com"), None);
        assert_eq!(role("a"), None);
        assert_eq!(role("cook"), None);
        assert_eq!(role(" "), None);
        let severity = |typed| named(&settings.severities, typed, |severity| (&severity.key, &severity.label));
        assert_eq!(severity("1"), Named::One(&settings.severities[0]));
        assert_eq!(severity("sev"), Named::Unclear);
    }

    fn find<'a>(labels: &'a [String], typed: &str) -> Option<&'a str> {
        match named(labels, typed, |label| ("", label)) {
            Named::One(label) => Some(label),
            Named::Unclear => None,
        }
    }

    /// Labels of one to three short words of few letters, so that they often look alike, and something typed.
    fn some(state: &mut u64) -> (Vec<String>, String) {
        let mut below = |end: u64| {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (*state >> 33) % end
        };
        let mut words = |most_words: u64, most_letters: u64| {
            let mut letters = |count: u64| -> String {
                let letter = |_| ["a", "b", "c", "s"][usize::try_from(below(4)).unwrap()];
                (0..count).map(letter).collect()
            };
            let words: Vec<_> = (0..most_words).map(|at| letters(1 + (most_letters + at) % 3)).collect();
            words.join(" ")
        };
        let mut labels: Vec<_> = (0..4).map(|at| words(1 + at % 3, at)).collect();
        labels.sort_unstable();
        labels.dedup();
        let typed = words(1 + u64::from(labels.len() % 3 == 0), 1);
        (labels, typed)
    }

    #[test]
    fn what_is_found_is_the_only_one_that_fits_so_well() {
        let mut state = 7;
        let mut found = 0;
        for _ in 0..5_000 {
            let (labels, typed) = some(&mut state);
            for label in &labels {
                assert_eq!(find(&labels, &label.to_uppercase()), Some(label.as_str()), "{labels:?}");
            }
            let fitting = |fits: &fn(&str, &str) -> bool| -> Vec<&str> {
                let labels = labels.iter().map(String::as_str);
                labels.filter(|label| fits(label, &typed)).collect()
            };
            let first = WAYS.iter().map(fitting).find(|found| !found.is_empty());
            let wanted = match first.as_deref() {
                _ if labels.contains(&typed) => Some(typed.as_str()),
                Some([only]) => Some(*only),
                _ => None,
            };
            assert_eq!(find(&labels, &typed), wanted, "{typed} in {labels:?}");
            found += i32::from(wanted.is_some());
        }
        assert!(found > 500, "{found}");
    }

    #[test]
    fn labels_make_a_sentence() {
        assert_eq!(list(["A", "B & C", "D"].into_iter()), "A, B &amp; C and D");
        assert_eq!(list(["A"].into_iter()), "A");
    }
}
