//! Which files are taken as images.

use slack::File;

/// The most bytes of an image.
pub(super) const MAX_BYTES: usize = 20 * 1024 * 1024;

/// Whether a file says of itself that it is an image which is taken. That it is one is seen when it was fetched.
pub(super) fn is_offered(file: &File) -> bool {
    let known = matches!(
        file.mimetype.as_str(),
        "image/png" | "image/jpeg" | "image/gif" | "image/webp"
    );
    known && file.url_private.is_some() && usize::try_from(file.size).is_ok_and(|size| size <= MAX_BYTES)
}

/// What a file is by its first bytes, where it is an image that is taken.
pub(super) fn media_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_is_stands_in_its_first_bytes() {
        assert_eq!(media_type(b"\x89PNG\r\n\x1a\nrest"), Some("image/png"));
        assert_eq!(media_type(b"\xff\xd8\xff\xe0rest"), Some("image/jpeg"));
        assert_eq!(media_type(b"GIF89a..."), Some("image/gif"));
        assert_eq!(media_type(b"RIFF1234WEBPVP8 "), Some("image/webp"));
        assert_eq!(media_type(b"<!DOCTYPE html>"), None);
        assert_eq!(media_type(b""), None);
    }

    #[test]
    fn what_is_too_large_is_not_fetched() {
        let file = |mimetype: &str, size: u64| File {
            mimetype: mimetype.to_owned(),
            size,
            url_private: Some("https://files.slack.com/x".parse().unwrap()),
            ..File::default()
        };
        assert!(is_offered(&file("image/png", 1_000)));
        assert!(!is_offered(&file("image/png", 30_000_000)));
        assert!(!is_offered(&file("image/svg+xml", 1_000)));
        assert!(!is_offered(&file("application/pdf", 1_000)));
    }
}
