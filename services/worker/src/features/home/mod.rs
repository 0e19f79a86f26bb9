//! The app home: a button to start with, and what is open.

mod handler;
mod view;
