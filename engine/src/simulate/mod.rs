//! Projecting a scenario: many paths, drawn and priced in blocks.
//!
//! In: a scenario with its contract. Out: a [`Projection`]: distributions of payments, savings and
//! outcomes, with standard errors, and the same for a programme that does nothing.
//!
//! Every random number is keyed by seed, cell, evaluation and path, so a result is the same to the
//! last digit on any number of threads, and a new cell moves no other.
//!
//! Never here: reading files, exact money, layout for people.

mod cohorts;
mod distribution;
mod fault;
mod projection;
mod results;
mod run;
mod summary;

pub use cohorts::{CohortArmProjection, CohortProjection, Mean};
pub use projection::{
    AssumptionReport, BenefitProjection, Distribution, EvaluationProjection, Named,
    OutcomeProjection, Probability, Projection,
};
pub use run::{Settings, Watch, simulate};
