//! Queues, and priorities within them. Which there are, the product says.

use std::fmt;

/// A queue: what one integration's workers consume.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Queue(&'static str);

impl Queue {
    /// The queue of this name. The name is in the database: it never changes.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The name in the database.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// What goes first when several jobs of a queue are due. The smaller one goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Priority(i16);

impl Priority {
    /// How many there are. A fetch reads each one separately, so they are few.
    pub const LEVELS: i16 = 5;
    /// What nobody waits for.
    pub const LAST: Self = Self::new(Self::LEVELS - 1);

    /// The priority `level`, from 0 to below [`Self::LEVELS`].
    pub const fn new(level: i16) -> Self {
        assert!(level >= 0 && level < Self::LEVELS, "there is no such priority");
        Self(level)
    }

    /// The number in the database.
    pub(crate) const fn as_i16(self) -> i16 {
        self.0
    }
}
