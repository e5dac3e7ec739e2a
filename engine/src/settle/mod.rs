//! What is owed at one evaluation, to the last digit, with every step shown.
//!
//! In: a contract, the evidence of its evaluations, a date. Out: a [`Statement`].
//!
//! The order is the contract's: measure, gate, price, round, caps, offset, minimum, tax. The terms
//! were lowered into one graph when the contract was read; settling evaluates it exactly.
//!
//! Never here: distributions, random numbers, layout for people.

mod because;
mod figures;
mod finance;
mod paid_before;
mod readings;
mod roundings;
mod settlement;
mod statement;
mod workings;

pub use figures::figures_csv;
pub(crate) use figures::{HEADINGS as FIGURES_HEADINGS, quoted};
pub use finance::{AccountStatement, FinanceFlow, FinanceStatement, TrancheStatement};
pub use readings::{Reading, Rule};
pub use settlement::{Request, evaluation_of, settle, settle_on};
pub use statement::{Flow, Measured, MeasuredBound, Statement, StatementLine};
pub use workings::{WorkedLine, Workings};
