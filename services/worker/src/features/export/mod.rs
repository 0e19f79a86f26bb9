//! The chat export: a channel is read page by page, then put into a file that is shared there.

mod message;
mod read;
mod text;
mod upload;

/// What is said when an export is given up.
fn sentence(reason: &str) -> String {
    format!("The chat could not be exported. {reason}")
}
