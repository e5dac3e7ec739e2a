//! Whoever alters the file of a ledger is found out.

use std::process::Command;

use super::*;

/// A small ledger with every kind of entry.
fn small(folder: &Folder) -> String {
    let (mut ledger, path) = begun(folder);
    submit(&mut ledger, FIRST, &rows(FIRST, 3, 2), None, &by("Sato")).unwrap();
    ledger.approve(2, &by("Kato")).unwrap();
    ledger.pay(2, "2025-05-31".parse().unwrap(), Some("V-1"), &by("Ito")).unwrap();
    submit(&mut ledger, SECOND, &rows(SECOND, 3, 1), None, &by("Sato")).unwrap();
    ledger.reject(5, "no list", &by("Kato")).unwrap();
    path
}

/// Every altered byte is found, or nothing that is kept has changed: free space in a page, the
/// counters by which SQLite knows that the file was written to.
#[test]
fn an_altered_byte_is_found_or_changes_nothing_that_is_kept() {
    let folder = Folder::new();
    let path = small(&folder);
    let kept = open(&path).entries().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let every = std::env::var_os("SEIKA_EVERY_BYTE").is_some();
    let copy = folder.file("altered.ledger");
    let (mut found, mut free) = (0_u64, Vec::new());
    for position in 0..bytes.len() {
        // The header and the starts of pages whole, the rest in steps.
        if !every && position % 4096 > 120 && position % 211 != 0 {
            continue;
        }
        let mut altered = bytes.clone();
        altered[position] ^= 1 << (position % 8);
        std::fs::write(&copy, &altered).unwrap();
        let verified = Ledger::open(&copy, Duration::ZERO).and_then(|ledger| {
            ledger.verify(None)?;
            ledger.entries()
        });
        match verified {
            Err(_) => found += 1,
            Ok(entries) => {
                assert_eq!(entries, kept, "byte {position}");
                free.push(position);
            }
        }
    }
    let all = bytes.len();
    println!("{all} bytes: {found} found, {} change nothing: {free:?}", free.len());
    assert!(found > 0);
}

#[test]
fn what_triggers_refuse_and_what_they_cannot_is_found() {
    let folder = Folder::new();
    let path = small(&folder);
    let sqlite = |statement: &str| {
        let ran = Command::new("sqlite3").arg(&path).arg(statement).output();
        ran.map(|ran| String::from_utf8_lossy(&ran.stderr).into_owned())
    };
    // The program of SQLite itself, where it is installed.
    let Ok(said) = sqlite("UPDATE entry SET body = 'x' WHERE number = 2") else { return };
    assert!(said.contains("never changed"), "{said}");
    assert!(sqlite("DELETE FROM entry WHERE number = 6").unwrap().contains("never removed"));
    let replaced = "INSERT OR REPLACE INTO entry VALUES (2, 'x', 'y', 'z')";
    assert!(sqlite(replaced).unwrap().contains("end of the chain"));
    open(&path).verify(None).unwrap();
    // Whoever takes the triggers away is found by that.
    sqlite("DROP TRIGGER entry_is_never_removed; DELETE FROM entry WHERE number = 6").unwrap();
    let refused = Ledger::open(&path, Duration::ZERO).err().map(ids);
    assert_eq!(refused, Some(vec!["ledger-altered"]));
}

#[test]
fn the_chain_is_what_sha256sum_computes() {
    let folder = Folder::new();
    let path = small(&folder);
    let entries = open(&path).entries().unwrap();
    let mut previous = "0".repeat(64);
    for entry in &entries {
        let command = format!("printf '%s %s' '{previous}' \"$BODY\" | sha256sum");
        let ran = Command::new("sh").arg("-c").arg(command).env("BODY", &entry.body).output();
        let Ok(ran) = ran else { return };
        let sum = String::from_utf8(ran.stdout).unwrap();
        assert_eq!(sum.split_whitespace().next(), Some(entry.hash.as_str()));
        previous.clone_from(&entry.hash);
    }
}

#[test]
fn what_is_no_ledger_of_this_layout_is_refused() {
    let folder = Folder::new();
    let no = folder.file("no.ledger");
    let wait = Duration::ZERO;
    let opened = |path: &str| ids(Ledger::open(path, wait).unwrap_err());
    assert_eq!(opened(&no), ["ledger-not-there"]);
    std::fs::write(&no, "a text of some length that is no database at all".repeat(20)).unwrap();
    assert_eq!(opened(&no), ["no-ledger"]);
    std::fs::write(&no, "").unwrap();
    assert_eq!(opened(&no), ["no-ledger"]);
    let path = small(&folder);
    let mut bytes = std::fs::read(&path).unwrap();
    // The user version stands at bytes 60 to 63 of the header, big-endian.
    bytes[63] = 2;
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(opened(&path), ["ledger-newer"]);
}
