//! The status, chosen on the control panel; the dialog that resolves.

mod choose;
mod modal;
mod submit;

pub(crate) use choose::{choose, form, reopen};
pub(crate) use submit::{dialog, resolve_pages, submit};
