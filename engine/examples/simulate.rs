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
struct W;
impl simulate::Watch for W {
    fn progress(&self, _: u64, _: u64) {}
    fn should_stop(&self) -> bool {
        false
    }
}
fn main() {
    let a: Vec<_> = std::env::args().collect();
    match scenario::Scenario::read(&Disk, &a[1]) {
        Ok(s) => {
            println!("nodes {} draws {}", s.model.graph.len(), s.model.draws.len());
            let t = std::time::Instant::now();
            match simulate::simulate(
                &s,
                &simulate::Settings {
                    threads: a.get(2).and_then(|t| t.parse().ok()),
                    ..Default::default()
                },
                &W,
            ) {
                Ok(p) => {
                    eprintln!("{:?}", t.elapsed());
                    println!(
                        "{}",
                        serde_json::to_string_pretty(&p.to_json(problem::Language::En)).unwrap()
                    )
                }
                Err(p) => show(p),
            }
        }
        Err(ps) => show(ps),
    }
}
