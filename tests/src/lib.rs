//! What the whole-program tests share: files held in memory, and the repository's own.

pub use engine::simulate::Unwatched;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use engine::Files;
use engine::expr::block::{Inputs, Program};
use engine::expr::{DrawId, Exact, NodeId, SymbolId};
use engine::random::{Impossible, Stream};
use engine::scenario::{Draw, Scenario};
use rust_decimal::prelude::ToPrimitive;

/// Files held in memory.
#[derive(Debug, Default, Clone)]
pub struct Memory(BTreeMap<String, Vec<u8>>);

impl Memory {
    /// Adds a file.
    #[must_use]
    pub fn with(mut self, path: &str, text: &str) -> Self {
        self.0.insert(path.to_owned(), text.as_bytes().to_vec());
        self
    }

    /// Adds a file that is no text.
    #[must_use]
    pub fn with_bytes(mut self, path: &str, bytes: Vec<u8>) -> Self {
        self.0.insert(path.to_owned(), bytes);
        self
    }
}

impl Files for Memory {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        self.0.get(path).cloned().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let held: Vec<(String, Vec<u8>)> = self.0.clone().into_iter().collect();
        held.list(folder)
    }
}

/// The repository's files, by their path from its top.
#[derive(Debug, Clone, Copy)]
pub struct Repository;

impl Repository {
    /// The top of the repository.
    #[must_use]
    pub fn top() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
    }

    /// The files with this ending in a folder, from the top, in order.
    #[must_use]
    pub fn files_in(folder: &str, ending: &str) -> Vec<String> {
        let entries = std::fs::read_dir(Repository::top().join(folder));
        let mut files: Vec<String> = entries
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| name.ends_with(ending))
            .map(|name| format!("{folder}/{name}"))
            .collect();
        files.sort();
        files
    }
}

impl Files for Repository {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        std::fs::read(Repository::top().join(path))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let files = Repository::files_in(folder, "").into_iter();
        Ok(files.filter_map(|path| Some(path.rsplit_once('/')?.1.to_owned())).collect())
    }
}

/// The values of some nodes of a scenario on its first paths.
///
/// # Panics
/// If a draw's parameters are impossible.
#[must_use]
pub fn values<const N: usize>(
    scenario: &Scenario,
    paths: usize,
    nodes: [NodeId; N],
) -> [Vec<f64>; N] {
    const BLOCK: usize = 1000;
    let program = Program::compile(&scenario.model.graph, &nodes);
    let mut workspace = program.workspace(BLOCK);
    let mut values = std::array::from_fn(|_| Vec::with_capacity(paths));
    for first in (0..paths).step_by(BLOCK) {
        let (inputs, count) = (Draws(&scenario.model.draws), BLOCK.min(paths - first));
        let run = program.run(&inputs, first as u64, count, &mut workspace);
        run.unwrap_or_else(|impossible| panic!("{impossible}"));
        for (at, values) in values.iter_mut().enumerate() {
            values.extend_from_slice(&program.root(at, &workspace)[..count]);
        }
    }
    values
}

/// The draws of a scenario, each from its own stream.
struct Draws<'s>(&'s [Draw]);

impl Inputs for Draws<'_> {
    type Error = Impossible;

    fn symbol(&self, _: SymbolId, _: u64, out: &mut [f64]) -> Result<(), Impossible> {
        out.fill(f64::NAN);
        Ok(())
    }

    fn draw(
        &self,
        draw: DrawId,
        first_path: u64,
        parameters: &[&[f64]],
        out: &mut [f64],
    ) -> Result<(), Impossible> {
        let draw = &self.0[draw.index()];
        match (draw.inverse, parameters.split_last()) {
            (true, Some((deviate, parameters))) => {
                draw.law.fill_from_normal(deviate, parameters, out)
            }
            _ => {
                let stream = Stream::new(3, &draw.cell, draw.index, draw.evaluation);
                draw.law.fill(&stream, first_path, parameters, out)
            }
        }
    }
}

/// The values of symbols, the same on every path; a draw is an error.
#[derive(Debug)]
pub struct Row<'a>(pub &'a BTreeMap<SymbolId, f64>);

impl Inputs for Row<'_> {
    type Error = ();

    fn symbol(&self, symbol: SymbolId, _: u64, out: &mut [f64]) -> Result<(), ()> {
        out.fill(self.0.get(&symbol).copied().unwrap_or(f64::NAN));
        Ok(())
    }

    fn draw(&self, _: DrawId, _: u64, _: &[&[f64]], _: &mut [f64]) -> Result<(), ()> {
        Err(())
    }
}

/// An exact value as blocks have it.
#[must_use]
pub fn float(value: Exact) -> f64 {
    value.approximate().to_f64().unwrap_or(f64::NAN)
}
