//! Hashing passwords, which is slow and hungry on purpose.

use std::sync::Arc;
use std::time::Duration;

use std::fmt::Write;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use hmac::{Hmac, KeyInit, Mac};
use legacy::rules::passwords::Digest;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use tokio::sync::Semaphore;

/// KiB that hashing takes. The allocator keeps them for the next one, so a smaller number with more passes, which is as
/// hard to guess (both are in OWASP's list), keeps the service small.
const MEMORY: u32 = 7 * 1024;
const PASSES: u32 = 5;
/// Each takes a core: more at once would only hurt.
const AT_ONCE: usize = 2;
/// Longer nobody waits for their turn.
const PATIENCE: Duration = Duration::from_secs(10);
/// What is longer is no password, and hashing it would take time.
const MAX_BYTES: usize = 1024;

/// Why a password could not be hashed.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// It is longer than 1,024 bytes.
    #[error("it is longer than {MAX_BYTES} bytes")]
    TooLong,
    /// Too many are being hashed.
    #[error("too many passwords are being looked at")]
    Busy,
    /// The library refused.
    #[error("{0}")]
    Failed(String),
}

/// Hashes and verifies with argon2id, a few at a time, on threads made for blocking.
#[derive(Clone, Debug)]
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Passwords {
    /// The PHC string to keep of a password.
    pub(crate) async fn hash(&self, password: SecretString) -> Result<String, HashError> {
        if password.expose_secret().len() > MAX_BYTES {
            return Err(HashError::TooLong);
        }
        self.in_turn(move || {
            let hash: PasswordHash = argon2()?
                .hash_password(password.expose_secret().as_bytes())
                .map_err(|error| HashError::Failed(error.to_string()))?;
            Ok(hash.to_string())
        })
        .await?
    }

    /// What is kept of a password of incident-bot 0.8.2: its own hash, which is quick to guess, wrapped in ours. The first
    /// sign-in renews it.
    pub(crate) async fn wrap(&self, digest: &Digest) -> Result<String, HashError> {
        let hash = self.hash(digest.hex.clone().into()).await?;
        Ok(format!("{WRAPPED}{}${hash}", digest.salt))
    }

    /// Whether the password is the one of this hash; `None` takes as long and is never right.
    pub(crate) async fn verify(&self, password: SecretString, hash: Option<String>) -> Result<bool, HashError> {
        self.in_turn(move || {
            let is_known = hash.is_some();
            let hash = hash.unwrap_or_else(nobodys);
            let (salt, hash) = unwrap(&hash);
            let Ok(hash) = PasswordHash::new(hash) else {
                tracing::error!("a password's hash in the database is none");
                return false;
            };
            // A text that is too long is cut, so that it takes no longer than others.
            let bytes = password.expose_secret().as_bytes();
            let whole = bytes.len() <= MAX_BYTES;
            let bytes = bytes.get(..MAX_BYTES).unwrap_or(bytes);
            let digest = salt.map(|salt| digest(salt, bytes));
            let bytes = digest.as_deref().map_or(bytes, str::as_bytes);
            Argon2::default().verify_password(bytes, &hash).is_ok() && is_known && whole
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, HashError> {
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned())
            .await
            .map_err(|_| HashError::Busy)?
            .map_err(|_| HashError::Busy)?;
        tokio::task::spawn_blocking(move || {
            // Kept by the thread: it works on even when nobody waits for it any more.
            let _turn = turn;
            work()
        })
        .await
        .map_err(|error| HashError::Failed(error.to_string()))
    }
}

/// How a hash begins that wraps one of 0.8.2: then come the salt of that, a `$`, and the PHC string.
const WRAPPED: &str = "sha256$";

/// Whether a hash wraps one of 0.8.2.
pub(crate) fn is_wrapped(hash: &str) -> bool {
    hash.starts_with(WRAPPED)
}

/// The salt of 0.8.2, where the hash wraps one of its, and the PHC string.
fn unwrap(hash: &str) -> (Option<&str>, &str) {
    match hash.strip_prefix(WRAPPED).and_then(|rest| rest.split_once('$')) {
        Some((salt, hash)) => (Some(salt), hash),
        None => (None, hash),
    }
}

/// What 0.8.2 kept of a password: the HMAC with the salt as its key, in hex.
fn digest(salt: &str, password: &[u8]) -> String {
    let mut hmac = Hmac::<Sha256>::new_from_slice(salt.as_bytes())
        .unwrap_or_else(|never| unreachable!("any length is a key: {never}"));
    hmac.update(password);
    let bytes = hmac.finalize().into_bytes();
    bytes.iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn argon2() -> Result<Argon2<'static>, HashError> {
    let params = Params::new(MEMORY, PASSES, Params::DEFAULT_P_COST, None)
        .map_err(|error| HashError::Failed(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// A hash of the same cost as every other, of no password that anybody knows.
fn nobodys() -> String {
    use base64::Engine;

    let encode = |bytes: &[u8]| base64::engine::general_purpose::STANDARD_NO_PAD.encode(bytes);
    format!(
        "$argon2id$v=19$m={MEMORY},t={PASSES},p={}${}${}",
        Params::DEFAULT_P_COST,
        encode(&rand::random::<[u8; 16]>()),
        encode(&rand::random::<[u8; Params::DEFAULT_OUTPUT_LEN]>()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_by_its_hash() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=7168,t=5,p=1$"), "{hash}");
        assert!(
            passwords
                .verify("correct horse".into(), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(!passwords.verify("correct hors".into(), Some(hash)).await.unwrap());
        assert!(
            !passwords
                .verify("correct horse".into(), Some("plain".to_owned()))
                .await
                .unwrap()
        );
    }

    #[tokio::test]
    async fn a_password_of_0_8_2_is_known_by_its_wrapped_hash() {
        let passwords = Passwords::default();
        // Of the account dan.adams@example.com in shared/legacy/tests/data.
        let kept = "sha256$npODdZrRlm3Dmc5k$29de5179794f3050d26c5512eaf8a3c5b14ed502c7f142f9111fdbb69862f3a2";
        let wrapped = passwords.wrap(&Digest::parse(kept).unwrap()).await.unwrap();
        assert!(
            is_wrapped(&wrapped) && wrapped.contains("$$argon2id$v=19$m=7168,t=5,p=1$"),
            "{wrapped}"
        );
        assert!(!wrapped.contains("29de5179"), "{wrapped}");
        assert!(
            passwords
                .verify("dan-legacy-pw-1".into(), Some(wrapped.clone()))
                .await
                .unwrap()
        );
        for wrong in [
            "dan-legacy-pw-2",
            "",
            kept,
            "29de5179794f3050d26c5512eaf8a3c5b14ed502c7f142f9111fdbb69862f3a2",
        ] {
            assert!(
                !passwords.verify(wrong.into(), Some(wrapped.clone())).await.unwrap(),
                "{wrong}"
            );
        }
    }

    #[tokio::test]
    async fn what_is_too_long_is_never_right() {
        let passwords = Passwords::default();
        let hash = passwords.hash("x".repeat(MAX_BYTES).into()).await.unwrap();
        assert!(
            passwords
                .verify("x".repeat(MAX_BYTES).into(), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify("x".repeat(MAX_BYTES + 1).into(), Some(hash))
                .await
                .unwrap()
        );
        assert!(matches!(
            passwords.hash("x".repeat(MAX_BYTES + 1).into()).await,
            Err(HashError::TooLong)
        ));
    }

    /// Time cannot be asserted on a loaded machine; that the same work is done can.
    #[tokio::test]
    async fn somebody_unknown_costs_as_much_as_somebody_known() {
        let passwords = Passwords::default();
        let known = passwords.hash("secret".into()).await.unwrap();
        let (known, nobody) = (PasswordHash::new(&known).unwrap(), nobodys());
        let nobody = PasswordHash::new(&nobody).unwrap();
        assert_eq!(nobody.algorithm, known.algorithm);
        assert_eq!(nobody.params, known.params);
        assert_eq!(nobody.salt.map(|salt| salt.len()), known.salt.map(|salt| salt.len()));
        assert_eq!(nobody.hash.map(|hash| hash.len()), known.hash.map(|hash| hash.len()));
        assert!(!passwords.verify("secret".into(), None).await.unwrap());
    }
}
