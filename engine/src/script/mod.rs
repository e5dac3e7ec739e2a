//! Scripts: text that is run once and leaves an expression graph behind.
//!
//! In: a script or an expression, and the words it may use. Out: nodes of a
//! [`Graph`](crate::expr::Graph), and every problem of the text at once, each at its place.
//!
//! Scripts are Rhai in a sandbox: no files, no clock, no `eval`, and limits on operations, depth,
//! sizes and wall time. Values that are not known yet are [`Quantity`] symbols; arithmetic on them
//! builds nodes, and a comparison is answered both ways, one run after another
//! (`Workbench::explore`).
//!
//! Never here: what the words mean. `contract` and `scenario` bring theirs.

mod answers;
mod arithmetic;
mod notation;
mod options;
mod quantity;
mod sandbox;
mod translate;
mod words;
mod workbench;

pub use answers::{QUESTIONS_MAX, RUNS_MAX};
pub use quantity::{Closure, Quantity};
pub use sandbox::{Limits, Sandbox};
pub use words::Word;

pub(crate) use arithmetic::{clash, fault_problem, register_rounding, unit_words};
pub(crate) use notation::hint as notation_hint;
pub(crate) use options::{Options, date_of, describe, text_of};
pub(crate) use translate::raise;
pub(crate) use workbench::Workbench;
