//! Updates: posted in the digest channel for everybody.

mod handler;
mod message;
