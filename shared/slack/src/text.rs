//! Text on its way into and out of Slack.
//!
//! In mrkdwn `&`, `<` and `>` are Slack's own signs: text of people has them escaped, so that nobody is mentioned who was
//! not meant. What people write reaches us with tokens such as `<@U1>`, which [`from_slack`] turns back into what they saw.

use chrono::{DateTime, Utc};

/// The most characters of a section's text.
pub const MAX_SECTION: usize = 3_000;

/// Makes text of people harmless within a sentence of mrkdwn: nobody is mentioned, and nothing in it is a sign for style,
/// which would end the style that stands around it. Mrkdwn knows no escape for those, so a look-alike stands for them.
pub fn escape(text: &str) -> String {
    let mut harmless = String::with_capacity(text.len());
    for_each_with_neighbours(text, |before, c, after| match stand_in(before, c, after) {
        Some(stand_in) => harmless.push_str(stand_in),
        None => harmless.push(c),
    });
    harmless
}

/// Escapes Slack's own three signs and nothing else, for addresses and for text whose style is meant.
pub fn escape_signs(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The same as [`escape`], cut so that it has at most this many characters afterwards.
pub fn escape_within(text: &str, most: usize) -> String {
    let whole = escape(text);
    if whole.encode_utf16().count() <= most {
        return whole;
    }
    let mut cut = String::new();
    let mut room = most.saturating_sub(1);
    let mut rest = whole.as_str();
    while !rest.is_empty() {
        let (token, after) = rest.split_at(inseparable(rest, most));
        let length = token.encode_utf16().count();
        if length > room {
            break;
        }
        room -= length;
        cut.push_str(token);
        rest = after;
    }
    cut.push('…');
    cut
}

/// Text of people as Slack shows their own messages: addresses are links, and their signs for style mean something. Nobody
/// is mentioned by it.
pub fn formatted(typed: &str) -> String {
    with_links(typed, escape_signs)
}

/// The same as [`escape`], with its addresses as links: our text is verbatim, and Slack makes none of bare addresses there.
pub fn linked(text: &str) -> String {
    with_links(text, escape)
}

fn with_links(typed: &str, escaped: fn(&str) -> String) -> String {
    let mut finder = linkify::LinkFinder::new();
    finder.kinds(&[linkify::LinkKind::Url]).url_must_have_scheme(true);
    let mut mrkdwn = String::with_capacity(typed.len());
    for span in finder.spans(typed) {
        let text = span.as_str();
        // Quotation marks around an address are not part of it; one that was cut leads nowhere.
        let address = &text[..text.find(['“', '”', '„', '»', '…']).unwrap_or(text.len())];
        let address = address.trim_end_matches(['.', ',', ':', ';', '!', '?', '*']);
        let after = &text[address.len()..];
        let is_web = address.starts_with("http://") || address.starts_with("https://");
        if span.kind().is_some() && is_web && !after.starts_with('…') {
            mrkdwn.push('<');
            mrkdwn.push_str(&escape_signs(address));
            mrkdwn.push('>');
            mrkdwn.push_str(&escaped(after));
        } else {
            mrkdwn.push_str(&escaped(text));
        }
    }
    mrkdwn
}

fn for_each_with_neighbours(text: &str, mut each: impl FnMut(Option<char>, char, Option<char>)) {
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        each(before, c, chars.peek().copied());
        before = Some(c);
    }
}

/// What stands for a character that would mean something between these two.
fn stand_in(before: Option<char>, c: char, after: Option<char>) -> Option<&'static str> {
    let look_alike = match c {
        '&' => return Some("&amp;"),
        '<' => return Some("&lt;"),
        // A quotation begins at the beginning of a line, escaped or not.
        '>' if before.is_none_or(|before| before == '\n') => return Some("›"),
        '>' => return Some("&gt;"),
        '`' => return Some("ˋ"),
        '*' => "∗",
        '_' => "ˍ",
        '~' => "∼",
        _ => return None,
    };
    // Within a word and between spaces it is no sign.
    let within = |is: fn(char) -> bool| before.is_some_and(is) && after.is_some_and(is);
    let means_nothing = within(char::is_alphanumeric) || within(char::is_whitespace);
    (!means_nothing).then_some(look_alike)
}

/// Cuts text into pieces that fit a section of plain text each, at a line end or a space where one is near.
///
/// Lengths are counted as UTF-16, the strictest way in which Slack could count them.
pub fn sections(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut length = 0;
    for c in text.chars() {
        if length + c.len_utf16() > MAX_SECTION {
            let rest = split_off_last_word(&mut piece);
            pieces.push(std::mem::replace(&mut piece, rest));
            length = piece.encode_utf16().count();
        }
        piece.push(c);
        length += c.len_utf16();
    }
    if !piece.trim().is_empty() {
        pieces.push(piece);
    }
    pieces
}

/// Cuts mrkdwn into pieces that fit a section each, at a line end or a space where there is one, and never within an escaped
/// sign, a mention or a link.
pub fn mrkdwn_sections(mrkdwn: &str) -> Vec<String> {
    pieces(mrkdwn, MAX_SECTION)
}

/// Mrkdwn that fits a section; what is too long ends in `…`.
pub fn mrkdwn_within_section(mrkdwn: String) -> String {
    if mrkdwn.encode_utf16().count() <= MAX_SECTION {
        return mrkdwn;
    }
    let first = pieces(&mrkdwn, MAX_SECTION - 1).into_iter().next();
    format!("{}…", first.unwrap_or_default().trim_end())
}

fn pieces(mrkdwn: &str, most: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let (mut piece, mut length) = (String::new(), 0);
    // Where the piece may be cut: behind a space that is no part of a link.
    let mut end = None;
    let mut rest = mrkdwn;
    while !rest.is_empty() {
        let (token, after) = rest.split_at(inseparable(rest, most));
        rest = after;
        let token_length = token.encode_utf16().count();
        if length + token_length > most {
            let next = match end.take() {
                Some(end) if end > piece.len() / 2 => piece.split_off(end),
                _ => String::new(),
            };
            pieces.push(std::mem::replace(&mut piece, next));
            length = piece.encode_utf16().count();
        }
        piece.push_str(token);
        length += token_length;
        if token == "\n" || token == " " {
            end = Some(piece.len());
        }
    }
    pieces.push(piece);
    pieces.retain(|piece| !piece.trim().is_empty());
    pieces
}

/// How many bytes belong together at the beginning: an escaped sign, what stands in `<…>`, or a character.
fn inseparable(mrkdwn: &str, most: usize) -> usize {
    // The longest escaped sign is `&amp;`.
    let (end, most) = match mrkdwn.as_bytes().first() {
        Some(b'<') => (mrkdwn.find('>'), most),
        Some(b'&') => (mrkdwn.find(';'), "&amp;".len()),
        _ => return mrkdwn.chars().next().map_or(0, char::len_utf8),
    };
    end.filter(|end| *end < most).map_or(1, |end| end + 1)
}

/// Takes the last word off, when it is short beside the whole.
fn split_off_last_word(piece: &mut String) -> String {
    match piece.rfind([' ', '\n']) {
        Some(at) if at > piece.len() / 2 => {
            let rest = piece.split_off(at);
            rest[1..].to_owned()
        }
        _ => String::new(),
    }
}

/// A mention of somebody: they are notified.
pub fn mention(user: &str) -> String {
    format!("<@{user}>")
}

/// A link to a channel.
pub fn channel(id: &str) -> String {
    format!("<#{id}>")
}

/// A link with a label; the label is ours, not people's.
pub fn link(address: &str, label: &str) -> String {
    format!("<{}|{label}>", escape_signs(address))
}

/// A moment, drawn by Slack in the reader's own zone; readers without it see UTC.
pub fn moment(at: DateTime<Utc>) -> String {
    format!(
        "<!date^{}^{{date_short_pretty}} at {{time}}|{}>",
        at.timestamp(),
        at.format("%Y-%m-%d %H:%M UTC")
    )
}

/// How long ago a moment was, counted by Slack as long as somebody looks; readers without it see when.
pub fn ago(at: DateTime<Utc>) -> String {
    format!(
        "<!date^{}^{{ago}}|{}>",
        at.timestamp(),
        at.format("on %Y-%m-%d at %H:%M UTC")
    )
}

/// What somebody wrote, as they saw it: escapes and tokens of Slack are undone. `name_of` gives the name of a person, a
/// channel or a user group by its id, see [`mentioned_ids`].
pub fn from_slack(text: &str, name_of: impl Fn(&str) -> Option<String>) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        plain.push_str(&unescape(&rest[..start]));
        let Some(end) = rest[start..].find('>') else {
            rest = &rest[start..];
            break;
        };
        plain.push_str(&token(&rest[start + 1..start + end], &name_of));
        rest = &rest[start + end + 1..];
    }
    plain.push_str(&unescape(rest));
    plain
}

/// What is said to `user` in a text of Slack's: what stands after their first mention, or before it where nothing does.
pub fn said_to<'a>(user: &str, text: &'a str) -> &'a str {
    let mut from = 0;
    while let Some(start) = text[from..].find("<@").map(|at| from + at) {
        let Some(end) = text[start..].find('>').map(|at| start + at) else {
            break;
        };
        let mentioned = text[start + 2..end].split('|').next();
        if mentioned == Some(user) {
            let after = text[end + 1..].trim();
            return if after.is_empty() { text[..start].trim() } else { after };
        }
        from = start + 2;
    }
    text.trim()
}

/// The ids of the people, channels and user groups that a text of Slack's mentions.
pub fn mentioned_ids(text: &str) -> Vec<String> {
    let after = |sign: &str| {
        let tokens = text.split(sign).skip(1);
        let ids = tokens.filter_map(|rest| rest.split(['>', '|']).next());
        ids.map(str::to_owned).collect::<Vec<_>>()
    };
    [after("<@"), after("<#"), after("<!subteam^")].concat()
}

/// The ids of the people that a text of Slack's mentions.
pub fn mentioned_people(text: &str) -> Vec<String> {
    let tokens = text
        .split("<@")
        .skip(1)
        .filter_map(|rest| rest.split(['>', '|']).next());
    tokens.map(str::to_owned).collect()
}

fn token(token: &str, name_of: &impl Fn(&str) -> Option<String>) -> String {
    let (target, label) = token
        .split_once('|')
        .map_or((token, None), |(target, label)| (target, Some(label)));
    if let Some(user) = target.strip_prefix('@') {
        let name = name_of(user)
            .or_else(|| label.map(unescape))
            .unwrap_or_else(|| user.to_owned());
        format!("@{name}")
    } else if let Some(channel) = target.strip_prefix('#') {
        // Slack leaves the label out, or empty, more and more.
        let name = name_of(channel).or_else(|| label.filter(|label| !label.is_empty()).map(unescape));
        name.map_or_else(|| "a private channel".to_owned(), |name| format!("#{name}"))
    } else if let Some(group) = target.strip_prefix("!subteam^") {
        let label = label.map(|label| unescape(label.trim_start_matches('@')));
        let name = name_of(group).or_else(|| label.filter(|label| !label.is_empty()));
        name.map_or_else(|| "a user group".to_owned(), |name| format!("@{name}"))
    } else if let Some(special) = target.strip_prefix('!') {
        label.map_or_else(|| format!("@{special}"), unescape)
    } else {
        match label {
            // `<mailto:a@b|a@b>` and `<https://a.b|a.b>`: what was typed is the label.
            Some(label) if target.ends_with(label) => unescape(label),
            Some(label) => format!("{} ({})", unescape(label), unescape(target)),
            None => unescape(target),
        }
    }
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nobody(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn nobody_is_mentioned_by_what_people_type() {
        assert_eq!(escape("<!channel> & <@U1>"), "&lt;!channel&gt; &amp; &lt;@U1&gt;");
        assert_eq!(formatted("<!channel> & <@U1>"), "&lt;!channel&gt; &amp; &lt;@U1&gt;");
    }

    #[test]
    fn style_in_a_title_does_not_end_the_style_around_it() {
        assert_eq!(escape("*all* of `db`, ~_now_~"), "∗all∗ of ˋdbˋ, ∼ˍnowˍ∼");
        assert_eq!(escape("> 5 % of *"), "› 5 % of ∗");
        assert_eq!(escape("a > b\n> c"), "a &gt; b\n› c");
        assert_eq!(
            escape("PAYMENTS_API_TOKEN, 2*3, 2 * 3"),
            "PAYMENTS_API_TOKEN, 2*3, 2 * 3"
        );
    }

    #[test]
    fn what_is_meant_as_link_or_style_is_one() {
        assert_eq!(
            formatted("*EU* is down, see https://grafana.example/d/1?a=b&c=(d). Or `kubectl get po`"),
            "*EU* is down, see <https://grafana.example/d/1?a=b&amp;c=(d)>. Or `kubectl get po`"
        );
        assert_eq!(
            formatted("mailto:a@b.example file:///etc x:y"),
            "mailto:a@b.example file:///etc x:y"
        );
    }

    #[test]
    fn an_address_in_a_sentence_is_a_link() {
        assert_eq!(
            linked("bob sent an update: “*look* https://a.example/?a=b&c=_d_”"),
            "bob sent an update: “∗look∗ <https://a.example/?a=b&amp;c=_d_>”"
        );
        assert_eq!(linked("“see https://a.example/x.”"), "“see <https://a.example/x>.”");
        assert_eq!(linked("https://a.example/lo…"), "https://a.example/lo…");
        assert_eq!(formatted("„https://a.example/“"), "„<https://a.example/>“");
    }

    #[test]
    fn an_escape_is_never_cut() {
        assert_eq!(escape_within("a & b", 9), "a &amp; b");
        assert_eq!(escape_within("a & b", 8), "a &amp;…");
        assert_eq!(escape_within("a & b", 7), "a …");
        assert!(escape_within(&"🔥".repeat(3_000), 3_000).encode_utf16().count() <= 3_000);
    }

    #[test]
    fn escapes_and_tokens_are_undone() {
        let name_of = |id: &str| (id == "U1").then(|| "alice".to_owned());
        assert_eq!(
            from_slack(
                "a &amp; b &lt;c&gt; <@U1> <@U2|bob> <#C1|general> <!here> <https://x.y/z>",
                name_of
            ),
            "a & b <c> @alice @bob #general @here https://x.y/z"
        );
        let name_of = |id: &str| match id {
            "C9" => Some("checkout".to_owned()),
            "S1" => Some("payments-oncall".to_owned()),
            _ => None,
        };
        assert_eq!(
            from_slack("see <#C9|> and <#C9>, ask <!subteam^S1> or <!subteam^S1|@old>", name_of),
            "see #checkout and #checkout, ask @payments-oncall or @payments-oncall"
        );
        assert_eq!(
            from_slack("<#C8>, <#C8|>, <!subteam^S2>, <!subteam^S3|@ops>", name_of),
            "a private channel, a private channel, a user group, @ops"
        );
        assert_eq!(from_slack("<https://example.com|example.com>", nobody), "example.com");
        assert_eq!(from_slack("<https://x.y|the guide>", nobody), "the guide (https://x.y)");
        assert_eq!(from_slack("1 <2", nobody), "1 <2");
    }

    #[test]
    fn who_is_mentioned() {
        assert_eq!(mentioned_people("<@U1> and <@U2|bob>, not <!here>"), ["U1", "U2"]);
        assert_eq!(
            mentioned_ids("<#C1|> <@U1> <!subteam^S1|@ops> <@U2|bob>, not <!here>"),
            ["U1", "U2", "C1", "S1"]
        );
    }

    #[test]
    fn what_stands_after_the_mention() {
        assert_eq!(said_to("UBOT", "hey <@UBOT>  new Payments <@U1>"), "new Payments <@U1>");
        assert_eq!(said_to("UBOT", " new "), "new");
        assert_eq!(said_to("UBOT", "status <@UBOT|incident-bot>"), "status");
    }

    #[test]
    fn long_text_is_cut_at_words_and_nothing_is_lost() {
        let text = "latency rises & falls\n".repeat(200);
        let pieces = sections(&text);
        assert!(pieces.len() == 2 && pieces.iter().all(|piece| piece.chars().count() <= MAX_SECTION));
        assert_eq!(pieces.join(" ").replace('\n', " "), text.replace('\n', " "));
    }

    #[test]
    fn the_longest_description_needs_few_sections() {
        assert_eq!(sections(&"&".repeat(3_000)), ["&".repeat(3_000)]);
        assert_eq!(sections(&"🔥".repeat(3_000)).concat(), "🔥".repeat(3_000));
        assert_eq!(sections("  "), Vec::<String>::new());
    }

    #[test]
    fn a_moment_has_a_fallback() {
        let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        assert_eq!(
            moment(at),
            "<!date^1700000000^{date_short_pretty} at {time}|2023-11-14 22:13 UTC>"
        );
    }

    #[test]
    fn pieces_of_mrkdwn_are_whole() {
        let words = [
            "&amp;",
            "&lt;",
            "<@U1>",
            "<https://example.com/a b|a link>",
            "word",
            "\n",
            " ",
            "é",
            "🟧",
            "x&y",
        ];
        let mut state = 7_u64;
        for round in 0..300 {
            let mut text = String::new();
            while text.len() < round * 40 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                text.push_str(words[usize::try_from(state >> 33).unwrap() % words.len()]);
            }
            let pieces = mrkdwn_sections(&text);
            let whole: String = pieces.concat();
            assert_eq!(whole.trim(), text.trim(), "nothing is lost");
            for piece in &pieces {
                assert!(piece.encode_utf16().count() <= MAX_SECTION);
                assert_eq!(piece.matches('<').count(), piece.matches('>').count(), "{piece}");
                assert!(
                    !piece.ends_with("&am") && !piece.starts_with("amp;") && !piece.starts_with("lt;"),
                    "{piece}"
                );
            }
            let cut = mrkdwn_within_section(text.clone());
            assert!(cut.encode_utf16().count() <= MAX_SECTION);
            assert_eq!(cut.matches('<').count(), cut.matches('>').count());
            assert!(cut == text || cut.ends_with('…'));
        }
        // What never ends is no link.
        assert_eq!(mrkdwn_sections(&"<".repeat(7_000)).len(), 3);
    }

    #[test]
    fn what_stands_before_our_mention_does_not_matter() {
        let before = [
            "",
            "hey",
            "<#C1>",
            "<https://x.example|a link>",
            "<@U2>",
            "<@U2|bob b>",
            "a &gt; b >",
            "<@U",
            "<",
        ];
        for first in before {
            for second in before {
                for third in before {
                    let text = format!("{first} {second}{third}<@UBOT> new <@U2> > Payments");
                    assert_eq!(said_to("UBOT", &text), "new <@U2> > Payments", "{text}");
                }
            }
        }
    }
}
