//! Ids that are the same in every run, so that what is imported again is found again.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// The id of something that happened at `at` and that `parts` name. It sorts by that time, as ids of ours do.
pub(crate) fn id(at: DateTime<Utc>, parts: &[&str]) -> Uuid {
    let hash = hash(parts);
    let mut random = [0; 10];
    random.copy_from_slice(&hash[..10]);
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
    Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// A fingerprint of all of these.
pub(crate) fn fingerprint(parts: &[&str]) -> String {
    hash(parts).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn hash(parts: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        // With its length, so that no two lists of parts are one text.
        hasher.update(part.len().to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_the_same_and_sorts_by_its_time() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let first = id(at("2026-01-01T00:00:00Z"), &["C1", "x"]);
        assert_eq!(first, id(at("2026-01-01T00:00:00Z"), &["C1", "x"]));
        assert_ne!(first, id(at("2026-01-01T00:00:00Z"), &["C1x", ""]));
        assert!(first < id(at("2026-01-01T00:00:01Z"), &["C1", "x"]));
        assert_eq!(first.get_version_num(), 7);
        assert_ne!(fingerprint(&["a", "b"]), fingerprint(&["ab"]));
    }
}
