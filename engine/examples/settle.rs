#![allow(missing_docs, clippy::all)]
use engine::*;
struct Disk;
impl Files for Disk {
    fn read(&self, p: &str) -> std::io::Result<Vec<u8>> {
        std::fs::read(p)
    }
}
fn show(ps: Vec<problem::Problem>) {
    for p in ps {
        println!(
            "{} {:?}:{}:{} {} found={:?} exp={:?} help={:?}",
            p.id,
            p.place.as_ref().map(|p| &p.file),
            p.place.as_ref().map_or(0, |p| p.line),
            p.place.as_ref().map_or(0, |p| p.column),
            p.message.en,
            p.found.map(|f| f.en),
            p.expected.map(|f| f.en),
            p.help.map(|f| f.en)
        );
    }
}
fn main() {
    let a: Vec<_> = std::env::args().collect();
    match contract::Contract::read(&Disk, &a[1], &Default::default()) {
        Ok(c) => {
            match settle::settle(
                &c,
                &Disk,
                &settle::Request {
                    evidence: a[3..].to_vec(),
                    at: a[2].parse().ok(),
                    paid_before: None,
                },
            ) {
                Ok(s) => println!(
                    "{}",
                    serde_json::to_string_pretty(&s.to_json(problem::Language::En)).unwrap()
                ),
                Err(p) => show(p),
            }
        }
        Err(ps) => show(ps),
    }
}
