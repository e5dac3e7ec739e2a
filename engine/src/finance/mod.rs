//! What invested money earns.
//!
//! In: an amount invested and what comes back, each with its time. Out: the yearly internal rate of
//! return, of one investment ([`rate_of_return`]) or of a column of them ([`Schedule`]).
//!
//! Never here: contracts, graphs, random numbers.

mod growth;
mod rate_of_return;
mod schedule;
mod years;

pub use growth::growth;
pub use rate_of_return::{Receipt, rate_of_return};
pub use schedule::Schedule;
pub use years::Years;
