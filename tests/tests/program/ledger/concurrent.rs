//! Writers that are killed, and many at once.
//!
//! `SEIKA_KILLS=1000 SEIKA_SUBMITTERS=100 cargo test -p seika-tests --test program ledger::concurrent`
//! runs them at full size.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::*;

fn size(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|size| size.parse().ok()).unwrap_or(usual)
}

/// A submission by a process of its own; `told` makes each another settlement.
fn start(folder: &Folder, path: &str, told: u64) -> Child {
    Command::new(env!("CARGO_BIN_EXE_seika-tested"))
        .args(["ledger", "submit", path, &folder.file("club.rhai")])
        .args(["--evidence", &folder.file("rows.csv"), "--at", SECOND, "--by", "Sato"])
        .args(["--reason", "another sum paid", "--wait", "600", "--json"])
        .args(["--paid-before", &told.to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn prepared(folder: &Folder) -> String {
    std::fs::write(folder.file("club.rhai"), SCRIPT).unwrap();
    let both = rows(FIRST, 4, 3) + rows(SECOND, 4, 2).trim_start_matches("id,at,came\n");
    std::fs::write(folder.file("rows.csv"), both).unwrap();
    begun(folder).1
}

/// The entry that a process confirmed before it ended.
fn confirmed(child: Child) -> Option<u64> {
    let output = child.wait_with_output().unwrap();
    if !output.status.success() {
        return None;
    }
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    value["entry"].as_u64()
}

/// How often each sum is in the ledger, and at which entry.
fn written(path: &str) -> BTreeMap<u64, Vec<u64>> {
    let mut written: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for settlement in open(path).state().unwrap().settlements.values() {
        let told = settlement.submit.record.paid_before.unwrap().to_string().parse().unwrap();
        written.entry(told).or_default().push(settlement.entry);
    }
    written
}

#[test]
fn nothing_confirmed_is_lost_and_nothing_is_there_twice_after_kills() {
    let folder = Folder::new();
    let path = prepared(&folder);
    let kills = size("SEIKA_KILLS", 12);
    let began = Instant::now();
    let mut known = vec![(0, confirmed(start(&folder, &path, 0)).unwrap())];
    let mut usual = began.elapsed();
    let (mut state, mut killed, mut survived, mut retried) = (7_u64, 0, 0, 0);
    let mut told = 0;
    while killed < kills {
        told += 1;
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Half of them anywhere, half near the end, where the entry is written.
        let part = (state >> 33) % 1000;
        let part = if told % 2 == 0 { part } else { 700 + part * 4 / 10 };
        let began = Instant::now();
        let mut child = start(&folder, &path, told);
        let until = usual * u32::try_from(part).unwrap() / 1000;
        while began.elapsed() < until && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_micros(100));
        }
        let _ = child.kill();
        match confirmed(child) {
            Some(entry) => {
                survived += 1;
                known.push((told, entry));
                usual = (usual * 7 + began.elapsed()) / 8;
            }
            None => {
                killed += 1;
                // Every fourth is tried again, as a person would: it must not be there twice.
                if killed % 4 == 0 {
                    retried += 1;
                    let began = Instant::now();
                    known.push((told, confirmed(start(&folder, &path, told)).unwrap()));
                    usual = (usual * 7 + began.elapsed()) / 8;
                }
            }
        }
    }
    let written = written(&path);
    for (told, entry) in &known {
        assert_eq!(written.get(told), Some(&vec![*entry]), "{told}");
    }
    assert!(written.values().all(|entries| entries.len() == 1));
    let verified = open(&path).verify(None).unwrap();
    let unconfirmed = written.len() - known.len();
    println!(
        "{killed} killed, {survived} ended before, {retried} tried again; {} confirmed, \
         {unconfirmed} written but killed before they could say so; {} entries, chain intact",
        known.len(),
        verified.entries,
    );
}

#[test]
fn many_processes_submit_at_once_and_each_entry_is_there_once() {
    let folder = Folder::new();
    let path = prepared(&folder);
    let children: Vec<(u64, Child)> =
        (0..size("SEIKA_SUBMITTERS", 12)).map(|told| (told, start(&folder, &path, told))).collect();
    let known: Vec<(u64, Option<u64>)> =
        children.into_iter().map(|(told, child)| (told, confirmed(child))).collect();
    let written = written(&path);
    for (told, entry) in &known {
        let entry = entry.unwrap_or_else(|| panic!("{told} was refused"));
        assert_eq!(written.get(told), Some(&vec![entry]));
    }
    assert_eq!(written.len(), known.len());
    println!("{} processes, {} entries", known.len(), written.len());
    open(&path).verify(None).unwrap();
}

#[test]
fn many_threads_submit_at_once_and_each_entry_is_there_once() {
    let folder = Folder::new();
    let path = prepared(&folder);
    let both = std::fs::read_to_string(folder.file("rows.csv")).unwrap();
    let one = |told: u64| {
        let mut ledger = open(&path);
        submit_told(&mut ledger, SECOND, &both, Some("why"), Some(told), &by("Sato"))
    };
    let one = &one;
    let entries: Vec<u64> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..24_u64).map(|told| scope.spawn(move || one(told).unwrap().entry)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let written = written(&path);
    for (told, entry) in entries.iter().enumerate() {
        assert_eq!(written.get(&(told as u64)), Some(&vec![*entry]));
    }
    open(&path).verify(None).unwrap();
}
