//! A scenario: the assumptions under which a contract is simulated.
//!
//! In: a TOML file of cells, outcome models and benefits. Out: a [`Scenario`]: its contract and one
//! graph that computes, for every path, outcomes, payments and benefits, with and without effect.
//!
//! Never here: drawing random numbers, settling.

use crate::Files;
use crate::contract::Contract;
use crate::problem::Problem;

/// A scenario that was read, with its contract.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The file it was read from.
    pub file: String,
    /// Its title.
    pub title: String,
    /// Its contract.
    pub contract: Contract,
    /// Number of paths.
    pub paths: u64,
    /// Seed of the random numbers.
    pub seed: u64,
}

impl Scenario {
    /// Reads a scenario and the contract it names.
    ///
    /// # Errors
    /// Every problem of the file, or of the contract.
    pub fn read(files: &dyn Files, path: &str) -> Result<Scenario, Vec<Problem>> {
        let _ = (files, path);
        Err(Vec::new())
    }
}
