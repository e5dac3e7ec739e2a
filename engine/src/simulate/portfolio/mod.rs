//! Many contracts on the same possible futures: what they pay together, how far the risks of one even
//! out those of another.
//!
//! In: a folder of scenarios, and a file `portfolio.toml` that says what they share. Out: a
//! [`PortfolioProjection`]. On every path each contract has random numbers of its own, as if it were
//! alone, but for the cells that are *shared*: they are one and the same in all contracts.
//!
//! Contracts are read, run and put away a few at a time; what is kept are the sums of a few columns
//! over the contracts, and some ten kilobytes of each. Every path is summed over the contracts in their
//! order: the result is the same to the last digit on any number of threads and in any division into
//! chunks.
//!
//! Never here: contracts that depend on each other's payments.

mod chunk;
mod member;
mod projection;
mod read;
mod run;
mod survey;
mod tally;
mod whole;

use std::ops::Range;

use super::{Settings, Watch};
use crate::Files;
use crate::problem::Problem;

pub use chunk::{PortfolioChunk, PortfolioMerger};
pub use projection::{
    ContractProjection, Diversification, InvestorResult, PortfolioInvestor, PortfolioProjection,
};
pub use read::{Member, Portfolio};

/// Simulates every contract of a portfolio and what they come to together.
///
/// Of the settings `paths`, `seed` and `threads` are looked at.
///
/// # Errors
/// Every problem of a contract or its scenario; contracts that do not go together; as
/// [`simulate`](super::simulate()).
pub fn simulate_portfolio(
    portfolio: &Portfolio,
    files: &(dyn Files + Sync),
    settings: &Settings,
    watch: &dyn Watch,
) -> Result<PortfolioProjection, Vec<Problem>> {
    let part = super::Part::Numbered { number: 1, of: 1 };
    let chunk = simulate_portfolio_part(portfolio, files, settings, part, watch)?;
    let mut merger = PortfolioMerger::default();
    merger.add("", chunk)?;
    merger.finish()
}

/// Simulates every contract of a portfolio on one part of the paths.
///
/// # Errors
/// As [`simulate_portfolio`].
pub fn simulate_portfolio_part(
    portfolio: &Portfolio,
    files: &(dyn Files + Sync),
    settings: &Settings,
    part: super::Part,
    watch: &dyn Watch,
) -> Result<PortfolioChunk, Vec<Problem>> {
    super::run::on_threads_all(settings.threads, || {
        let run = run::Run::new(portfolio, files, settings, watch)?;
        let blocks: Range<u64> = part.blocks(run.blocks());
        let totals = run.totals(blocks, watch)?;
        Ok(PortfolioChunk::new(run.into_survey(), part, totals))
    })
}
