//! The expression graph: what a contract or a scenario computes, independent of any value.
//!
//! In: operations on symbols, one at a time, from a traced script. Out: a hash-consed [`Graph`] of
//! nodes with units, and three ways to evaluate it: [`exact`] (decimals and fractions, for
//! settlement), [`block`] (columns of `f64`, for simulation) and [`bounds`] (intervals, for the
//! linter).
//!
//! Never here: contracts, files, scripts, random number generators.

pub mod block;
pub mod bounds;
pub mod exact;
mod graph;
mod number;
mod rate;
mod replace;
mod rounding;
mod unit;

pub use bounds::Interval;
pub use graph::{
    DrawId, Function, Graph, MarkId, Node, NodeId, Relation, Symbol, SymbolId, UnitClash,
};
pub use number::{Exact, Fault};
pub use rounding::{Grid, Mode, Rounding};
pub use unit::{Notation, Unit};
