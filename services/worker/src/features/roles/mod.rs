//! Roles: who got one is told what it means.

mod message;
mod tell;

pub(crate) use tell::TellRole;
