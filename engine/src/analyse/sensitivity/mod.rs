//! What a figure depends on: which of the things nobody knows move it, and which of the terms.
//!
//! In: a scenario, a figure of it. Out: the figure where each cell is held low and high (a tornado),
//! where each parameter of the contract is; rank correlations; on demand Sobol' indices and the
//! figure over grids of two. Each comes with its standard error or interval.
//!
//! Never here: changes of the assumptions themselves (stress), layout for people.

mod answer;
mod cells;
mod estimate;
mod factors;
mod figure;
mod grid;
mod hold;
mod indices;
mod interval;
mod json;
mod ranks;
mod sobol;
mod stages;
mod terms;
mod tornado;

pub use answer::{Question, Ranked, Sensitivity, sensitivity};
pub use cells::UncertainCell;
pub use factors::{Factor, FactorKind};
pub use figure::{Figure, Limit};
pub use grid::{Axis, AxisAsked, AxisKind, Grid, GridAsked, Point, Steps};
pub use indices::Sobol;
pub use interval::Estimated;
pub use sobol::{Indices, PickFreeze};
pub use tornado::{CellBar, Ends, HELD_AT, ParameterBar};
