//! Parts of a run that are made anywhere and merged to the whole.
//!
//! A chunk is a range of a run's blocks, summarised, with everything the result rests on: the texts
//! of scenario, contract and tables, the seed, the number of paths and the engine's version. Chunks
//! made of anything else are refused, and what is merged is the whole run, to the last byte.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::pass::{BLOCK, Shape, Totals, paths_of};
use super::results::Results;
use super::run::{Run, on_threads};
use super::{Projection, Settings, Watch, until};
use crate::evidence::read_bytes;
use crate::problem::{Problem, Text, say};
use crate::scenario::Scenario;
use crate::{Files, FilesRead, VERSION};

pub(super) mod refusals;

/// The first bytes of a chunk's file; the number is the version of its layout.
const MARK: &[u8] = b"seika chunk 2\n";

/// Which part of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Part {
    /// Number `number`, from 1, of `of` that divide it evenly.
    Numbered {
        /// Which part, from 1.
        number: u64,
        /// Of how many.
        of: u64,
    },
    /// The blocks of 512 paths from number `start` on, up to before `end`: of such parts runs
    /// [until a target](super::Gathered) are made, which do not know their number of paths.
    Blocks {
        /// The first block, from 0.
        start: u64,
        /// The first block that is none of it.
        end: u64,
    },
}

impl FromStr for Part {
    type Err = ();

    /// Reads `2/7`, or the blocks `32..64`.
    fn from_str(written: &str) -> Result<Part, ()> {
        let count = |text: &str| text.trim().parse::<u64>().map_err(|_| ());
        if let Some((start, end)) = written.split_once("..") {
            let (start, end) = (count(start)?, count(end)?);
            return if start < end { Ok(Part::Blocks { start, end }) } else { Err(()) };
        }
        let (number, of) = written.split_once('/').ok_or(())?;
        let (number, of) = (count(number)?, count(of)?);
        if (1..=of).contains(&number) { Ok(Part::Numbered { number, of }) } else { Err(()) }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Numbered { number, of } => write!(f, "{number}/{of}"),
            Part::Blocks { start, end } => write!(f, "{start}..{end}"),
        }
    }
}

impl Part {
    /// Its blocks of a run of `all`; numbered parts differ in size by one block at most.
    pub(super) fn blocks(self, all: u64) -> Range<u64> {
        match self {
            Part::Numbered { number, of } => {
                let until = |parts: u64| {
                    (u128::from(all) * u128::from(parts) / u128::from(of.max(1))) as u64
                };
                until(number.saturating_sub(1))..until(number)
            }
            Part::Blocks { start, end } => start.min(all)..end.min(all),
        }
    }

    /// Into how many parts the run is divided; 0 of a run until a target.
    pub(super) fn of(self) -> u64 {
        match self {
            Part::Numbered { of, .. } => of,
            Part::Blocks { .. } => 0,
        }
    }

    /// Whether there can be such a part.
    pub(super) fn is_possible(self) -> bool {
        match self {
            Part::Numbered { number, of } => (1..=of).contains(&number),
            Part::Blocks { start, end } => start < end,
        }
    }
}

/// What a chunk's result rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Origin {
    engine: String,
    /// The path of the scenario among the files.
    scenario: String,
    /// Every file that was read, in order.
    files: FilesRead,
    paths: u64,
    seed: u64,
    antithetic: bool,
    /// What the first block of the run gave.
    fingerprint: u64,
    of: u64,
}

/// One part of a run.
#[derive(Debug, Clone)]
pub struct Chunk {
    origin: Origin,
    part: Part,
    totals: Totals,
}

impl Chunk {
    /// Which part it is.
    #[must_use]
    pub fn part(&self) -> Part {
        self.part
    }

    /// How many paths it holds.
    #[must_use]
    pub fn paths(&self) -> u64 {
        paths_of(self.origin.paths, &self.blocks())
    }

    pub(super) fn blocks(&self) -> Range<u64> {
        self.part.blocks(self.origin.paths.div_ceil(BLOCK))
    }

    /// What tells a chunk from every other: two of one part with the same are the same chunk.
    fn checksum(&self) -> [u8; 32] {
        Sha256::digest(self.body()).into()
    }

    /// Whether both are the same chunk.
    pub(super) fn is_the_same_as(&self, other: &Chunk) -> bool {
        self.checksum() == other.checksum()
    }

    pub(super) fn into_totals(self) -> Totals {
        self.totals
    }

    /// What it rests on, without what it found.
    pub(super) fn without_totals(&self) -> Chunk {
        let (origin, part) = (self.origin.clone(), self.part);
        Chunk { origin, part, totals: Totals(Vec::new()) }
    }

    /// Refuses a chunk that is not of the same run as the first one.
    pub(super) fn is_of_the_run_of(
        &self,
        name: &str,
        first: &str,
        other: &Chunk,
    ) -> Result<(), Problem> {
        check_origin(name, &self.origin, first, &other.origin)
    }

    /// Refuses a chunk that is not of a run of these files with these settings; `seed` is the
    /// scenario's own.
    pub(super) fn is_of(
        &self,
        name: &str,
        files: &FilesRead,
        settings: &Settings,
        seed: u64,
    ) -> Result<(), Problem> {
        let expected = Origin {
            files: files.clone(),
            paths: settings.paths.unwrap_or(self.origin.paths),
            seed: settings.seed.unwrap_or(seed),
            antithetic: settings.antithetic,
            of: 0,
            ..self.origin.clone()
        };
        check_origin(name, &self.origin, &expected.scenario, &expected)
    }

    fn body(&self) -> Vec<u8> {
        let body = (&self.origin, self.part, &self.totals);
        postcard::to_stdvec(&body).unwrap_or_else(|error| unreachable!("{error}"))
    }

    /// The chunk as bytes, with a checksum.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let body = self.body();
        let mut bytes = Vec::with_capacity(MARK.len() + 32 + body.len());
        bytes.extend_from_slice(MARK);
        bytes.extend_from_slice(&Sha256::digest(&body));
        bytes.extend_from_slice(&body);
        bytes
    }

    /// Reads a chunk from a file.
    ///
    /// # Errors
    /// A file that cannot be read, is no chunk, is damaged, or was made by another version of the
    /// engine.
    pub fn read(files: &dyn Files, path: &str) -> Result<Chunk, Problem> {
        Chunk::from_bytes(path, &read_bytes(files, path)?)
    }

    /// Reads a chunk from its bytes; `name` is the file they are from.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Chunk, Problem> {
        if super::PortfolioChunk::is_one(bytes) {
            let other = say!("`portfolio`, and not `simulate`", "コマンド（`portfolio`）");
            return Err(refusals::another_command(name, other));
        }
        let Some(rest) = bytes.strip_prefix(MARK) else {
            return Err(refusals::not_this_layout(name, is_one(bytes)));
        };
        let damaged = || refusals::damaged(name);
        let (sum, body) = rest.split_at_checked(32).ok_or_else(damaged)?;
        if Sha256::digest(body).as_slice() != sum {
            return Err(damaged());
        }
        // The layout of what follows the origin is the engine's own.
        let (origin, rest): (Origin, _) = postcard::take_from_bytes(body).map_err(|_| damaged())?;
        if origin.engine != VERSION {
            return Err(refusals::another_version(name, &origin.engine));
        }
        let (part, totals): (Part, Totals) = postcard::from_bytes(rest).map_err(|_| damaged())?;
        if part.of() == origin.of && part.is_possible() {
            Ok(Chunk { origin, part, totals })
        } else {
            Err(damaged())
        }
    }
}

/// Simulates one part of a scenario, which was read from `files`.
///
/// # Errors
/// As [`simulate`](super::simulate()).
pub fn simulate_part(
    scenario: &Scenario,
    files: FilesRead,
    settings: &Settings,
    part: Part,
    watch: &dyn Watch,
) -> Result<Chunk, Vec<Problem>> {
    on_threads(settings.threads, || {
        let run = Run::new(scenario, settings)?;
        let blocks = part.blocks(run.blocks());
        let paths = run.paths_of(&blocks);
        // A run until a target keeps values for exact percentiles as long as there are few.
        let so_far = match part {
            Part::Numbered { .. } => run.paths,
            Part::Blocks { start, .. } => until::paths_after(&run, start),
        };
        let mut totals = run.summarised(blocks, so_far, (0, paths), watch)?;
        totals.in_order();
        let origin = Origin {
            engine: VERSION.to_owned(),
            scenario: scenario.file.clone(),
            files,
            paths: run.paths,
            seed: run.seed,
            antithetic: run.antithetic,
            fingerprint: run.shape().fingerprint,
            of: part.of(),
        };
        Ok(Chunk { origin, part, totals })
    })
    .map_err(|problem| vec![problem])
}

/// What became of a chunk that was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// It is in the sum.
    Merged,
    /// It was there already: a chunk that is delivered twice counts once.
    Known {
        /// Where the same chunk came from before.
        file: String,
    },
}

/// The chunks of a run, merged one by one: only their sum is held.
#[derive(Debug, Default)]
pub struct Merger {
    sum: Option<Sum>,
    /// Which parts are in the sum, from which file, and what tells the chunk from others.
    parts: BTreeMap<Part, (String, [u8; 32])>,
}

/// What is merged so far, and the run it belongs to.
#[derive(Debug)]
struct Sum {
    /// The file of the first chunk.
    first: String,
    origin: Origin,
    scenario: Scenario,
    shape: Shape,
    totals: Totals,
}

impl Origin {
    fn settings(&self) -> Settings {
        Settings {
            paths: Some(self.paths),
            seed: Some(self.seed),
            antithetic: self.antithetic,
            ..Settings::default()
        }
    }
}

impl Merger {
    /// Adds the chunk read from the file called `name`.
    ///
    /// # Errors
    /// A chunk of another run or build, one that says otherwise than another of the same part, or
    /// one that does not fit the scenario it holds; nothing is added then.
    pub fn add(&mut self, name: &str, chunk: Chunk) -> Result<Added, Vec<Problem>> {
        if let Part::Blocks { .. } = chunk.part {
            return Err(vec![refusals::until_a_target(name)]);
        }
        if let Some(sum) = &self.sum {
            check_origin(name, &chunk.origin, &sum.first, &sum.origin)
                .map_err(|problem| vec![problem])?;
        }
        let checksum = chunk.checksum();
        if let Some((known, other)) = self.parts.get(&chunk.part) {
            if *other == checksum {
                return Ok(Added::Known { file: known.clone() });
            }
            return Err(vec![refusals::contradicting(name, known, chunk.part)]);
        }
        let blocks = chunk.blocks();
        let part = chunk.part;
        match &mut self.sum {
            Some(sum) => {
                fits(name, &chunk, &sum.shape, &blocks)?;
                sum.totals.merge(chunk.totals);
            }
            None => {
                let scenario = Scenario::read(&chunk.origin.files, &chunk.origin.scenario)?;
                let shape = {
                    let run = on_threads(None, || Run::new(&scenario, &chunk.origin.settings()));
                    run.map_err(|problem| vec![problem])?.shape()
                };
                fits(name, &chunk, &shape, &blocks)?;
                let Chunk { origin, totals, .. } = chunk;
                self.sum = Some(Sum { first: name.to_owned(), origin, scenario, shape, totals });
            }
        }
        self.parts.insert(part, (name.to_owned(), checksum));
        Ok(Added::Merged)
    }

    /// The projection of the whole run, and its scenario.
    ///
    /// # Errors
    /// Chunks that are missing.
    pub fn finish(self) -> Result<(Scenario, Projection), Vec<Problem>> {
        let Some(Sum { first, origin, scenario, totals, .. }) = self.sum else {
            return Err(vec![refusals::nothing_to_merge()]);
        };
        if let Some(problem) = refusals::missing(origin.of, &self.parts, &first) {
            return Err(vec![problem]);
        }
        let projection = on_threads(None, || {
            let run = Run::new(&scenario, &origin.settings())?;
            Ok(Results::new(&run, totals, run.paths).projection(&run))
        });
        let projection = projection.map_err(|problem| vec![problem])?;
        Ok((scenario, projection))
    }
}

/// Refuses a chunk whose summaries cannot be those of its part of the run.
pub(super) fn fits(
    name: &str,
    chunk: &Chunk,
    shape: &Shape,
    blocks: &Range<u64>,
) -> Result<(), Vec<Problem>> {
    if chunk.origin.fingerprint != shape.fingerprint || !chunk.totals.could_be(shape, blocks) {
        return Err(vec![refusals::another_build(name)]);
    }
    Ok(())
}

/// Refuses a chunk that is not of the same run as the first one.
fn check_origin(name: &str, a: &Origin, first: &str, b: &Origin) -> Result<(), Problem> {
    let numbers = |a: u64, b: u64| Some((Text::from(a.to_string()), Text::from(b.to_string())));
    let texts = |a: &Origin| a.files.iter().map(|(_, bytes)| bytes.clone()).collect::<Vec<_>>();
    let differs = if texts(a) != texts(b) {
        let pairs = a.files.iter().zip(&b.files);
        let other = pairs.filter(|(a, b)| a.1 != b.1).map(|(a, _)| a.0.clone()).next();
        let file = other.unwrap_or_else(|| a.scenario.clone());
        (say!("another `{file}`", " `{file}` の内容"), None)
    } else if a.seed != b.seed {
        (say!("another seed", "乱数の種"), numbers(a.seed, b.seed))
    } else if a.paths != b.paths {
        (say!("another number of paths", "パス数"), numbers(a.paths, b.paths))
    } else if a.of != b.of {
        (say!("another number of chunks", "chunk の総数"), numbers(a.of, b.of))
    } else if a.antithetic != b.antithetic {
        (say!("antithetic paths, or without", "対称パス（--antithetic）の有無"), None)
    } else if a.fingerprint != b.fingerprint {
        (say!("another build", "ビルド"), None)
    } else {
        return Ok(());
    };
    Err(refusals::another_run(name, differs, first))
}

/// Whether these are the bytes of a chunk of one contract's run, of whatever layout.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    bytes.starts_with(b"seika chunk ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::Unwatched;

    const CONTRACT: &str = r#"
contract("c", #{ from: "2024-04-01", to: "2025-03-31", tax: unstated(), rounding: down(1) });
party("city", #{ role: "payer" });
party("vendor", #{ role: "provider" });
evaluations([#{ at: "2025-03-31", paid: "2025-03-31" }]);
let x = mean("x", #{ digits: 1, at_least: 2 });
pay("x", |e| tiers(e[x], [[1, yen(7)]]));
"#;

    fn made(paths: u64, part: &str) -> Chunk {
        let scenario = "contract = \"c.rhai\"\n[outcomes.x]\nmean = 1\nsd = 3\nn = 9\n";
        let files: FilesRead =
            vec![("s.toml".to_owned(), scenario.into()), ("c.rhai".to_owned(), CONTRACT.into())];
        let scenario = Scenario::read(&files, "s.toml").unwrap();
        let settings = Settings { paths: Some(paths), ..Settings::default() };
        simulate_part(&scenario, files, &settings, part.parse().unwrap(), &Unwatched).unwrap()
    }

    /// Whether a chunk is refused, as it comes back from its bytes with their right checksum.
    fn is_refused(chunk: &Chunk) -> bool {
        let held: FilesRead = vec![("c".to_owned(), chunk.to_bytes())];
        match Chunk::read(&held, "c") {
            Ok(chunk) => Merger::default().add("c", chunk).is_err(),
            Err(_) => true,
        }
    }

    #[test]
    fn a_chunk_that_says_what_it_does_not_hold_is_refused() {
        let honest = made(3_000, "1/2");
        assert!(!is_refused(&honest));
        let forged = |change: &dyn Fn(&mut Chunk)| {
            let mut chunk = honest.clone();
            change(&mut chunk);
            is_refused(&chunk)
        };
        for number in [0, 3, u64::MAX] {
            assert!(forged(&|chunk| chunk.part = Part::Numbered { number, of: 2 }), "{number}");
        }
        assert!(forged(&|chunk| chunk.part = Part::Numbered { number: 1, of: 3 }));
        assert!(forged(&|chunk| chunk.origin.of = 1));
        assert!(forged(&|chunk| {
            (chunk.part, chunk.origin.of) = (Part::Numbered { number: 1, of: 0 }, 0);
        }));
        assert!(forged(&|chunk| {
            (chunk.part, chunk.origin.of) = (Part::Blocks { start: 0, end: 3 }, 0);
        }));
        // 3,000 paths are 6 blocks: the second half is shorter by 72 paths.
        assert!(forged(&|chunk| chunk.part = Part::Numbered { number: 2, of: 2 }));
        for paths in [2_999, 9_000, 1 << 63] {
            let shown = forged(&|chunk| chunk.origin.paths = paths);
            // One path fewer is the other half's.
            assert_eq!(shown, paths != 2_999, "{paths}");
        }
        assert!(forged(&|chunk| chunk.origin.fingerprint ^= 1));
        assert!(forged(&|chunk| chunk.origin.antithetic = true));
        assert!(forged(&|chunk| chunk.totals = made(9_000, "1/2").totals));
        assert!(forged(&|chunk| drop(chunk.totals.0[0].pop())));
        assert!(forged(&|chunk| chunk.totals.0.clear()));
        assert!(forged(&|chunk| chunk.totals.0[0].reverse()));
        // Twice the values of one half.
        assert!(forged(&|chunk| chunk.totals.merge(chunk.totals.clone())));
        // A long run keeps no values: these are of another kind.
        assert!(forged(&|chunk| chunk.origin.paths = 1_000_000_000));
    }

    #[test]
    fn a_part_is_a_number_of_a_number() {
        let part: Part = "2/7".parse().unwrap();
        assert_eq!(part, Part::Numbered { number: 2, of: 7 });
        assert_eq!("32..64".parse(), Ok(Part::Blocks { start: 32, end: 64 }));
        assert_eq!(
            [part, Part::Blocks { start: 0, end: 5 }].map(|part| part.to_string()),
            ["2/7", "0..5"]
        );
        for wrong in ["", "2", "0/7", "8/7", "2/0", "-1/2", "a/b", "1/2/3", "3..3", "4..3", "..3"] {
            assert_eq!(wrong.parse::<Part>(), Err(()), "{wrong}");
        }
    }

    #[test]
    fn parts_cover_every_block_once() {
        for (all, of) in [(0, 3), (1, 1), (7, 60), (98, 7), (100, 60), (u64::MAX >> 10, 3)] {
            let mut next = 0;
            for number in 1..=of {
                let blocks = Part::Numbered { number, of }.blocks(all);
                assert_eq!(blocks.start, next);
                assert!(blocks.end - blocks.start <= all / of + 1);
                next = blocks.end;
            }
            assert_eq!(next, all);
        }
    }
}
