//! Values that are known path by path, standing for the symbols of a graph.

use crate::expr::block::{Inputs, Program};
use crate::expr::{DrawId, Graph, SymbolId};
use crate::simulate::Wanted;

/// Paths computed together; small enough for the columns to stay in the processor's cache.
const BLOCK: usize = 512;

/// Columns of values: the symbol number `k` of a graph is column `k`.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) columns: Vec<Vec<f64>>,
    pub(super) paths: usize,
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

impl Known {
    /// The values of nodes of a graph without draws on every path, NaN where they are not
    /// available.
    pub(super) fn values(&self, graph: &Graph, wanted: &[Wanted]) -> Vec<Vec<f64>> {
        let mut roots: Vec<_> = wanted.iter().map(|wanted| wanted.node).collect();
        let available: Vec<Option<usize>> = wanted
            .iter()
            .map(|wanted| {
                let node = wanted.where_available?;
                roots.push(node);
                Some(roots.len() - 1)
            })
            .collect();
        let program = Program::compile(graph, &roots);
        let mut workspace = program.workspace(BLOCK);
        let mut columns = vec![Vec::with_capacity(self.paths); wanted.len()];
        let mut first = 0;
        while first < self.paths {
            let count = BLOCK.min(self.paths - first);
            let Ok(()) = program.run(self, first as u64, count, &mut workspace);
            for (at, column) in columns.iter_mut().enumerate() {
                let values = &program.root(at, &workspace)[..count];
                match available[at] {
                    None => column.extend_from_slice(values),
                    Some(root) => {
                        let there = &program.root(root, &workspace)[..count];
                        let told = values.iter().zip(there);
                        column.extend(told.map(|(value, there)| match *there == 0.0 {
                            true => f64::NAN,
                            false => *value,
                        }));
                    }
                }
            }
            first += count;
        }
        columns
    }
}
