//! Outcomes and benefits that are drawn already, on which terms are priced.

use crate::expr::block::{Inputs, Program};
use crate::expr::{DrawId, Graph, NodeId, SymbolId};

/// Paths computed together; small enough for the columns to stay in the processor's cache.
const BLOCK: usize = 512;

/// The columns of a [`Frozen`](crate::scenario::Frozen) scenario, in its order.
pub(super) struct Known {
    pub(super) columns: Vec<Vec<f64>>,
    pub(super) paths: usize,
}

impl Known {
    /// The values of some results on every path, column by column.
    pub(super) fn values(&self, graph: &Graph, roots: &[NodeId]) -> Vec<Vec<f64>> {
        let program = Program::compile(graph, roots);
        let mut workspace = program.workspace(BLOCK);
        let mut columns = vec![Vec::with_capacity(self.paths); roots.len()];
        let mut first = 0;
        while first < self.paths {
            let count = BLOCK.min(self.paths - first);
            let Ok(()) = program.run(self, first as u64, count, &mut workspace);
            for (at, column) in columns.iter_mut().enumerate() {
                column.extend_from_slice(&program.root(at, &workspace)[..count]);
            }
            first += count;
        }
        columns
    }
}

impl Inputs for Known {
    type Error = std::convert::Infallible;

    fn symbol(&self, symbol: SymbolId, first: u64, out: &mut [f64]) -> Result<(), Self::Error> {
        let first = first as usize;
        out.copy_from_slice(&self.columns[symbol.index()][first..first + out.len()]);
        Ok(())
    }

    fn draw(&self, _: DrawId, _: u64, _: &[&[f64]], out: &mut [f64]) -> Result<(), Self::Error> {
        out.fill(f64::NAN);
        Ok(())
    }
}
