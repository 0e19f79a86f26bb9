//! How the rows of 0.8.2 are to be read, without I/O.

pub mod entries;
pub mod passwords;
pub mod people;
pub mod settings;
pub mod text;
pub mod time;
