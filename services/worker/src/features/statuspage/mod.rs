//! Statuspage: what people confirmed is published there once, what it says is read, and a message in the channel shows it.

mod ask;
mod copy;
mod draw;
mod message;
mod poll;
mod publish;

pub(crate) use message::question;

use crate::failure::Failure;

/// What Statuspage did not do.
fn failed(error: http_client::Error) -> Failure {
    Failure::Vendor {
        vendor: "Statuspage",
        error,
    }
}
