//! Receipts and the ledger: computed again from what they hold, never altered unseen, never lost.

mod altered;
mod compared;
mod concurrent;
mod figures;
mod life;
mod receipts;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use engine::contract::{Contract, Overrides};
use engine::ledger::{By, Ledger, Submission, Submitted};
use engine::problem::{Problem, Source};
use engine::settle::Request;
use rust_decimal::Decimal;
use seika_tests::Memory;

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("seika-ledger-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Two years of participation: 10,000 yen per person, at most 1,500,000 in all.
const SCRIPT: &str = r#"contract("club", #{
    currency: "JPY", from: "2024-04-01", to: "2026-03-31",
    cap: yen(1_500_000), tax: unstated(), rounding: down(1),
});
let city = party("city", #{ role: "payer" });
let vendor = party("vendor", #{ role: "provider" });
evaluations([#{ at: "2025-03-31", paid: "2025-05-31" }, #{ at: "2026-03-31", paid: "2026-05-31" }]);
rows(#{ participant: "id", at: "at" });
let joined = count("joined", #{ of: |p| p.came == 1, missing: "as_no" });
pay("heads", |e| e[joined] * yen(10_000), #{ by: city, to: vendor, clause: "Article 5" });
pay("fee", |e| yen(100_000), #{ by: city, to: vendor });
"#;

fn contract() -> Contract {
    Contract::parse(Source::new("club.rhai", SCRIPT), &Overrides::new())
        .unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// Rows of one evaluation: the first `came` of `all` people came.
fn rows(at: &str, all: usize, came: usize) -> String {
    let mut text = "id,at,came\n".to_owned();
    for person in 0..all {
        text += &format!("p{person},{at},{}\n", u8::from(person < came));
    }
    text
}

fn by(name: &str) -> By {
    By { name: name.into(), recorded: "2026-04-01T09:00:00Z".parse().unwrap(), dry_run: false }
}

fn begun(folder: &Folder) -> (Ledger, String) {
    let path = folder.file("club.ledger");
    let ledger = Ledger::create(&path, "2026-04-01T08:00:00Z".parse().unwrap()).unwrap();
    (ledger, path)
}

fn open(path: &str) -> Ledger {
    Ledger::open(path, Duration::from_secs(60)).unwrap()
}

/// Submits rows for an evaluation.
fn submit(
    ledger: &mut Ledger,
    at: &str,
    rows: &str,
    reason: Option<&str>,
    by: &By,
) -> Result<Submitted, Vec<Problem>> {
    submit_told(ledger, at, rows, reason, None, by)
}

fn submit_told(
    ledger: &mut Ledger,
    at: &str,
    rows: &str,
    reason: Option<&str>,
    paid_before: Option<u64>,
    by: &By,
) -> Result<Submitted, Vec<Problem>> {
    let files = Memory::default().with("rows.csv", rows);
    let request = Request {
        evidence: vec!["rows.csv".into()],
        at: Some(at.parse().unwrap()),
        paid_before: paid_before.map(Decimal::from),
        ..Request::default()
    };
    let contract = contract();
    let submission = Submission { contract: &contract, request: &request, reason, inside: false };
    ledger.submit(submission, &files, by)
}

fn ids(problems: Vec<Problem>) -> Vec<&'static str> {
    problems.iter().map(|problem| problem.id).collect()
}

const FIRST: &str = "2025-03-31";
const SECOND: &str = "2026-03-31";
