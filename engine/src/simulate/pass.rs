//! One program run over blocks of paths, and the summaries of its results.

use std::hash::Hasher;
use std::ops::Range;

use rustc_hash::{FxHashSet, FxHasher};
use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::summary::{Scale, Summary, VALUES_KEPT_MAX};
use crate::expr::block::{Inputs, Program, Workspace, every_within};
use crate::expr::{Graph, NodeId};
use crate::scenario::Required;

/// Paths computed together; small enough for the columns to stay in the processor's cache.
pub(super) const BLOCK: u64 = 512;

/// A result that is summarised: a node, and for an outcome the node that says where it is
/// available.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// The node of the model's graph.
    pub node: NodeId,
    /// The node that is 0 on the paths where there is no such result; there is one on every path
    /// when absent.
    pub where_available: Option<NodeId>,
}

impl Wanted {
    /// A result there is on every path.
    #[must_use]
    pub fn everywhere(node: NodeId) -> Wanted {
        Wanted { node, where_available: None }
    }
}

/// A program, the results it is run for, and the paths it is run on.
pub(super) struct Pass<'m> {
    program: Program,
    pub(super) wanted: Vec<Wanted>,
    /// How many of them, the first, are told with percentiles; the others are people of cohorts, of
    /// whom the mean is told.
    distributed: usize,
    /// Which root of the program says where a wanted result is available.
    available: Vec<Option<usize>>,
    required: &'m [Required],
    scales: Vec<Scale>,
    /// The paths this pass looks at: all of the run's, or a prefix.
    pub(super) paths: u64,
    /// Whether paths come in antithetic pairs.
    antithetic: bool,
    /// A hash of what the first block gave.
    fingerprint: u64,
}

impl<'m> Pass<'m> {
    /// Compiles the program and runs its first block, which fixes how results are summed:
    /// whichever blocks are then computed, here or elsewhere, their summaries can be merged.
    pub(super) fn new<I: Inputs<Error = Fault>>(
        graph: &Graph,
        (mut wanted, means): (Vec<Wanted>, &[NodeId]),
        required: &'m [Required],
        (paths, antithetic): (u64, bool),
        inputs: &I,
    ) -> Result<Pass<'m>, Fault> {
        let distributed = wanted.len();
        let known: FxHashSet<Wanted> = wanted.iter().copied().collect();
        let mean = |node: &NodeId| Wanted { node: *node, where_available: None };
        wanted.extend(means.iter().map(mean).filter(|wanted| !known.contains(wanted)));
        // The roots: the wanted nodes, the required ones, then the availabilities.
        let mut roots: Vec<NodeId> = wanted.iter().map(|wanted| wanted.node).collect();
        roots.extend(required.iter().map(|required| required.node));
        let mut available = Vec::with_capacity(wanted.len());
        for wanted in &wanted {
            available.push(wanted.where_available.map(|node| {
                roots.push(node);
                roots.len() - 1
            }));
        }
        let program = Program::compile(graph, &roots);
        let mut pass = Pass {
            program,
            wanted,
            distributed,
            available,
            required,
            scales: Vec::new(),
            paths,
            antithetic,
            fingerprint: 0,
        };
        let mut workspace = pass.workspace();
        pass.run(0, inputs, &mut workspace)?;
        let count = pass.count(0);
        let mut hasher = FxHasher::default();
        for at in 0..pass.wanted.len() {
            let column = &pass.program.root(at, &workspace)[..count];
            // Which of its forms NaN has depends on the machine.
            let bits = |value: &f64| if value.is_nan() { u64::MAX } else { value.to_bits() };
            column.iter().for_each(|value| hasher.write_u64(bits(value)));
        }
        pass.fingerprint = hasher.finish();
        pass.scales = (0..pass.wanted.len())
            .map(|at| Scale::of(&pass.program.root(at, &workspace)[..count]))
            .collect();
        Ok(pass)
    }

    pub(super) fn workspace(&self) -> Workspace {
        self.program.workspace(BLOCK as usize)
    }

    /// How many of a block's paths this pass looks at.
    pub(super) fn count(&self, block: u64) -> usize {
        self.paths.saturating_sub(block * BLOCK).min(BLOCK) as usize
    }

    /// Whether the values of so many paths are kept for exact percentiles.
    pub(super) fn keeps(&self, paths: u64) -> bool {
        paths.saturating_mul(self.distributed as u64) <= VALUES_KEPT_MAX
    }

    /// Summaries of nothing yet.
    pub(super) fn summaries(&self, keep: bool) -> Vec<Summary> {
        let new = |(at, scale): (usize, &Scale)| {
            let distributed = at < self.distributed;
            let summary =
                if distributed { Summary::new(*scale, keep) } else { Summary::of_mean(*scale) };
            if self.antithetic { summary.paired() } else { summary }
        };
        self.scales.iter().enumerate().map(new).collect()
    }

    /// Computes a block and checks that its results are numbers.
    pub(super) fn run<I: Inputs<Error = Fault>>(
        &self,
        block: u64,
        inputs: &I,
        workspace: &mut Workspace,
    ) -> Result<(), Fault> {
        let (first, count) = (block * BLOCK, self.count(block));
        self.program.run(inputs, first, count, workspace)?;
        for (at, required) in self.required.iter().enumerate() {
            let column = &self.program.root(self.wanted.len() + at, workspace)[..count];
            if every_within(column, required.range.low, required.range.high) {
                continue;
            }
            if let Some(offset) = column.iter().position(|value| !required.range.holds(*value)) {
                let (path, value) = (first + offset as u64, column[offset]);
                return Err(Fault::OutOfRange { required: at, path, value, row: Vec::new() });
            }
        }
        for (at, wanted) in self.wanted.iter().enumerate() {
            let column = &self.program.root(at, workspace)[..count];
            let available = self.availability(at, workspace);
            if every_within(column, f64::MIN, f64::MAX) {
                continue;
            }
            let faulty = (0..count).find(|offset| {
                let matters = available.is_none_or(|available| available[*offset] != 0.0);
                matters && !column[*offset].is_finite()
            });
            if let Some(offset) = faulty {
                let path = first + offset as u64;
                return Err(Fault::NotANumber { node: wanted.node, path, cell: None });
            }
        }
        Ok(())
    }

    fn availability<'w>(&self, at: usize, workspace: &'w Workspace) -> Option<&'w [f64]> {
        self.available[at].map(|root| self.program.root(root, workspace))
    }

    /// A wanted result of the block that was run last, and where it is available.
    pub(super) fn column<'w>(
        &self,
        at: usize,
        workspace: &'w Workspace,
    ) -> (&'w [f64], Option<&'w [f64]>) {
        (self.program.root(at, workspace), self.availability(at, workspace))
    }

    /// Adds the results of the block that was run last.
    pub(super) fn add(&self, block: u64, workspace: &Workspace, summaries: &mut [Summary]) {
        let count = self.count(block);
        for (at, summary) in summaries.iter_mut().enumerate() {
            let column = &self.program.root(at, workspace)[..count];
            let available = self.availability(at, workspace);
            if self.antithetic {
                summary.add_pairs(column, available);
            }
            match available {
                None => summary.add(column),
                Some(available) => summary.add_where(column, &available[..count]),
            }
        }
    }
}

/// The summaries of every pass of a run, over some of its blocks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Totals(pub(super) Vec<Vec<Summary>>);

impl Totals {
    /// How many paths there are.
    pub(super) fn paths(&self) -> u64 {
        self.0.iter().flatten().map(Summary::count).max().unwrap_or_default()
    }

    /// Adds those of other blocks.
    pub(super) fn merge(&mut self, other: Totals) {
        for (all, part) in self.0.iter_mut().flatten().zip(other.0.into_iter().flatten()) {
            all.merge(part);
        }
    }

    /// Whether these could be the summaries of a part of a run with these passes.
    pub(super) fn could_be(&self, shape: &Shape, blocks: &Range<u64>) -> bool {
        let passes = || self.0.iter().zip(&shape.passes);
        self.0.len() == shape.passes.len()
            && passes().all(|(summaries, pass)| {
                let paths = paths_of(pass.paths, blocks);
                summaries.len() == pass.empty.len()
                    && (summaries.iter().zip(&pass.empty).zip(&pass.partly))
                        .all(|((summary, empty), partly)| summary.could_be(empty, paths, *partly))
            })
    }

    /// Puts what is kept in order, so that equal totals have equal bytes.
    pub(super) fn in_order(&mut self) {
        self.0.iter_mut().flatten().for_each(Summary::in_order);
    }
}

/// What the totals of a run's parts must look like.
#[derive(Debug)]
pub(super) struct Shape {
    passes: Vec<PassShape>,
    /// What the first block gave, bit by bit.
    pub(super) fingerprint: u64,
}

#[derive(Debug)]
struct PassShape {
    paths: u64,
    empty: Vec<Summary>,
    partly: Vec<bool>,
}

impl Shape {
    pub(super) fn of(passes: &[Pass<'_>], empty: Totals) -> Shape {
        let mut hasher = FxHasher::default();
        passes.iter().for_each(|pass| hasher.write_u64(pass.fingerprint));
        let shapes = passes.iter().zip(empty.0).map(|(pass, empty)| PassShape {
            paths: pass.paths,
            empty,
            partly: pass.available.iter().map(Option::is_some).collect(),
        });
        Shape { passes: shapes.collect(), fingerprint: hasher.finish() }
    }
}

/// How many of `paths` paths these blocks hold.
pub(super) fn paths_of(paths: u64, blocks: &Range<u64>) -> u64 {
    paths.min(blocks.end.saturating_mul(BLOCK)).saturating_sub(blocks.start.saturating_mul(BLOCK))
}
