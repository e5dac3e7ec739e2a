//! Running the contracts of a portfolio, a few at a time, over bands of paths.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::super::fault::Fault;
use super::super::pass::{self, BLOCK, Pass, paths_of};
use super::super::{Settings, Watch};
use super::member::{Running, Shelf};
use super::read::Portfolio;
use super::survey::{Survey, TOGETHER, stopped};
use super::tally::Tally;
use super::whole::{Sums, Whole, no_number};
use crate::Files;
use crate::problem::{Problem, Source, Text, say};

/// Bytes that the sums of a band of paths may take.
const BAND_BYTES: u64 = 256 << 20;

/// Blocks that a thread runs a contract on at once, so that its columns stay in the cache.
const STRIPE_MOST: u64 = 16;

/// A portfolio made ready to run.
pub(super) struct Run<'p> {
    portfolio: &'p Portfolio,
    shelf: Shelf<'p>,
    survey: Survey,
    whole: Whole,
    /// Blocks whose sums are held at once.
    band: u64,
}

/// What is summed up of some blocks of a portfolio.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Totals {
    /// Of the whole.
    pub(super) whole: pass::Totals,
    /// Of the whole: the payment, and what is left to each investor.
    pub(super) tallies: Vec<Tally>,
    /// Of each contract: see [`Running::own`].
    pub(super) members: Vec<Vec<Tally>>,
}

impl Totals {
    /// Of nothing yet.
    pub(super) fn nothing(survey: &Survey, whole: &Whole, pass: &Pass<'_>) -> Totals {
        Totals {
            whole: pass::Totals(vec![pass.summaries(pass.keeps(survey.paths))]),
            tallies: firsts(survey, whole, pass),
            members: (survey.members.iter())
                .map(|member| member.scales.iter().map(|scale| Tally::scaled(*scale)).collect())
                .collect(),
        }
    }

    pub(super) fn merge(&mut self, other: Totals) {
        self.whole.merge(other.whole);
        self.tallies.iter_mut().zip(&other.tallies).for_each(|(all, part)| all.merge(part));
        let members = self.members.iter_mut().flatten().zip(other.members.iter().flatten());
        members.for_each(|(all, part)| all.merge(part));
    }
}

/// Tallies of nothing, scaled by the first block.
fn firsts(survey: &Survey, whole: &Whole, pass: &Pass<'_>) -> Vec<Tally> {
    let mut workspace = pass.workspace();
    match pass.run(0, &Sums(&survey.first), &mut workspace) {
        Ok(()) => tallied(whole, pass)
            .map(|at| Tally::new(&pass.column(at, &workspace).0[..pass.count(0)]))
            .collect(),
        Err(_) => Vec::new(),
    }
}

/// Which results of the pass are tallied.
fn tallied<'a>(whole: &'a Whole, pass: &'a Pass<'_>) -> impl Iterator<Item = usize> + 'a {
    let nodes = std::iter::once(whole.payment).chain(whole.investors.iter().map(|of| of.result));
    nodes.filter_map(|node| {
        pass.wanted.iter().position(|known| known.node == node && known.where_available.is_none())
    })
}

/// The first fault that was found, by contract and block.
type FirstFault = Mutex<Option<((usize, u64), Fault)>>;

impl<'p> Run<'p> {
    pub(super) fn new(
        portfolio: &'p Portfolio,
        files: &'p (dyn Files + Sync),
        settings: &Settings,
        watch: &dyn Watch,
    ) -> Result<Run<'p>, Vec<Problem>> {
        let shelf = Shelf::new(portfolio, files);
        let survey = Survey::of(portfolio, &shelf, settings, watch)?;
        let whole = Whole::of(&survey);
        let column_bytes = BLOCK * 8 * survey.amounts.len().max(1) as u64;
        let band = (BAND_BYTES / column_bytes).max(1);
        Ok(Run { portfolio, shelf, survey, whole, band })
    }

    pub(super) fn blocks(&self) -> u64 {
        self.survey.blocks()
    }

    pub(super) fn into_survey(self) -> Survey {
        self.survey
    }

    /// The sums of some blocks.
    pub(super) fn totals(
        &self,
        blocks: Range<u64>,
        watch: &dyn Watch,
    ) -> Result<Totals, Vec<Problem>> {
        let one = |problem| vec![problem];
        let pass = self.whole.pass(&self.survey).map_err(one)?;
        let mut totals = Totals::nothing(&self.survey, &self.whole, &pass);
        let all = paths_of(self.survey.paths, &blocks);
        let mut start = blocks.start;
        while start < blocks.end {
            let now = start..(start + self.band).min(blocks.end);
            let before = paths_of(self.survey.paths, &(blocks.start..start));
            let sums = self.band(&now, (before, all), &mut totals, watch)?;
            self.add_whole(&pass, &now, &sums, &mut totals).map_err(one)?;
            start = now.end;
        }
        totals.whole.in_order();
        Ok(totals)
    }

    /// The sums over all contracts in a band of blocks, block by block and amount by amount.
    fn band(
        &self,
        blocks: &Range<u64>,
        (before, all): (u64, u64),
        totals: &mut Totals,
        watch: &dyn Watch,
    ) -> Result<Vec<Vec<Vec<f64>>>, Vec<Problem>> {
        let Run { portfolio, shelf, survey, .. } = self;
        let count = |block: u64| paths_of(survey.paths, &(block..block + 1)) as usize;
        let sums = |block| Mutex::new(vec![vec![0.0; count(block)]; survey.amounts.len()]);
        let sums: Vec<Mutex<Vec<Vec<f64>>>> = blocks.clone().map(sums).collect();
        let members: Vec<usize> = (0..portfolio.members.len()).collect();
        let threads = rayon::current_num_threads() as u64;
        let length = blocks.end - blocks.start;
        let stripe = (length / (4 * threads)).clamp(1, STRIPE_MOST);
        let paths = paths_of(survey.paths, blocks);
        for batch in members.chunks(TOGETHER * threads as usize) {
            if watch.should_stop() {
                return Err(vec![stopped()]);
            }
            let loaded = shelf.of(batch.iter().copied())?;
            let made = |at: &usize| {
                let found = &loaded[&portfolio.members[*at].entry];
                if found.digest != survey.members[*at].digest {
                    return Err(changed(&found.scenario.file));
                }
                let position = |amount: &_| survey.position(amount);
                let given = (*portfolio, survey.seed, survey.paths);
                Ok(((*at), Running::new(given, *at, &found.scenario, position)?))
            };
            let running: Vec<(usize, Running<'_>)> = {
                use rayon::prelude::*;
                let made: Vec<Result<_, Problem>> = batch.par_iter().map(made).collect();
                made.into_iter().collect::<Result<_, Problem>>().map_err(|problem| vec![problem])?
            };
            let (next, done) = (AtomicU64::new(blocks.start), AtomicUsize::new(0));
            let fault: FirstFault = Mutex::new(None);
            let tallies = rayon::broadcast(|_| {
                let fresh = |(at, _): &(usize, Running<'_>)| -> Vec<Tally> {
                    survey.members[*at].scales.iter().map(|scale| Tally::scaled(*scale)).collect()
                };
                let mut tallies: Vec<Vec<Tally>> = running.iter().map(fresh).collect();
                loop {
                    let start = next.fetch_add(stripe, Ordering::Relaxed);
                    if start >= blocks.end || watch.should_stop() {
                        return tallies;
                    }
                    let stripe = start..(start + stripe).min(blocks.end);
                    for ((at, member), tallies) in running.iter().zip(&mut tallies) {
                        let mut workspace = member.workspace();
                        for block in stripe.clone() {
                            let sums = &sums[(block - blocks.start) as usize];
                            let mut sums = sums.lock().unwrap_or_else(PoisonError::into_inner);
                            match member.run(block, &mut workspace, &mut sums) {
                                Ok(()) => tallies
                                    .iter_mut()
                                    .zip(member.own(block, &workspace))
                                    .for_each(|(tally, column)| tally.add(block, column)),
                                Err(found) => note(&fault, (*at, block), found),
                            }
                        }
                    }
                    done.fetch_add((stripe.end - stripe.start) as usize, Ordering::Relaxed);
                }
            });
            if let Some(((at, _), found)) =
                fault.into_inner().unwrap_or_else(PoisonError::into_inner)
            {
                let member = running.iter().find(|(known, _)| *known == at);
                return Err(member.map(|(_, member)| member.problem(found)).into_iter().collect());
            }
            if (done.into_inner() as u64) < length {
                return Err(vec![stopped()]);
            }
            for tallies in tallies {
                for ((at, _), parts) in running.iter().zip(tallies) {
                    let all = totals.members[*at].iter_mut();
                    all.zip(&parts).for_each(|(all, part)| all.merge(part));
                }
            }
            let finished = running.last().map_or(0, |(at, _)| at + 1) as u64;
            watch.progress(before + paths * finished / members.len().max(1) as u64, all);
        }
        Ok(sums
            .into_iter()
            .map(|sums| sums.into_inner().unwrap_or_else(PoisonError::into_inner))
            .collect())
    }

    /// Adds what the sums of a band come to.
    fn add_whole(
        &self,
        pass: &Pass<'_>,
        blocks: &Range<u64>,
        sums: &[Vec<Vec<f64>>],
        totals: &mut Totals,
    ) -> Result<(), Problem> {
        let Run { survey, whole, .. } = self;
        let next = AtomicU64::new(blocks.start);
        let parts = rayon::broadcast(|_| {
            let mut workspace = pass.workspace();
            let keep = pass.keeps(survey.paths);
            let mut summaries = pass.summaries(keep);
            let mut tallies: Vec<Tally> =
                totals.tallies.iter().map(|tally| Tally::scaled(tally.scale())).collect();
            loop {
                let block = next.fetch_add(1, Ordering::Relaxed);
                if block >= blocks.end {
                    return Ok((summaries, tallies));
                }
                let sums = Sums(&sums[(block - blocks.start) as usize]);
                pass.run(block, &sums, &mut workspace).map_err(|_| no_number())?;
                pass.add(block, &workspace, &mut summaries);
                for (tally, at) in tallies.iter_mut().zip(tallied(whole, pass)) {
                    tally.add(block, &pass.column(at, &workspace).0[..pass.count(block)]);
                }
            }
        });
        for part in parts {
            let (summaries, tallies) = part?;
            totals.whole.merge(pass::Totals(vec![summaries]));
            totals.tallies.iter_mut().zip(&tallies).for_each(|(all, part)| all.merge(part));
        }
        Ok(())
    }
}

/// Keeps the first fault.
fn note(fault: &FirstFault, at: (usize, u64), found: Fault) {
    let mut fault = fault.lock().unwrap_or_else(PoisonError::into_inner);
    if fault.as_ref().is_none_or(|(known, _)| at < *known) {
        *fault = Some((at, found));
    }
}

/// A file that is not what it was when the run began.
fn changed(file: &str) -> Problem {
    Problem::error(
        "file-changed",
        say!(
            "the files of `{file}` changed while the run went on",
            "`{file}` のファイルが試算の途中で変わりました"
        ),
    )
    .help(Text {
        en: "run it again once nobody writes to them".to_owned(),
        ja: "書き込みが終わってから、もう一度実行してください".to_owned(),
    })
    .at(Source::new(file, "").whole())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FilesRead;
    use crate::simulate::Unwatched;

    const CONTRACT: &str = r#"
contract("c", #{ from: "2024-04-01", to: "2026-03-31", tax: unstated(), rounding: down(1) });
party("city", #{ role: "payer" });
party("vendor", #{ role: "provider" });
let fund = party("fund", #{ role: "investor" });
evaluations([#{ at: "2025-03-31", paid: "2025-03-31" }, #{ at: "2026-03-31", paid: "2026-03-31" }]);
let x = mean("x", #{ digits: 3 });
pay("x", |e| linear(e[x], [0, yen(0)], [1, yen(1_000_000)]));
invest(fund, #{ amount: yen(900_000) });
"#;

    #[test]
    fn how_many_blocks_are_held_at_once_changes_no_digit() {
        let scenario = "contract = \"c.rhai\"\n[assume.each]\nu = \"uniform(0, 1)\"\n[outcomes.x]\nvalue = \"u\"\n";
        let files: FilesRead = vec![
            ("p/a.toml".to_owned(), scenario.into()),
            ("p/b.toml".to_owned(), scenario.into()),
            ("p/c.rhai".to_owned(), CONTRACT.into()),
            ("p/portfolio.toml".to_owned(), "shared = [\"u\"]".into()),
        ];
        let portfolio = Portfolio::read(&files, "p").unwrap();
        let settings = Settings { paths: Some(4_000), ..Settings::default() };
        let mut run = Run::new(&portfolio, &files, &settings, &Unwatched).unwrap();
        let mut totals = |band| {
            run.band = band;
            postcard::to_stdvec(&run.totals(0..run.blocks(), &Unwatched).unwrap()).unwrap()
        };
        let whole = totals(100);
        for band in [1, 3] {
            assert!(totals(band) == whole, "{band}");
        }
    }
}
