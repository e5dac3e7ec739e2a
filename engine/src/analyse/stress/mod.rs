//! What if: one stress after another, all together, and how far it takes for a party to lose.
//!
//! In: a scenario and patches to it. Out: what each patch changes, on the same random numbers, with
//! the error of the difference; what they add when they are put on one after another; and the
//! mildest change of the uncertain cells that makes a party lose.
//!
//! Every variant is a part of one graph, so what a patch leaves as it was is drawn and computed once.

mod changed;
mod compare;
mod reverse;
mod stressed;
mod suite;

pub use changed::Changed;
pub use compare::stress;
pub use reverse::{CellMoved, CellShift, Joint, Limit, LimitWritten, Moved, Reversed, reverse};
pub use stressed::{Step, Stressed, StressedFigure, Told};
pub use suite::{Stress, Suite, folder_of};
