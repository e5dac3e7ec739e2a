//! Entries chained by their hashes.

use serde_json::Value;

use super::Event;
use crate::canonical::{canonical, sha256};

/// The hash before the first entry.
pub(super) const BEFORE_THE_FIRST: &str =
    "0000000000000000000000000000000000000000000000000000000000000000";

/// An entry as it is kept: a body, and hashes that chain it to all before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its position, from 1.
    pub number: u64,
    /// What happened, as canonical JSON.
    pub body: String,
    /// The hash of the entry before; 64 zeros for the first.
    pub previous: String,
    /// SHA-256 of `previous`, a space and `body`.
    pub hash: String,
}

impl Entry {
    /// The entry of an event behind another.
    pub(super) fn behind(last: Option<&Entry>, event: &Event) -> Entry {
        let number = last.map_or(0, |last| last.number) + 1;
        let previous = last.map_or(BEFORE_THE_FIRST, |last| last.hash.as_str()).to_owned();
        let body = canonical(&event.to_json(number));
        let hash = hash(&previous, &body);
        Entry { number, body, previous, hash }
    }

    /// The event, when the entry is exactly what would be written for it.
    pub(super) fn event(&self) -> Option<Event> {
        let value: Value = serde_json::from_str(&self.body).ok()?;
        let event = Event::from_json(&value)?;
        (canonical(&event.to_json(self.number)) == self.body).then_some(event)
    }

    /// Whether it follows another and its hash is right.
    pub(super) fn follows(&self, last: Option<&Entry>) -> bool {
        let previous = last.map_or(BEFORE_THE_FIRST, |last| last.hash.as_str());
        self.number == last.map_or(0, |last| last.number) + 1
            && self.previous == previous
            && self.hash == hash(&self.previous, &self.body)
    }
}

fn hash(previous: &str, body: &str) -> String {
    sha256(format!("{previous} {body}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_entry_has_the_hash_that_sha256sum_gives() {
        let event = Event::Open {
            recorded: "2026-04-01T00:00:00Z".parse().unwrap(),
            engine: "0.1.0".into(),
            key: "00".repeat(32),
        };
        let entry = Entry::behind(None, &event);
        let body = concat!(
            r#"{"engine":"0.1.0","fingerprint_key":""#,
            "0000000000000000000000000000000000000000000000000000000000000000",
            r#"","format":1,"kind":"open","number":1,"recorded":"2026-04-01T00:00:00Z"}"#,
        );
        assert_eq!(entry.body, body);
        // printf '%064d %s' 0 "$body" | sha256sum
        let known = "c4e0835cbcf552c9bb7a3ce269f10e6afabd1a61c6a2c32fa9753e1d64610f30";
        assert_eq!(entry.hash, known);
        assert!(entry.follows(None));
        assert_eq!(entry.event(), Some(event));
    }
}
