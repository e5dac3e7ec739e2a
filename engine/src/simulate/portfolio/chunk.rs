//! Parts of a portfolio's paths that are run anywhere and merged to the whole.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::super::chunk::{self, refusals};
use super::super::pass::{BLOCK, Shape, paths_of};
use super::super::run::on_threads;
use super::super::{Added, Part};
use super::projection::PortfolioProjection;
use super::run::Totals;
use super::survey::Survey;
use super::whole::Whole;
use crate::evidence::read_bytes;
use crate::problem::{Problem, Text, say};
use crate::{Files, VERSION};

/// The first bytes of its file; the number is the version of its layout.
const MARK: &[u8] = b"seika portfolio chunk 2\n";

/// One part of a portfolio's paths: every contract, on some of them.
#[derive(Debug, Clone)]
pub struct PortfolioChunk {
    survey: Survey,
    part: Part,
    totals: Totals,
}

impl PortfolioChunk {
    pub(super) fn new(survey: Survey, part: Part, mut totals: Totals) -> PortfolioChunk {
        totals.whole.in_order();
        PortfolioChunk { survey, part, totals }
    }

    /// Whether these are the bytes of such a chunk.
    #[must_use]
    pub fn is_one(bytes: &[u8]) -> bool {
        bytes.starts_with(b"seika portfolio chunk ")
    }

    /// Which part it is.
    #[must_use]
    pub fn part(&self) -> Part {
        self.part
    }

    /// How many paths it holds.
    #[must_use]
    pub fn paths(&self) -> u64 {
        paths_of(self.survey.paths, &self.part.blocks(self.survey.blocks()))
    }

    /// How many contracts.
    #[must_use]
    pub fn contracts(&self) -> usize {
        self.survey.members.len()
    }

    fn body(&self) -> Vec<u8> {
        let body = (&self.survey, self.part, &self.totals);
        postcard::to_stdvec(&body).unwrap_or_else(|error| unreachable!("{error}"))
    }

    /// The chunk as bytes, with a checksum.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let body = self.body();
        [MARK, &Sha256::digest(&body), &head(), &body].concat()
    }

    /// Reads a chunk from a file.
    ///
    /// # Errors
    /// A file that cannot be read, and as [`from_bytes`](Self::from_bytes).
    pub fn read(files: &dyn Files, path: &str) -> Result<PortfolioChunk, Problem> {
        PortfolioChunk::from_bytes(path, &read_bytes(files, path)?)
    }

    /// Reads a chunk from its bytes; `name` is the file they are from.
    ///
    /// # Errors
    /// Bytes that are no such chunk, are damaged, or were made by another version of the engine.
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<PortfolioChunk, Problem> {
        let damaged = || refusals::damaged(name);
        if chunk::is_one(bytes) {
            let other = say!("`simulate`, and not `portfolio`", "コマンド（`simulate`）");
            return Err(refusals::another_command(name, other));
        }
        let Some(rest) = bytes.strip_prefix(MARK) else {
            return Err(refusals::not_this_layout(name, PortfolioChunk::is_one(bytes)));
        };
        let (sum, rest) = rest.split_at_checked(32).ok_or_else(damaged)?;
        let (engine, body): (String, _) = postcard::take_from_bytes(rest).map_err(|_| damaged())?;
        if engine != VERSION {
            return Err(refusals::another_version(name, &engine));
        }
        if Sha256::digest(body).as_slice() != sum {
            return Err(damaged());
        }
        let (survey, part, totals) = postcard::from_bytes(body).map_err(|_| damaged())?;
        let chunk = PortfolioChunk { survey, part, totals };
        let possible =
            chunk.part.of() > 0 && chunk.part.is_possible() && chunk.survey.is_possible();
        if possible { Ok(chunk) } else { Err(damaged()) }
    }
}

/// The version of the engine, before everything whose layout is its own.
fn head() -> Vec<u8> {
    postcard::to_stdvec(VERSION).unwrap_or_else(|error| unreachable!("{error}"))
}

/// The chunks of a portfolio, merged one by one: only their sum is held.
#[derive(Debug, Default)]
pub struct PortfolioMerger {
    sum: Option<Sum>,
    /// Which parts are in the sum, from which file, and what tells the chunk from others.
    parts: BTreeMap<Part, (String, [u8; 32])>,
}

#[derive(Debug)]
struct Sum {
    first: String,
    of: u64,
    survey: Survey,
    whole: Whole,
    shape: Shape,
    totals: Totals,
}

impl PortfolioMerger {
    /// Adds the chunk read from the file called `name`; one that was there already counts once.
    ///
    /// # Errors
    /// A chunk of another run or build, or one that says otherwise than another of the same part;
    /// nothing is added then.
    pub fn add(&mut self, name: &str, chunk: PortfolioChunk) -> Result<Added, Vec<Problem>> {
        if let Some(sum) = &self.sum {
            same(name, &chunk, sum).map_err(|problem| vec![problem])?;
        }
        let checksum: [u8; 32] = Sha256::digest(chunk.body()).into();
        if let Some((known, other)) = self.parts.get(&chunk.part) {
            if *other == checksum {
                return Ok(Added::Known { file: known.clone() });
            }
            return Err(vec![refusals::contradicting(name, known, chunk.part)]);
        }
        let part = chunk.part;
        match &mut self.sum {
            Some(sum) => {
                fits(name, &chunk, sum)?;
                sum.totals.merge(chunk.totals);
            }
            None => {
                let PortfolioChunk { survey, part, totals } = chunk.clone();
                let whole = Whole::of(&survey);
                let (shape, _) = on_threads(Some(1), || {
                    let pass = whole.pass(&survey)?;
                    let empty = Totals::nothing(&survey, &whole, &pass);
                    Ok((Shape::of(&[pass], empty.whole), ()))
                })
                .map_err(|problem| vec![problem])?;
                let sum =
                    Sum { first: name.to_owned(), of: part.of(), survey, whole, shape, totals };
                fits(name, &chunk, &sum)?;
                self.sum = Some(sum);
            }
        }
        self.parts.insert(part, (name.to_owned(), checksum));
        Ok(Added::Merged)
    }

    /// What the whole run found.
    ///
    /// # Errors
    /// Chunks that are missing.
    pub fn finish(self) -> Result<PortfolioProjection, Vec<Problem>> {
        let Some(Sum { first, of, survey, whole, totals, .. }) = self.sum else {
            return Err(vec![refusals::nothing_to_merge()]);
        };
        if let Some(problem) = refusals::missing(of, &self.parts, &first) {
            return Err(vec![problem]);
        }
        on_threads(None, || PortfolioProjection::of(&survey, &whole, totals))
            .map_err(|problem| vec![problem])
    }
}

/// Refuses a chunk whose sums cannot be those of its part.
fn fits(name: &str, chunk: &PortfolioChunk, sum: &Sum) -> Result<(), Vec<Problem>> {
    let blocks = chunk.part.blocks(sum.survey.paths.div_ceil(BLOCK));
    let paths = paths_of(sum.survey.paths, &blocks);
    let members = chunk.totals.members.iter().zip(&sum.survey.members);
    let tallies = chunk.totals.tallies.iter().zip(&sum.totals.tallies);
    let possible = chunk.totals.whole.could_be(&sum.shape, &blocks)
        && chunk.totals.members.len() == sum.survey.members.len()
        && chunk.totals.tallies.len() == sum.whole.investors.len() + 1
        && tallies.into_iter().all(|(tally, known)| tally.could_be(known.scale(), paths))
        && members.into_iter().all(|(tallies, member)| {
            let mut both = tallies.iter().zip(&member.scales);
            tallies.len() == member.scales.len()
                && both.all(|(tally, scale)| tally.could_be(*scale, paths))
        });
    match possible {
        true => Ok(()),
        false => Err(vec![refusals::another_build(name)]),
    }
}

/// Refuses a chunk that is not of the same run as the first one.
fn same(name: &str, chunk: &PortfolioChunk, sum: &Sum) -> Result<(), Problem> {
    let (a, b) = (&chunk.survey, &sum.survey);
    let numbers = |a: u64, b: u64| Some((Text::from(a.to_string()), Text::from(b.to_string())));
    let contracts = || {
        let mut pairs = a.members.iter().zip(&b.members);
        let other = pairs.find(|(a, b)| (a.digest, &a.name) != (b.digest, &b.name));
        other.map(|(a, _)| a.name.clone())
    };
    let differs = if a.seed != b.seed {
        (say!("another seed", "乱数の種"), numbers(a.seed, b.seed))
    } else if a.paths != b.paths {
        (say!("another number of paths", "パス数"), numbers(a.paths, b.paths))
    } else if chunk.part.of() != sum.of {
        (say!("another number of chunks", "chunk の総数"), numbers(chunk.part.of(), sum.of))
    } else if a.members.len() != b.members.len() {
        let [a, b] = [a, b].map(|of| of.members.len() as u64);
        (say!("another number of contracts", "契約の数"), numbers(a, b))
    } else if let Some(other) = contracts() {
        (say!("another contract `{other}`", "契約 `{other}` の内容"), None)
    } else if a != b {
        (say!("another build or other settings", "ビルドまたは設定"), None)
    } else {
        return Ok(());
    };
    Err(refusals::another_run(name, differs, &sum.first))
}
