//! Random numbers and the distributions drawn from them.
//!
//! In: a key (seed, cell, draw, evaluation), a path, parameters. Out: columns of draws that depend
//! on nothing else: not on the block, the thread, or another path's parameters.
//!
//! Never here: what is drawn and why.

mod law;
mod sampler;
mod stream;

pub use law::{Data, ENTRIES_MAX, Law};
pub use sampler::{Family, Impossible, Parameter, normal, stated};
pub use stream::{PathStream, Stream};
