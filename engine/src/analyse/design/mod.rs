//! Searching the parameters of a contract for terms that its parties want.
//!
//! In: a design file, which names a scenario, the parameters that may vary, what is wanted and what
//! is aimed at. Out: the frontier of answers, not one of them: which of them is right is for the
//! parties to say.
//!
//! Outcomes are drawn once; each set of values only prices them.

mod file;
mod found;
mod frontier;
mod goal;
mod price;
mod search;
mod statistic;

pub use file::{Aim, Design, Varied, Want};
pub use found::Found;
pub use goal::WORDS;
pub use price::{Candidate, Estimate, Held};
pub use search::search;
pub use statistic::Statistic;
