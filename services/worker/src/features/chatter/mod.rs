//! People talk in the digest channel while nothing is open: a hint that an incident can be declared.

mod handler;
mod message;
