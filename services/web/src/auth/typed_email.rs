//! What was typed into the field for the e-mail, without keeping it.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use store::{PgPool, console_keys};

/// Hashes what was typed with a key that all replicas share: people type passwords there, and whoever reads the log or
/// the table of attempts must not be able to try which password it was.
#[derive(Clone)]
pub(crate) struct TypedEmail {
    hmac: Hmac<Sha256>,
}

impl std::fmt::Debug for TypedEmail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TypedEmail")
    }
}

impl TypedEmail {
    pub(crate) async fn load(pool: &PgPool) -> Result<Self, store::Error> {
        let key = console_keys::typed_email(&mut *pool.acquire().await?).await?;
        Ok(Self::new(&key))
    }

    fn new(key: &[u8]) -> Self {
        Self {
            hmac: Hmac::new_from_slice(key).unwrap_or_else(|never| unreachable!("any length is a key: {never}")),
        }
    }

    /// The same for the same e-mail, whatever its case.
    pub(crate) fn hash(&self, email: &str) -> [u8; 32] {
        let mut hmac = self.hmac.clone();
        hmac.update(email.to_lowercase().as_bytes());
        hmac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_depends_on_the_key_and_not_on_the_case() {
        let (one, two) = (TypedEmail::new(&[1; 32]), TypedEmail::new(&[2; 32]));
        assert_eq!(one.hash("Ada@Example.com"), one.hash("ada@example.com"));
        assert_ne!(one.hash("ada@example.com"), two.hash("ada@example.com"));
        assert_ne!(one.hash("ada@example.com"), one.hash("bob@example.com"));
    }
}
