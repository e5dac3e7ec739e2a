//! Words that choose between several values, and words that divide something into several parts.

use rhai::{Array, Dynamic, Engine, NativeCallContext, Position};
use rust_decimal::Decimal;

use super::{Fallible, Ledger, literals, make, node, nodes, plain, several_draws};
use crate::expr::{Graph, NodeId, Relation, Unit, UnitClash};
use crate::problem::{Problem, Text, say};
use crate::random::{ENTRIES_MAX, Family, Law};
use crate::script::{Quantity, Workbench, clash, describe, raise};

/// Registers every word.
pub(super) fn register(engine: &mut Engine, bench: &Workbench, ledger: &Ledger) {
    let word = Word::of(bench, ledger, "discrete");
    engine.register_fn("discrete", move |context: NativeCallContext, table: Dynamic| {
        word.discrete(&context, &table)
    });
    let word = Word::of(bench, ledger, "mixture");
    engine.register_fn("mixture", move |context: NativeCallContext, table: Dynamic| {
        word.mixture(&context, &table)
    });
    let word = Word::of(bench, ledger, "multinomial");
    engine.register_fn(
        "multinomial",
        move |context: NativeCallContext, n: Dynamic, chances: Dynamic| {
            word.multinomial(&context, &n, &chances)
        },
    );
    let word = Word::of(bench, ledger, "dirichlet");
    engine.register_fn("dirichlet", move |context: NativeCallContext, shapes: Dynamic| {
        word.dirichlet(&context, &shapes)
    });
}

struct Word {
    bench: Workbench,
    ledger: Ledger,
    name: &'static str,
}

impl Word {
    fn of(bench: &Workbench, ledger: &Ledger, name: &'static str) -> Word {
        Word { bench: bench.clone(), ledger: ledger.clone(), name }
    }

    /// One of some numbers, by weights. For a correlated cell the numbers are put in order, so that
    /// a higher deviate gives a higher number.
    fn discrete(&self, context: &NativeCallContext, table: &Dynamic) -> Fallible<Quantity> {
        let form = || say!("discrete([[value, weight], …])", "discrete([[値, 重み], …])");
        let mut entries = Vec::new();
        for (position, [value, weight]) in self.pairs(context, table, &form())? {
            let Some(number) = self.bench.graph(|graph| graph.literal(value)) else {
                return Err(raise(
                    Problem::error(
                        "not-literal",
                        say!(
                            "the values of `discrete` are numbers, not cells",
                            "`discrete` の値にはセルではなく数値が必要です"
                        ),
                    )
                    .help(say!(
                        "for a choice between cells write mixture([[cell, weight], …])",
                        "セルから選ぶには mixture([[セル, 重み], …]) と書きます"
                    ))
                    .maybe_at(self.bench.place(position)),
                ));
            };
            entries.push((number, value, weight));
        }
        if self.ledger.now().deviate.is_some() {
            entries.sort_by_key(|(number, ..)| *number);
        }
        let (values, weights): (Vec<NodeId>, Vec<NodeId>) =
            entries.into_iter().map(|(_, value, weight)| (value, weight)).unzip();
        self.chosen(context, &values, weights)
    }

    /// One of some values, each drawn for itself, by weights.
    fn mixture(&self, context: &NativeCallContext, table: &Dynamic) -> Fallible<Quantity> {
        let form = || say!("mixture([[x, weight], …])", "mixture([[x, 重み], …])");
        self.refuse_correlated(context)?;
        let pairs = self.pairs(context, table, &form())?;
        let (weights, values): (Vec<NodeId>, Vec<NodeId>) =
            pairs.into_iter().map(|(_, [value, weight])| (weight, value)).unzip();
        self.chosen(context, &values, weights)
    }

    fn chosen(
        &self,
        context: &NativeCallContext,
        values: &[NodeId],
        weights: Vec<NodeId>,
    ) -> Fallible<Quantity> {
        let weights = self.graph(|graph| {
            weights.into_iter().map(|weight| plain(graph, weight)).collect::<Result<Vec<_>, _>>()
        })?;
        self.check_literals(context, &Law::Choice, &weights)?;
        let entry =
            make(&self.bench, &self.ledger, context, Law::Choice, weights, Unit::Bare)?.node;
        let (last, before) = values.split_last().unwrap_or((&entry, &[]));
        let value = self.graph(|graph| {
            let mut value = *last;
            for (number, other) in before.iter().enumerate().rev() {
                let number = graph.number(Decimal::from(number), Unit::Bare);
                let reached = graph.compare(Relation::AtMost, entry, number)?;
                value = graph.select(reached, *other, value)?;
            }
            Ok(value)
        })?;
        Ok(value.into())
    }

    /// How many of n fall into each class: given those before it, a class has a binomial count of
    /// who is left, with its part of the probability that is left.
    fn multinomial(
        &self,
        context: &NativeCallContext,
        n: &Dynamic,
        chances: &Dynamic,
    ) -> Fallible<Array> {
        self.refuse_correlated(context)?;
        let n = node(&self.bench, context, n)?;
        let form = || say!("multinomial(n, [p1, p2, …])", "multinomial(n, [p1, p2, …])");
        let chances = self.list(context, chances, 1, &form())?;
        let (n, chances) = self.graph(|graph| {
            let chances = chances.into_iter().map(|chance| plain(graph, chance));
            let chances = chances.collect::<Result<Vec<_>, _>>()?;
            Ok((plain(graph, n)?, chances))
        })?;
        let mut parameters = vec![n];
        parameters.extend(&chances);
        self.check_literals(context, &Law::Multinomial, &parameters)?;
        // What is left of the probability from each class on, summed from the last one so that no
        // class has more of it than there is.
        let mut rests = chances.clone();
        self.graph(|graph| {
            for at in (0..rests.len().saturating_sub(1)).rev() {
                rests[at] = graph.add(rests[at], rests[at + 1])?;
            }
            Ok(())
        })?;
        let (mut counts, mut left) = (Vec::new(), n);
        for (at, (chance, rest)) in chances.iter().zip(&rests).enumerate() {
            let count = if at == 0 {
                self.make(context, Law::Multinomial, parameters.clone())?
            } else if at + 1 == chances.len() {
                left
            } else {
                let chance = self.graph(|graph| {
                    let zero = graph.number(Decimal::ZERO, Unit::Bare);
                    let some = graph.compare(Relation::Less, zero, *rest)?;
                    let part = graph.divide(*chance, *rest)?;
                    graph.select(some, part, zero)
                })?;
                self.make(context, Family::Binomial.into(), vec![left, chance])?
            };
            left = self.graph(|graph| graph.subtract(left, count))?;
            counts.push(Dynamic::from(Quantity::from(count)));
        }
        Ok(counts)
    }

    /// Shares that sum to 1: given those before it, a share takes a beta-distributed part of what
    /// is left.
    fn dirichlet(&self, context: &NativeCallContext, shapes: &Dynamic) -> Fallible<Array> {
        self.refuse_correlated(context)?;
        let form = || say!("dirichlet([a1, a2, …])", "dirichlet([a1, a2, …])");
        let shapes = self.list(context, shapes, 0, &form())?;
        let shapes = self.graph(|graph| {
            shapes.into_iter().map(|shape| plain(graph, shape)).collect::<Result<Vec<_>, _>>()
        })?;
        self.check_literals(context, &Law::Dirichlet, &shapes)?;
        let shares = shares(&self.bench, &shapes, |at, parameters| match at {
            0 => self.make(context, Law::Dirichlet, shapes.clone()),
            _ => self.make(context, Family::Beta.into(), parameters.to_vec()),
        })?;
        Ok(shares.into_iter().map(|share| Dynamic::from(Quantity::from(share))).collect())
    }

    fn graph<T>(&self, build: impl FnOnce(&mut Graph) -> Result<T, UnitClash>) -> Fallible<T> {
        self.bench.graph(build).map_err(|problem| raise(clash(&problem)))
    }

    fn make(
        &self,
        context: &NativeCallContext,
        law: Law,
        parameters: Vec<NodeId>,
    ) -> Fallible<NodeId> {
        make(&self.bench, &self.ledger, context, law, parameters, Unit::Bare)
            .map(|quantity| quantity.node)
    }

    fn refuse_correlated(&self, context: &NativeCallContext) -> Fallible<()> {
        match self.ledger.now().deviate {
            Some(_) => Err(several_draws(&self.bench, context)),
            None => Ok(()),
        }
    }

    fn check_literals(
        &self,
        context: &NativeCallContext,
        law: &Law,
        parameters: &[NodeId],
    ) -> Fallible<()> {
        let Some(values) = literals(&self.bench, parameters) else { return Ok(()) };
        let Some(wrong) = law.impossible(&values) else { return Ok(()) };
        let (name, (parameter, stated)) = (self.name, law.parameter(wrong));
        Err(raise(
            Problem::error(
                "impossible-parameter",
                say!(
                    "`{name}` cannot have this {parameter}",
                    "`{name}` の {parameter} にこの値は使えません"
                ),
            )
            .found(Text::from(law.described(&values)))
            .expected(super::requirement(&parameter, stated))
            .maybe_at(self.bench.place(context.call_position())),
        ))
    }

    /// The numbers of a list.
    fn list(
        &self,
        context: &NativeCallContext,
        list: &Dynamic,
        argument: usize,
        form: &Text,
    ) -> Fallible<Vec<NodeId>> {
        let at = self.bench.argument(context.call_position(), argument);
        let Some(entries) = list.read_lock::<Array>() else {
            return Err(self.wrong_list(at, describe(list), form));
        };
        if !(1..=ENTRIES_MAX).contains(&entries.len()) {
            return Err(self.wrong_list(at, counted(entries.len()), form));
        }
        nodes(&self.bench, context, &entries)
    }

    /// The pairs of a table, each with its place.
    fn pairs(
        &self,
        context: &NativeCallContext,
        table: &Dynamic,
        form: &Text,
    ) -> Fallible<Vec<(Position, [NodeId; 2])>> {
        let call = context.call_position();
        let Some(entries) = table.read_lock::<Array>() else {
            return Err(self.wrong_list(self.bench.argument(call, 0), describe(table), form));
        };
        if !(1..=ENTRIES_MAX).contains(&entries.len()) {
            let at = self.bench.argument(call, 0);
            return Err(self.wrong_list(at, counted(entries.len()), form));
        }
        let mut pairs = Vec::new();
        for (number, entry) in entries.iter().enumerate() {
            let at = self.bench.entry(call, 0, number);
            let pair = entry.read_lock::<Array>();
            let Some(pair) = pair.filter(|pair| pair.len() == 2) else {
                return Err(self.wrong_list(at, describe(entry), form));
            };
            let both = nodes(&self.bench, context, &pair)?;
            pairs.push((at, [both[0], both[1]]));
        }
        Ok(pairs)
    }

    fn wrong_list(&self, at: Position, found: Text, form: &Text) -> Box<rhai::EvalAltResult> {
        let name = self.name;
        raise(
            Problem::error(
                "wrong-list",
                say!("`{name}` needs a list", "`{name}` にはリストが必要です"),
            )
            .found(found)
            .expected(form.clone())
            .help(say!("of 1 to {ENTRIES_MAX} entries", "項目は 1〜{ENTRIES_MAX} 個です"))
            .maybe_at(self.bench.place(at)),
        )
    }
}

/// Shares with a Dirichlet distribution of these shapes: given those before it, a share takes a
/// part of what is left that `part` draws from the beta distribution with its shape and the sum of
/// those behind it; the last takes the rest. Unlike gamma draws divided by their sum, this holds
/// for shapes however small.
///
/// # Errors
/// The shapes have units that do not go together, or `part` cannot draw.
pub(in crate::scenario) fn shares(
    bench: &Workbench,
    shapes: &[NodeId],
    mut part: impl FnMut(usize, [NodeId; 2]) -> Fallible<NodeId>,
) -> Fallible<Vec<NodeId>> {
    let build = |build: &mut dyn FnMut(&mut Graph) -> Result<NodeId, UnitClash>| {
        bench.graph(build).map_err(|problem| raise(clash(&problem)))
    };
    let mut rests = shapes.to_vec();
    for at in (0..rests.len().saturating_sub(1)).rev() {
        rests[at] = build(&mut |graph| graph.add(rests[at], rests[at + 1]))?;
    }
    let one = bench.graph(|graph| graph.number(Decimal::ONE, Unit::Bare));
    let (mut shares, mut left) = (Vec::new(), one);
    for (at, shape) in shapes.iter().enumerate() {
        let Some(behind) = rests.get(at + 1) else {
            shares.push(left);
            break;
        };
        let part = part(at, [*shape, *behind])?;
        shares.push(build(&mut |graph| graph.multiply(left, part))?);
        left = build(&mut |graph| {
            let rest = graph.subtract(one, part)?;
            graph.multiply(left, rest)
        })?;
    }
    Ok(shares)
}

fn counted(entries: usize) -> Text {
    say!("{entries} entries", "項目 {entries} 個")
}
