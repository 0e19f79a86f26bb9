//! The rules of a modal and of a home.

use serde_json::{Value, json};

use super::text::Format;
use super::{At, Checker, MOST_IN_VIEW};

/// Where blocks are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Surface {
    /// A message.
    Message,
    /// A modal.
    Modal,
    /// A home.
    Home,
}

/// The largest view, in bytes of JSON.
const LARGEST: usize = 250_000;

/// Why a view is refused.
pub(crate) enum Wrong {
    TooLarge,
    Invalid(Vec<String>),
}

/// Checks a view for `surface` and gives it the ids that Slack would.
pub(crate) fn check_view(view: &Value, surface: Surface) -> Result<Value, Wrong> {
    if view.to_string().len() > LARGEST {
        return Err(Wrong::TooLarge);
    }
    let mut checker = Checker::new(surface);
    let at = At::root("view");
    let wanted = if surface == Surface::Home { "home" } else { "modal" };
    if view["type"] != wanted {
        checker.error(&at.key("type"), &format!("must be {wanted:?}"));
    }
    checker.only(
        &at,
        view,
        &[
            "type",
            "title",
            "submit",
            "close",
            "blocks",
            "private_metadata",
            "callback_id",
            "external_id",
            "clear_on_close",
            "notify_on_close",
            "submit_disabled",
        ],
    );
    if surface == Surface::Modal {
        checker.text(&at, view, "title", 24, Format::Plain, true);
        checker.text(&at, view, "submit", 24, Format::Plain, false);
        checker.text(&at, view, "close", 24, Format::Plain, false);
    }
    checker.string(&at, view, "private_metadata", (0, 3000), false);
    checker.string(&at, view, "callback_id", (0, 255), false);
    checker.string(&at, view, "external_id", (0, 255), false);
    let blocks = checker.blocks(&at.key("blocks"), &view["blocks"], MOST_IN_VIEW);
    let asks = blocks.iter().any(|block| block["type"] == "input");
    if surface == Surface::Modal && asks && view["submit"].is_null() {
        checker.error(&at.key("submit"), "required when there are input blocks");
    }
    if !checker.errors.is_empty() {
        return Err(Wrong::Invalid(checker.errors));
    }
    let mut out = view.clone();
    out["blocks"] = json!(blocks);
    Ok(out)
}
