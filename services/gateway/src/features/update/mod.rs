//! Sending an update: the modal, and what becomes of it.

mod modal;
mod open;
mod submit;

pub(crate) use open::form;
pub(crate) use submit::submit;
