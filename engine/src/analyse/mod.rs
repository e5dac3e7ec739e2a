//! What a simulation cannot tell by itself: what if, what matters, what would be worth knowing,
//! which terms would do better.
//!
//! In: scenarios. Out: differences, indices, values and frontiers, each with its standard error.
//!
//! Never here: layout for people, reading of the command line.

pub mod compare;
pub mod design;
mod deviates;
pub mod information;
mod known;
mod measure;
pub mod parties;
pub mod sensitivity;
mod stack;
pub mod stress;

pub use measure::{Counted, Measure};
pub use stack::Stack;
