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

pub(crate) use attach::AttachImage;
pub(crate) use create_channel::CreateRcaChannel;
pub(crate) use document::{WriteDocument, parent_page};
pub(crate) use greet::GreetRca;
pub(crate) use invite::InviteToRca;
pub(crate) use tell_document::{AddRcaBookmark, TellRcaDocument};
pub(crate) use upload::UploadRca;
