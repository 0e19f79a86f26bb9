//! The app home: a button to start with, and what is open.

mod handler;
mod view;

pub(crate) use handler::DrawHome;
