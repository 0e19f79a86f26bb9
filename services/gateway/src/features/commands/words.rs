//! The words themselves. Reading them knows nothing of incidents or settings.

use slack::text::{from_slack, mentioned_people};

/// What somebody asks for. Text is still as Slack sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wish<'a> {
    Help,
    /// What nobody understands.
    Unknown(&'a str),
    New(&'a str),
    List {
        open: bool,
    },
    Status(&'a str),
    Resolve,
    Reopen,
    /// With the new title, where one is given.
    Rename(&'a str),
    Export,
    Archive,
    Severity(&'a str),
    Role(&'a str),
    Update(&'a str),
    Timeline,
    /// To tell customers.
    Statuspage,
    /// What customers are told.
    OnStatuspage,
    /// Who is on call.
    Pager(&'a str),
    /// Page a team.
    Page,
    Rca,
    Diag,
    Planned,
    CallOff(&'a str),
    Ping,
    Version,
    Joke,
}

/// Reads what stands behind the command or the mention.
pub(crate) fn read(said: &str) -> Wish<'_> {
    let (word, rest) = first_word(said);
    match word.to_lowercase().as_str() {
        "new" | "declare" => Wish::New(rest),
        "list" | "ls" => Wish::List {
            open: !first_word(rest).0.eq_ignore_ascii_case("all"),
        },
        "lsoi" => Wish::List { open: true },
        "lsai" => Wish::List { open: false },
        "status" => Wish::Status(rest),
        "resolve" | "close" => Wish::Resolve,
        "reopen" => Wish::Reopen,
        "rename" => Wish::Rename(rest),
        "export" => Wish::Export,
        "archive" => Wish::Archive,
        "sev" | "severity" => Wish::Severity(rest),
        "role" | "roles" => Wish::Role(rest),
        "update" => Wish::Update(rest),
        "timeline" => Wish::Timeline,
        "rca" | "postmortem" => Wish::Rca,
        "diag" => Wish::Diag,
        "scheduler" => match first_word(rest) {
            ("", _) => Wish::Planned,
            (what, _) if what.eq_ignore_ascii_case("list") => Wish::Planned,
            (what, id) if what.eq_ignore_ascii_case("delete") => Wish::CallOff(id),
            _ => Wish::Unknown(said.trim()),
        },
        "ping" => Wish::Ping,
        "version" => Wish::Version,
        "joke" => Wish::Joke,
        "statuspage" => Wish::Statuspage,
        "ls-sp-inc" => Wish::OnStatuspage,
        "pager" | "oncall" => Wish::Pager(rest),
        "page" => Wish::Page,
        "" | "help" | "?" => Wish::Help,
        _ => Wish::Unknown(word),
    }
}

fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim();
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim())
}

/// Who is to have a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// Whoever asks.
    Me,
    /// Nobody any more.
    Nobody,
    /// Somebody in Slack.
    Person(String),
    /// A name that Slack did not recognise.
    Stranger(String),
}

/// The role that is meant, empty where none is named, and who is to have it, where that is said.
pub(crate) fn role(said: &str) -> (String, Option<Holder>) {
    let plain = |text: &str| from_slack(text, |_| None).trim().to_owned();
    // A label holds spaces, and so may the name in a mention.
    if let Some(at) = said.find("<@") {
        let person = mentioned_people(&said[at..]).into_iter().next();
        return (plain(&said[..at]), person.map(Holder::Person));
    }
    let (role, last) = said.trim().rsplit_once(char::is_whitespace).unwrap_or((said, ""));
    let holder = match last.to_lowercase().as_str() {
        "me" => Holder::Me,
        "none" | "nobody" => Holder::Nobody,
        name if name.starts_with('@') => Holder::Stranger(plain(last)),
        _ => return (plain(said), None),
    };
    (plain(role), Some(holder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_any_case_with_what_follows() {
        assert_eq!(read("  NEW  Payments fail  "), Wish::New("Payments fail"));
        assert_eq!(read("sev sev1"), Wish::Severity("sev1"));
        assert_eq!(read("status"), Wish::Status(""));
        assert_eq!(read("update two\nlines"), Wish::Update("two\nlines"));
        assert_eq!(read("scheduler delete 12ab"), Wish::CallOff("12ab"));
        assert_eq!(read("scheduler"), Wish::Planned);
        assert_eq!(read("ls-sp-inc"), Wish::OnStatuspage);
        assert_eq!(read("Statuspage"), Wish::Statuspage);
    }

    #[test]
    fn lists_have_short_words() {
        for (said, open) in [
            ("list", true),
            ("list open", true),
            ("list ALL", false),
            ("lsoi", true),
            ("lsai", false),
        ] {
            assert_eq!(read(said), Wish::List { open }, "{said}");
        }
    }

    #[test]
    fn what_nobody_understands_is_named() {
        for said in ["", " help ", "HELP me", "?"] {
            assert_eq!(read(said), Wish::Help, "{said}");
        }
        for (said, word) in [
            ("what can you do", "what"),
            (" scheduler  dance ", "scheduler  dance"),
            ("newish thing", "newish"),
            ("Frobnicate", "Frobnicate"),
        ] {
            assert_eq!(read(said), Wish::Unknown(word), "{said}");
        }
    }

    #[test]
    fn what_the_buttons_do_has_a_word() {
        assert_eq!(read("resolve"), Wish::Resolve);
        assert_eq!(read("Close it"), Wish::Resolve);
        assert_eq!(read("reopen"), Wish::Reopen);
        assert_eq!(read("rename Payments fail"), Wish::Rename("Payments fail"));
        assert_eq!(read("export"), Wish::Export);
        assert_eq!(read("archive"), Wish::Archive);
        assert_eq!(read("pager payments"), Wish::Pager("payments"));
    }

    #[test]
    fn a_role_and_who_gets_it() {
        let of = |said| {
            let (role, holder) = role(said);
            (role, holder)
        };
        assert_eq!(of(""), (String::new(), None));
        assert_eq!(of("Incident commander"), ("Incident commander".to_owned(), None));
        assert_eq!(
            of("Incident commander me"),
            ("Incident commander".to_owned(), Some(Holder::Me))
        );
        assert_eq!(of("lead none"), ("lead".to_owned(), Some(Holder::Nobody)));
        assert_eq!(
            of("technical lead <@U2|bob b>"),
            ("technical lead".to_owned(), Some(Holder::Person("U2".to_owned())))
        );
        assert_eq!(
            of("lead @nobody.knows"),
            ("lead".to_owned(), Some(Holder::Stranger("@nobody.knows".to_owned())))
        );
    }
}
