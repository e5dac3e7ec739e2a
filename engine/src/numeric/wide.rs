//! One text of a loop, compiled for several sets of vector instructions.

use std::sync::LazyLock;

/// Loops to be run by [`widest`].
///
/// Only what is inlined into `call` is compiled for every set of instructions: it and all the
/// functions in its hot loops must be `#[inline(always)]`.
pub(crate) use pulp::NullaryFnOnce as Loops;

/// Runs loops with the widest vector instructions of this processor.
///
/// The compiler spreads a plain loop over the lanes of a vector only where every lane gives the
/// bits that the loop alone would give, and it never fuses a product and a sum. The results are
/// therefore the same for all sets of instructions.
#[inline]
pub(crate) fn widest<L: Loops>(loops: L) -> L::Output {
    static WIDEST: LazyLock<pulp::Arch> = LazyLock::new(pulp::Arch::new);
    WIDEST.dispatch(loops)
}
