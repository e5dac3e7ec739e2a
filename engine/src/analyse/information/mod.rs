//! What it would be worth to know more before deciding.
//!
//! In: a decision (what each option leaves, path by path) and quantities that could be known, from a
//! scenario or any other source. Out: the value of perfect information, of knowing some quantities,
//! and of measuring more people, each with its standard error.
//!
//! Never here: minding risk, values that are not linear in money.

mod another;
mod cells;
mod curve;
mod decision;
mod found;
mod larger;
mod least_squares;
mod quantity;
mod question;
mod regression;
mod rule;
mod study;

pub use decision::{Decision, Estimate};
pub use found::{Choice, Found, Knowledge};
pub use larger::{Larger, Measured, Verdict};
pub use quantity::Quantity;
pub use question::{Evaluation, Question, Size};
pub use rule::{Worth, worth};
pub use study::ask;
