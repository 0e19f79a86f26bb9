//! User groups: copied, and invited to incidents.

mod copy;
mod invite;

pub(crate) use copy::{CopyGroupMembers, CopyGroups};
pub(crate) use invite::InviteGroup;
