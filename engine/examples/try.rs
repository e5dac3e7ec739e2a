#![allow(missing_docs, clippy::all)]
use engine::*;
struct Disk;
impl Files for Disk {
    fn read(&self, p: &str) -> std::io::Result<Vec<u8>> {
        std::fs::read(p)
    }
}
fn main() {
    let p = std::env::args().nth(1).unwrap();
    match contract::Contract::read(&Disk, &p, &Default::default()) {
        Ok(c) => {
            let k = c.check();
            println!(
                "{}",
                serde_json::to_string_pretty(&k.to_json(&c, problem::Language::En)).unwrap()
            );
            println!("nodes {}", c.graph.len());
        }
        Err(ps) => {
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
    }
}
