//! Cohorts: people who move between states from cycle to cycle, with and without the programme.
//!
//! In: `[cohort.NAME]` of a scenario and the tables beside it. Out: nodes of the scenario's graph
//! for the people of every state and cycle, their costs and utilities, in both arms; and what each
//! number rests on.
//!
//! Never here: evaluating anything. Shares are sums of products, counts are chains of ordinary
//! binomial draws, and what is known when the scenario is read becomes a literal.

mod arm;
mod convention;
mod handle;
mod lower;
mod model;
mod movement;
mod read;
mod rows;
mod sheet;
mod states;
mod tables;
mod trace;
mod transitions;
mod value;
mod words;

pub use convention::{Convention, Counted};
pub use model::{CheckedRow, CohortArm, CohortModel, Counts, Holds};

pub(super) use handle::CohortHandle;
pub(super) use lower::{Lowered, lower};
pub(super) use read::{Cohort, names, read};
pub(super) use tables::Tables;
pub(super) use words::WORDS;

use crate::script::Workbench;

/// Registers the words that cohorts bring.
pub(super) fn register(engine: &mut rhai::Engine, bench: &Workbench, tables: &Tables<'_>) {
    words::register(engine, bench, tables);
    handle::register(engine, bench);
}
