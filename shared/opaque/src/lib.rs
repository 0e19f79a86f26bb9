//! A shared value whose type the compiler does not look into.
//!
//! Every async function that borrows a client over an await has to be proven `Send`, and the proof walks through all that
//! the client is made of: the HTTP stack, TLS, the pool. It is repeated for each function, and took most of the time that
//! checking the services took. [`Opaque`] ends the walk: its content was proven `Send` and `Sync` when it was made.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A value that clones share.
pub struct Opaque<T: 'static>(Arc<dyn Holds<T>>);

/// That a trait object is `Send` and `Sync` follows from these bounds alone.
trait Holds<T>: Send + Sync {
    fn content(&self) -> &T;
}

impl<T: Send + Sync> Holds<T> for T {
    fn content(&self) -> &T {
        self
    }
}

impl<T: Send + Sync> Opaque<T> {
    /// Shares `content`.
    pub fn new(content: T) -> Self {
        Self(Arc::new(content))
    }
}

impl<T> Deref for Opaque<T> {
    type Target = T;

    fn deref(&self) -> &T {
        (*self.0).content()
    }
}

impl<T> Clone for Opaque<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: fmt::Debug> fmt::Debug for Opaque<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (*self.0).content().fmt(f)
    }
}
