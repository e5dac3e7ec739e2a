//! Measured data: read, checked, and estimated into outcomes.
//!
//! In: files of rows (one per participant and evaluation) or of an evaluator's figures. Out: one
//! outcome per indicator and evaluation: its exact value, how many it rests on, who was excluded
//! and why, and its 95% interval.
//!
//! Never here: payment rules, random numbers.

pub mod interval;
mod text;

pub(crate) use text::{days_of, read_text};

use serde::Serialize;

/// People selected by an indicator but not used by its estimate, by reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exclusion {
    /// Why: `missing:<column>`.
    pub reason: String,
    /// How many.
    pub count: u64,
}
