//! How a statement's numbers came about, for whoever shows or checks the sum.

use crate::expr::{Exact, MarkId, NodeId, SymbolId};

use super::{Measured, StatementLine};

/// What the contract's terms were evaluated on, and every line they have.
#[derive(Debug, Clone, Default)]
pub struct Workings {
    /// The evaluation's position in the contract.
    pub evaluation: usize,
    /// The outcomes' values that were known, read to their precision, by symbol; in order.
    pub symbols: Vec<(SymbolId, Exact)>,
    /// What earlier evaluations paid, as computed or as told, by mark; in order.
    pub marks: Vec<(MarkId, Exact)>,
    /// The outcomes of earlier evaluations that were read, with their evaluation's position.
    pub earlier: Vec<(usize, Measured)>,
    /// Every line of the terms, those that came to nothing too, in order; their amounts sum to the
    /// subtotal.
    pub lines: Vec<WorkedLine>,
}

/// A line of the terms and the nodes of the contract's graph that compute it.
#[derive(Debug, Clone)]
pub struct WorkedLine {
    /// The line as a statement shows it.
    pub line: StatementLine,
    /// Its amount.
    pub amount: NodeId,
    /// Its price before gates and rounding, for payments; otherwise its amount.
    pub price: NodeId,
    /// Whether the statement shows it: a limit that did not bind is left out.
    pub shown: bool,
}
