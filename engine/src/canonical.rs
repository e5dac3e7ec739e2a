//! One text for one JSON value, and its hash.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// The value as text: keys in order of their code points, no space between.
pub(crate) fn canonical(value: &Value) -> String {
    let mut value = value.clone();
    value.sort_all_objects();
    value.to_string()
}

/// The SHA-256 of some bytes, as 64 lower-case hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The inverse of [`hexadecimal`].
pub(crate) fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.len().is_multiple_of(2).then(|| digits.as_bytes().chunks(2).map(pair).collect())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_order_of_keys_does_not_matter() {
        let one = json!({ "b": [{ "y": 1, "x": 0.1 }], "a": "多摩" });
        assert_eq!(canonical(&one), r#"{"a":"多摩","b":[{"x":0.1,"y":1}]}"#);
    }

    #[test]
    fn the_hash_is_that_of_the_standard() {
        // FIPS 180-2, appendix B.1.
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(b"abc"), known);
        assert_eq!(hexadecimal(&bytes_of("00ff10").unwrap()), "00ff10");
        assert_eq!(bytes_of("0g"), None);
        assert_eq!(bytes_of("012"), None);
    }
}
