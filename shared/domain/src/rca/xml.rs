//! XML: text of people made harmless, and storage format read.

use roxmltree::{Document, ParsingOptions};

use super::rich::{Piece, Style, lines};

/// Entities that storage format may use: those of HTML that Confluence itself writes.
const ENTITIES: &[(&str, u32)] = &[
    ("nbsp", 160),
    ("iexcl", 161),
    ("cent", 162),
    ("pound", 163),
    ("curren", 164),
    ("yen", 165),
    ("brvbar", 166),
    ("sect", 167),
    ("uml", 168),
    ("copy", 169),
    ("ordf", 170),
    ("laquo", 171),
    ("not", 172),
    ("shy", 173),
    ("reg", 174),
    ("macr", 175),
    ("deg", 176),
    ("plusmn", 177),
    ("sup2", 178),
    ("sup3", 179),
    ("acute", 180),
    ("micro", 181),
    ("para", 182),
    ("middot", 183),
    ("cedil", 184),
    ("sup1", 185),
    ("ordm", 186),
    ("raquo", 187),
    ("frac14", 188),
    ("frac12", 189),
    ("frac34", 190),
    ("iquest", 191),
    ("Agrave", 192),
    ("Aacute", 193),
    ("Acirc", 194),
    ("Atilde", 195),
    ("Auml", 196),
    ("Aring", 197),
    ("AElig", 198),
    ("Ccedil", 199),
    ("Egrave", 200),
    ("Eacute", 201),
    ("Ecirc", 202),
    ("Euml", 203),
    ("Igrave", 204),
    ("Iacute", 205),
    ("Icirc", 206),
    ("Iuml", 207),
    ("ETH", 208),
    ("Ntilde", 209),
    ("Ograve", 210),
    ("Oacute", 211),
    ("Ocirc", 212),
    ("Otilde", 213),
    ("Ouml", 214),
    ("times", 215),
    ("Oslash", 216),
    ("Ugrave", 217),
    ("Uacute", 218),
    ("Ucirc", 219),
    ("Uuml", 220),
    ("Yacute", 221),
    ("THORN", 222),
    ("szlig", 223),
    ("agrave", 224),
    ("aacute", 225),
    ("acirc", 226),
    ("atilde", 227),
    ("auml", 228),
    ("aring", 229),
    ("aelig", 230),
    ("ccedil", 231),
    ("egrave", 232),
    ("eacute", 233),
    ("ecirc", 234),
    ("euml", 235),
    ("igrave", 236),
    ("iacute", 237),
    ("icirc", 238),
    ("iuml", 239),
    ("eth", 240),
    ("ntilde", 241),
    ("ograve", 242),
    ("oacute", 243),
    ("ocirc", 244),
    ("otilde", 245),
    ("ouml", 246),
    ("divide", 247),
    ("oslash", 248),
    ("ugrave", 249),
    ("uacute", 250),
    ("ucirc", 251),
    ("uuml", 252),
    ("yacute", 253),
    ("thorn", 254),
    ("yuml", 255),
    ("OElig", 338),
    ("oelig", 339),
    ("Scaron", 352),
    ("scaron", 353),
    ("Yuml", 376),
    ("fnof", 402),
    ("circ", 710),
    ("tilde", 732),
    ("ensp", 8194),
    ("emsp", 8195),
    ("thinsp", 8201),
    ("zwnj", 8204),
    ("zwj", 8205),
    ("lrm", 8206),
    ("rlm", 8207),
    ("ndash", 8211),
    ("mdash", 8212),
    ("lsquo", 8216),
    ("rsquo", 8217),
    ("sbquo", 8218),
    ("ldquo", 8220),
    ("rdquo", 8221),
    ("bdquo", 8222),
    ("dagger", 8224),
    ("Dagger", 8225),
    ("bull", 8226),
    ("hellip", 8230),
    ("permil", 8240),
    ("prime", 8242),
    ("Prime", 8243),
    ("lsaquo", 8249),
    ("rsaquo", 8250),
    ("oline", 8254),
    ("euro", 8364),
    ("trade", 8482),
    ("larr", 8592),
    ("uarr", 8593),
    ("rarr", 8594),
    ("darr", 8595),
    ("harr", 8596),
    ("rArr", 8658),
    ("minus", 8722),
    ("infin", 8734),
    ("asymp", 8776),
    ("ne", 8800),
    ("le", 8804),
    ("ge", 8805),
];

/// What stands before and behind a piece of storage format to make it a document.
const END: &str = "</page>";

fn begin() -> String {
    let entities = ENTITIES
        .iter()
        .map(|(name, code)| format!("<!ENTITY {name} \"&#{code};\">"));
    format!(
        "<!DOCTYPE page [{}]><page xmlns:ac=\"urn:ac\" xmlns:ri=\"urn:ri\" xmlns:at=\"urn:at\">",
        entities.collect::<String>()
    )
}

/// Text of people for XML, in an element or an attribute. Characters that XML cannot hold are left out.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' | '\n' => escaped.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// Text of people with the links and the style that they meant, its lines kept apart.
pub(super) fn rich(text: &str) -> String {
    let lines: Vec<_> = lines(text).iter().map(|line| marked_up(line)).collect();
    lines.join("<br />")
}

fn marked_up(pieces: &[Piece<'_>]) -> String {
    joined(pieces.iter().map(|piece| match piece {
        Piece::Text(text) => escape(text),
        Piece::Code(code) => format!("<code>{}</code>", escape(code)),
        Piece::Link(address) => {
            let address = escape(address);
            format!("<a href=\"{address}\">{address}</a>")
        }
        Piece::Styled(Style::Bold, inner) => format!("<strong>{}</strong>", marked_up(inner)),
        Piece::Styled(Style::Italic, inner) => format!("<em>{}</em>", marked_up(inner)),
        Piece::Styled(Style::Strike, inner) => format!("<del>{}</del>", marked_up(inner)),
    }))
}

/// Pieces of markup, one behind the other.
pub(super) fn joined(pieces: impl Iterator<Item = String>) -> String {
    pieces.collect()
}

/// A piece of storage format, read.
pub(super) struct Storage {
    text: String,
    begin: usize,
}

impl Storage {
    /// Makes a document of a piece.
    pub(super) fn new(fragment: &str) -> Self {
        let begin = begin();
        Self {
            text: format!("{begin}{fragment}{END}"),
            begin: begin.len(),
        }
    }

    /// Reads it; what is wrong is said in words, with the line of the piece.
    pub(super) fn parse(&self) -> Result<Document<'_>, String> {
        let options = ParsingOptions {
            allow_dtd: true,
            ..ParsingOptions::default()
        };
        Document::parse_with_options(&self.text, options).map_err(|error| {
            let text = error.to_string();
            // What stands before the piece is one line.
            match text.strip_suffix(&format!(" at {}", error.pos())) {
                Some(reason) => format!("{reason} in line {}", error.pos().row),
                None => text,
            }
        })
    }

    /// Where something of the document stands in the piece.
    pub(super) fn place(&self, at: usize) -> usize {
        at.saturating_sub(self.begin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parses(fragment: &str) -> bool {
        Storage::new(fragment).parse().is_ok()
    }

    #[test]
    fn what_storage_format_may_hold() {
        assert!(parses("<p>Tea &amp; coffee&nbsp;&ndash; &rsquo;</p>"));
        assert!(parses("<ac:image><ri:attachment ri:filename=\"a.png\" /></ac:image>"));
        assert!(parses("<ac:plain-text-body><![CDATA[a < b]]></ac:plain-text-body>"));
        assert!(!parses("<p>Tea & coffee</p>"));
        assert!(!parses("<p>open"));
        assert!(!parses("</page><page>"));
        assert!(!parses("<p>&unknown;</p>"));
        assert!(!parses("<other:thing />"));
        assert!(!parses("<p>\u{1}</p>"));
    }

    #[test]
    fn any_text_fits() {
        let odd = "]]> <ac:macro> & \"'\u{0}\u{1}\u{b}\u{ffff}\u{202e}שלום 🔥\r\nsecond";
        let shown = escape(odd);
        assert!(parses(&format!("<p title=\"{shown}\">{shown}</p>")), "{shown}");
        let shown = rich(&format!("*{odd}* https://a.example/{odd}?a=1&b=\"2"));
        assert!(parses(&format!("<p>{shown}</p>")) && !shown.contains('\n'), "{shown}");
    }

    #[test]
    fn links_and_style_are_shown() {
        assert_eq!(
            rich("https://a.example/?b=1&c=2 *bold* _it_ ~gone~\n`<b>`"),
            "<a href=\"https://a.example/?b=1&amp;c=2\">https://a.example/?b=1&amp;c=2</a> <strong>bold</strong> <em>it</em> \
             <del>gone</del><br /><code>&lt;b&gt;</code>"
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let storage = Storage::new("<p>one</p>\n<p>two");
        let wrong = storage.parse().unwrap_err();
        assert!(wrong.contains("line 2"), "{wrong}");
    }
}
