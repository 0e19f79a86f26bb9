//! The channel in which the causes of an incident are looked into, and the RCA document.

mod attach;
mod create_channel;
mod document;
mod document_message;
mod greet;
mod invite;
mod message;
mod refusal;
mod tell_document;
mod upload;

pub(crate) use document::parent_page;
