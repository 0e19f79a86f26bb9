//! The RCA document: what is known of an incident, put together for those who look into its causes.
//!
//! [`Document`] is what it says, without any markup. It is rendered in Confluence's storage format from a template of the
//! company's ([`storage()`]), and as Markdown ([`markdown()`]) and HTML ([`html()`]) for whoever takes it away. Text of people is
//! escaped in all of them, and its links and style are shown.

mod document;
mod html;
mod markdown;
mod rich;
mod sections;
mod storage;
mod template;
#[cfg(test)]
mod testing;
mod xml;

pub use document::{
    Document, Entry, Image, Link, Links, Page, Person, Pin, RoleRow, Update, channel_address, file_name,
    numbered_title, page_title,
};
pub use html::html;
pub use markdown::markdown;
pub use sections::{Edit, anchor, refresh};
pub use storage::storage;
pub use template::{DEFAULT_TEMPLATE, InvalidTemplate, MAX_TEMPLATE, PLACEHOLDERS, check_template};
