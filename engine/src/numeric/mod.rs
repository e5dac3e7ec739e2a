//! Loops over columns of numbers: as wide as the processor allows, and the same everywhere.
//!
//! In: columns of `f64`. Out: the same bits on every machine, whichever vector instructions it
//! has. Never here: fused multiplication and addition, or functions of the system's library, both
//! of which round differently from machine to machine.

pub(crate) mod elementary;
mod wide;

#[cfg(test)]
pub(crate) use wide::tests::with_every_set;
pub(crate) use wide::{Loops, widest};
