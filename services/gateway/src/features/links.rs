//! Buttons that only open a link: the client has opened it already.

use std::future::{Ready, ready};

use slack::ids;

use crate::Gateway;
use crate::feature::{Feature, choice};
use crate::pressed::{Action, Pressed};

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    actions: &[choice!(ids::LINK_PREFIX, followed)],
    ..Feature::NOTHING
};

fn followed(_: &Gateway, _: &Pressed, _: &Action) -> Ready<()> {
    ready(())
}
