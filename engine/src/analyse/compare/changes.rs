//! Which clauses are others, and what they said before and say now.

use std::collections::BTreeMap;

use super::Versions;
use crate::contract::explain::{Clause, ClauseKind, ClauseTerm};
use crate::contract::{Contract, Line};
use crate::expr::{Graph, Interval, Node, NodeId};
use crate::problem::{Place, Text, say};

/// What became of a declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Only `B` has it.
    Added,
    /// Only `A` has it.
    Removed,
    /// Both have it, and it says something else.
    Changed,
    /// It says the same by another name.
    Renamed,
}

impl How {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            How::Added => "added",
            How::Removed => "removed",
            How::Changed => "changed",
            How::Renamed => "renamed",
        }
    }
}

/// A declaration in one of the contracts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its identifier.
    pub id: String,
    /// Its title.
    pub title: Text,
    /// The clause it comes from, when stated.
    pub clause: Option<String>,
    /// Where it is declared.
    pub place: Option<Place>,
}

/// A term that says something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermChange {
    /// What it is about.
    pub item: Text,
    /// What it says in `A`.
    pub before: Option<Text>,
    /// What it says in `B`.
    pub after: Option<Text>,
}

/// A declaration that is another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What became of it.
    pub how: How,
    /// What it is about.
    pub kind: ClauseKind,
    /// As `A` has it.
    pub a: Option<Version>,
    /// As `B` has it.
    pub b: Option<Version>,
    /// The terms that differ; all of them where only one has it; none where it is only renamed.
    pub terms: Vec<TermChange>,
}

impl Change {
    /// What it is called: in `B`, or else in `A`.
    #[must_use]
    pub fn title(&self) -> Option<&Text> {
        self.b.as_ref().or(self.a.as_ref()).map(|version| &version.title)
    }
}

impl Versions {
    /// The declarations that differ, in the order of the term sheet; those only renamed are told
    /// apart by [`How::Renamed`].
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        let (a, b) = (self.a.clauses(&self.neutral[0]), self.b.clauses(&self.neutral[1]));
        let mut changes = Vec::new();
        let mut taken = vec![false; b.len()];
        let mut counts: BTreeMap<ClauseKind, usize> = BTreeMap::new();
        for clause in &a {
            let at = counts.entry(clause.kind).or_default();
            let position = *at;
            *at += 1;
            let Some(other) = self.other(clause, position, (&a, &b), &taken) else {
                changes.push(alone(clause, How::Removed));
                continue;
            };
            taken[other] = true;
            changes.extend(self.between(clause, &b[other], position));
        }
        let new = b.iter().zip(taken).filter(|(_, taken)| !taken);
        changes.extend(new.map(|(clause, _)| alone(clause, How::Added)));
        changes.sort_by_key(|change| change.kind);
        changes
    }

    /// The clause of `B` that a clause of `A`, the `position`th of its kind, belongs to.
    fn other(
        &self,
        clause: &Clause,
        position: usize,
        (a, b): (&[Clause], &[Clause]),
        taken: &[bool],
    ) -> Option<usize> {
        let of_kind = || {
            let all = b.iter().enumerate();
            all.filter(|(_, other)| other.kind == clause.kind).map(|(at, _)| at)
        };
        let paired = |pairs: &[(usize, usize)]| {
            let pair = pairs.iter().find(|(known, _)| *known == position)?;
            of_kind().nth(pair.1)
        };
        match clause.kind {
            ClauseKind::Party => paired(&self.parties),
            ClauseKind::Indicator => paired(&self.indicators),
            ClauseKind::Payment => paired(&self.lines),
            ClauseKind::Deduction => paired(&self.offsets),
            ClauseKind::Limit => of_kind().find(|at| items(&b[*at]) == items(clause)),
            ClauseKind::General
            | ClauseKind::EarlyEnd
            | ClauseKind::Finance
            | ClauseKind::Evidence => of_kind().next(),
            ClauseKind::Evaluation | ClauseKind::Example => {
                if let Some(same) = of_kind().find(|at| b[*at].id == clause.id) {
                    return Some(same);
                }
                let known = |id: &String| a.iter().any(|of| of.kind == clause.kind && of.id == *id);
                let mut left = of_kind().filter(|at| !taken[*at] && !known(&b[*at].id));
                match clause.kind {
                    // A date that was put off is still the same evaluation.
                    ClauseKind::Evaluation => left.next(),
                    _ => left.find(|at| says(&b[*at]) == says(clause)),
                }
            }
        }
    }

    /// What differs between two declarations that belong together.
    fn between(&self, a: &Clause, b: &Clause, position: usize) -> Option<Change> {
        let mut terms = differing(&a.terms, &b.terms);
        if terms.is_empty() && a.kind == ClauseKind::Payment {
            terms.extend(self.hidden(a, b, position));
        }
        if a.kind == ClauseKind::Party && a.title != b.title {
            // Who takes part is no mere name.
            terms.push(TermChange {
                item: say!("Name", "名称"),
                before: Some(a.title.clone()),
                after: Some(b.title.clone()),
            });
        }
        let how = if !terms.is_empty() {
            How::Changed
        } else if (&a.id, &a.title) != (&b.id, &b.title) {
            How::Renamed
        } else {
            return None;
        };
        let (a_version, b_version) = (Some(version(a)), Some(version(b)));
        Some(Change { how, kind: a.kind, a: a_version, b: b_version, terms })
    }

    /// A rule too long to be printed whole can differ where it is not printed.
    fn hidden(&self, a: &Clause, b: &Clause, position: usize) -> Option<TermChange> {
        let cut = |term: &&ClauseTerm| term.words.en.contains('…');
        let (before, after) = (a.terms.iter().find(cut)?, b.terms.iter().find(cut)?);
        let pair = self.lines.iter().find(|(known, _)| *known == position)?;
        let lines = (&self.a.lines[pair.0], &self.renamed.lines[pair.1]);
        if same_prices((&self.a, lines.0), (&self.renamed, lines.1)) {
            return None;
        }
        Some(TermChange {
            item: say!(
                "Rule (differs in a part that is too long to print)",
                "支払の定め（長いため表示を省いた部分が異なります）"
            ),
            before: Some(before.words.clone()),
            after: Some(after.words.clone()),
        })
    }
}

/// Whether two lines compute the same amounts from the same outcomes, step by step.
fn same_prices((a, of_a): (&Contract, &Line), (b, of_b): (&Contract, &Line)) -> bool {
    let roots = |line: &Line| -> Vec<NodeId> {
        let prices = line.prices.iter();
        prices.flat_map(|price| std::iter::once(price.amount).chain(price.gate)).collect()
    };
    let mut graph = Graph::default();
    let mut grafted = |contract: &Contract, roots: &[NodeId]| {
        // Symbols are made first, as a graft borrows the graph.
        let symbols: Vec<NodeId> = contract
            .graph
            .symbols()
            .iter()
            .map(|symbol| graph.symbol(&symbol.name, symbol.unit.clone(), Interval::ALL))
            .collect();
        graph.graft(&contract.graph, roots, |symbol| symbols[symbol.index()])
    };
    let (left, right) = (grafted(a, &roots(of_a)), grafted(b, &roots(of_b)));
    debug_assert!(left.iter().all(|node| !matches!(graph.node(*node), Node::Mark(..))));
    left == right
}

fn version(clause: &Clause) -> Version {
    Version {
        id: clause.id.clone(),
        title: clause.title.clone(),
        clause: clause.clause.clone(),
        place: clause.place.clone(),
    }
}

/// A declaration that only one of the contracts has.
fn alone(clause: &Clause, how: How) -> Change {
    let own = Some(version(clause));
    let terms = clause.terms.iter().map(|term| {
        let words = Some(term.words.clone());
        let (before, after) = if how == How::Added { (None, words) } else { (words, None) };
        TermChange { item: term.item.clone(), before, after }
    });
    let terms = terms.collect();
    let (a, b) = if how == How::Added { (None, own) } else { (own, None) };
    Change { how, kind: clause.kind, a, b, terms }
}

fn items(clause: &Clause) -> Vec<&String> {
    clause.terms.iter().map(|term| &term.key.0).collect()
}

fn says(clause: &Clause) -> Vec<&(String, String)> {
    clause.terms.iter().map(|term| &term.key).collect()
}

/// Terms by item, the first of a name with the first, and so on.
fn differing(a: &[ClauseTerm], b: &[ClauseTerm]) -> Vec<TermChange> {
    let mut left: Vec<&ClauseTerm> = b.iter().collect();
    let mut changes = Vec::new();
    for term in a {
        // Terms without a name are found by what they say.
        let same = |other: &&ClauseTerm| match term.key.0.is_empty() {
            true => other.key == term.key,
            false => other.key.0 == term.key.0,
        };
        match left.iter().position(same) {
            Some(at) => {
                let other = left.remove(at);
                if other.key.1 != term.key.1 {
                    changes.push(TermChange {
                        item: other.item.clone(),
                        before: Some(term.words.clone()),
                        after: Some(other.words.clone()),
                    });
                }
            }
            None => changes.push(TermChange {
                item: term.item.clone(),
                before: Some(term.words.clone()),
                after: None,
            }),
        }
    }
    changes.extend(left.into_iter().map(|term| TermChange {
        item: term.item.clone(),
        before: None,
        after: Some(term.words.clone()),
    }));
    changes
}
