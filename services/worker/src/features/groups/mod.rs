//! User groups: copied, and invited to incidents.

mod copy;
mod invite;
