//! Passwords: `sha256$salt$hex`, where hex is the HMAC of the password with the salt as its key. One round, so it is never
//! kept as it is: it is wrapped in a slow hash.

/// What 0.8.2 kept of a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// The key of the HMAC.
    pub salt: String,
    /// The HMAC in lower-case hex.
    pub hex: String,
}

impl Digest {
    /// Reads it; `None` for any other form.
    pub fn parse(text: &str) -> Option<Self> {
        let (salt, hex) = text.strip_prefix("sha256$")?.split_once('$')?;
        let fits = (1..=64).contains(&salt.len())
            && salt.chars().all(|c| c.is_ascii_alphanumeric())
            && hex.len() == 64
            && hex.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
        fits.then(|| Self {
            salt: salt.to_owned(),
            hex: hex.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_one_form_is_read() {
        let hex = "0123456789abcdef".repeat(4);
        assert_eq!(Digest::parse("sha256$aB3$"), None);
        assert_eq!(Digest::parse(&format!("sha256$aB3${hex}")).unwrap().salt, "aB3");
        for text in [
            "",
            "plain",
            "pbkdf2:sha256:1$a$b",
            "sha256$$00",
            &format!("sha256$a$b${hex}"),
            &format!("sha256$a${}", hex.to_uppercase()),
        ] {
            assert_eq!(Digest::parse(text), None, "{text}");
        }
    }
}
