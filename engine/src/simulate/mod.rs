//! Projecting a scenario: many paths, drawn and priced in blocks.
//!
//! In: a scenario with its contract. Out: a [`Projection`]: distributions of payments, savings and
//! outcomes, with standard errors, and the same for a programme that does nothing.
//!
//! Every random number is keyed by seed, cell, evaluation and path, so a result is the same to the
//! last digit on any number of threads, and a new cell moves no other.
//!
//! Never here: reading files, exact money, layout for people.

mod chosen;
mod chunk;
mod cohorts;
mod columns;
mod distribution;
mod draws;
mod fault;
mod investors;
mod luck;
mod pairs;
mod pass;
mod portfolio;
mod projection;
mod results;
mod run;
mod settings;
mod spread;
mod summary;
mod until;

pub use chosen::{Chosen, chosen};
pub use chunk::{Added, Chunk, Merger, Part, simulate_part};
pub use cohorts::{CohortArmProjection, CohortProjection, Mean};
pub use columns::{Fresh, columns};
pub use draws::{Unwritten, write_draws};
pub use investors::InvestorProjection;
pub use luck::{LineMeasurement, Measurement};
pub use pass::Wanted;
pub use portfolio::{
    ContractProjection, Diversification, InvestorResult, Member, Portfolio, PortfolioChunk,
    PortfolioInvestor, PortfolioMerger, PortfolioProjection, simulate_portfolio,
    simulate_portfolio_part,
};
pub use projection::{
    AssumptionReport, BenefitProjection, Distribution, EvaluationProjection, Named,
    OutcomeProjection, PartyProjection, PercentileErrors, Probability, Projection, Reading,
    Spreads, YearProjection,
};
pub(crate) use run::on_threads;
pub use run::simulate;
pub use settings::{Settings, Unwatched, Watch};
pub use spread::{Cell, Spread};
pub use until::{Gathered, Reached, Target};
