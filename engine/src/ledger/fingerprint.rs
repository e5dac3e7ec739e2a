//! Fingerprints of records: they tell which record changed and hold nothing of what it says.
//!
//! A fingerprint is the first 48 bits of an HMAC-SHA256 under the ledger's own key: of whom a
//! record is about, and of the fields the contract reads. Whoever holds the ledger holds the key,
//! and could try out guesses of a whole record; whoever sees fingerprints alone cannot.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use std::collections::BTreeMap;

use crate::Files;
use crate::canonical::{bytes_of, hexadecimal};
use crate::contract::Contract;
use crate::evidence;
use crate::problem::Problem;

/// How many records are named; all are counted.
const NAMED_MAX: usize = 100;

/// Records that changed from one extract of the evidence to the next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordChanges {
    /// How many are about the same as before and say something else.
    pub changed: u64,
    /// How many are new.
    pub added: u64,
    /// How many are there no more.
    pub gone: u64,
    /// Changed and new records, as `file:line` of the new evidence, the first hundred.
    pub now: Vec<String>,
    /// Records that are gone, as `file:line` of the earlier evidence, the first hundred.
    pub before: Vec<String>,
}

/// The fingerprints of a file's records: `line subject fields`, a line each.
pub(super) fn fingerprints(
    contract: &Contract,
    files: &dyn Files,
    path: &str,
    key: &str,
) -> Result<String, Vec<Problem>> {
    let key = bytes_of(key).unwrap_or_default();
    let of = |kind: &str, text: &str| {
        // HMAC takes a key of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else { return String::new() };
        mac.update(kind.as_bytes());
        mac.update(text.as_bytes());
        hexadecimal(&mac.finalize().into_bytes()[..6])
    };
    let mut text = String::new();
    for record in evidence::records(contract, files, path)? {
        let fields = of("fields:", &record.fields);
        let subject = record.subject.map_or_else(|| fields.clone(), |who| of("subject:", &who));
        text += &format!("{} {subject} {fields}\n", record.line);
    }
    Ok(text)
}

/// What changed between two sets of files.
pub(super) fn changes(before: &[(String, String)], now: &[(String, String)]) -> RecordChanges {
    type Known<'a> = BTreeMap<&'a str, Vec<(&'a str, String)>>;
    fn known(files: &[(String, String)]) -> Known<'_> {
        let mut known: Known<'_> = BTreeMap::new();
        for (name, text) in files {
            for line in text.lines() {
                let mut parts = line.split(' ');
                let (at, subject, fields) =
                    (parts.next(), parts.next().unwrap_or(""), parts.next().unwrap_or(""));
                let place = format!("{name}:{}", at.unwrap_or_default());
                known.entry(subject).or_default().push((fields, place));
            }
        }
        known
    }
    let (mut before, now) = (known(before), known(now));
    let mut changes = RecordChanges::default();
    for (subject, records) in now {
        let mut earlier = before.remove(subject).unwrap_or_default();
        let mut others = Vec::new();
        for (fields, place) in records {
            match earlier.iter().position(|(known, _)| *known == fields) {
                Some(same) => {
                    earlier.remove(same);
                }
                None => others.push(place),
            }
        }
        for place in others {
            match earlier.pop() {
                Some(_) => changes.changed += 1,
                None => changes.added += 1,
            }
            changes.now.push(place);
        }
        changes.gone += earlier.len() as u64;
        changes.before.extend(earlier.into_iter().map(|(_, place)| place));
    }
    for (_, place) in before.into_values().flatten() {
        changes.gone += 1;
        changes.before.push(place);
    }
    for places in [&mut changes.now, &mut changes.before] {
        let line = |place: &String| {
            let (file, line) = place.rsplit_once(':').unwrap_or_default();
            (file.to_owned(), line.parse::<u64>().unwrap_or_default())
        };
        places.sort_by_cached_key(line);
        places.truncate(NAMED_MAX);
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> Vec<(String, String)> {
        vec![(name.into(), text.into())]
    }

    #[test]
    fn records_are_matched_by_whom_they_are_about() {
        let before = file("old.csv", "2 aa 01\n3 bb 02\n4 cc 03\n");
        // aa stays though its line moved, bb says something else, cc is gone, dd is new.
        let now = file("new.csv", "2 dd 04\n3 aa 01\n4 bb 05\n");
        let changes = changes(&before, &now);
        assert_eq!((changes.changed, changes.added, changes.gone), (1, 1, 1));
        assert_eq!(changes.now, ["new.csv:2", "new.csv:4"]);
        assert_eq!(changes.before, ["old.csv:4"]);
    }

    #[test]
    fn without_anyone_to_match_a_change_is_one_new_and_one_gone() {
        let (before, now) =
            (file("a.csv", "2 01 01\n3 01 01\n"), file("a.csv", "2 01 01\n3 02 02\n"));
        let changes = changes(&before, &now);
        assert_eq!((changes.changed, changes.added, changes.gone), (0, 1, 1));
        assert_eq!((changes.now, changes.before), (vec!["a.csv:3".into()], vec!["a.csv:3".into()]));
    }
}
