//! Payment lines: their closures traced evaluation by evaluation, and lowered.

use jiff::civil::Date;
use rhai::Dynamic;
use rust_decimal::Decimal;

use super::draft::{Header, LineDraft};
use super::{Reader, no_value};
use crate::contract::lower::{Around, Lowering, Rules};
use crate::contract::vocabulary::Moment;
use crate::contract::{EarlyEndTerms, EvaluationTerms, Finance, FinanceTerms, Outcome};
use crate::contract::{Estimand, Evaluation, Indicator, Line, LineKind, LineShare, Price, Role};
use crate::expr::{Function, Interval, Node, NodeId, Unit};
use crate::problem::{Problem, Text, say};
use crate::script::Closure;

/// The most nodes a contract may compute: a thousand times what shipped ones need.
const NODES_MAX: usize = 200_000;

fn too_large(header: &Header) -> Problem {
    Problem::error("too-large", say!("the contract computes too much", "契約の計算が大きすぎます"))
        .help(say!(
            "fewer evaluations, or shorter loops in the payments",
            "評価日を減らすか、支払の中のループを短くしてください"
        ))
        .maybe_at(header.place.clone())
}

impl Reader<'_> {
    /// Traces indicators, then evaluation by evaluation all lines.
    #[expect(clippy::type_complexity, reason = "the parts of one contract, taken apart at once")]
    pub(super) fn trace_all(
        &self,
        header: &Header,
    ) -> Option<(Vec<Indicator>, Vec<Line>, Vec<Line>, Vec<EvaluationTerms>)> {
        let drafts = std::mem::take(&mut self.desk.draft().indicators);
        let mut indicators: Vec<Indicator> = Vec::new();
        for draft in &drafts {
            let next = self.indicator(draft, &indicators);
            indicators.push(next);
        }
        self.desk.draft().indicators = drafts;
        self.declare_outcomes(&indicators);
        self.declare_endings();
        let (payers, provider) = self.payers_and_provider();
        let sole_provider = provider.filter(|_| {
            let draft = self.desk.draft();
            draft.parties.iter().filter(|party| party.role == Role::Provider).count() == 1
        });
        let line_drafts = std::mem::take(&mut self.desk.draft().lines);
        let offset_drafts = std::mem::take(&mut self.desk.draft().offsets);
        let declare = |draft: &LineDraft| self.line(draft, &payers, sole_provider);
        let mut lines: Vec<Line> = line_drafts.iter().map(declare).collect();
        let mut offsets: Vec<Line> = offset_drafts.iter().map(declare).collect();
        let rules = self.rules(header, &payers, provider);
        let evaluations = self.desk.draft().evaluations.len();
        // A line that cannot be priced at one evaluation is not tried at the others.
        let mut failed = vec![false; lines.len() + offsets.len()];
        let mut terms: Vec<EvaluationTerms> = Vec::new();
        for evaluation in 0..evaluations {
            if let Some(rules) = &rules {
                let paid_before = self.bench.graph(|graph| {
                    Lowering::new(graph, rules.clone(), terms.clone()).paid_before().0
                });
                self.desk.draft().paid_before = Some(paid_before);
            }
            if self.bench.graph(|graph| graph.len()) > NODES_MAX {
                self.bench.report(too_large(header));
                return None;
            }
            let drafts = line_drafts.iter().chain(&offset_drafts);
            let all = lines.iter_mut().chain(&mut offsets).zip(drafts).zip(&mut failed);
            for ((line, draft), failed) in all {
                if !*failed && self.is_paid_at(draft, evaluation) {
                    match self.price(draft, line.kind, evaluation, header) {
                        Some(price) => line.prices.push(price),
                        None => *failed = true,
                    }
                }
            }
            if let Some(rules) = &rules
                && !self.bench.has_errors()
            {
                let outcomes = self.desk.draft().outcomes.clone();
                terms = self.bench.graph(|graph| {
                    Lowering::new(graph, rules.clone(), terms.clone())
                        .evaluation(&lines, &offsets, &outcomes)
                });
            }
        }
        let prices = lines.iter().chain(&offsets).flat_map(|line| &line.prices);
        self.readings(&indicators, &prices.collect::<Vec<_>>());
        (!self.bench.has_errors()).then_some((indicators, lines, offsets, terms))
    }

    /// The finance of a contract whose payments are lowered.
    pub(super) fn financed(
        &self,
        header: &Header,
        indicators: &[Indicator],
        terms: &[EvaluationTerms],
    ) -> Option<(Finance, FinanceTerms)> {
        let (payers, provider) = self.payers_and_provider();
        // What was paid before an evaluation is told to payments alone.
        self.desk.draft().paid_before = None;
        let finance = self.finance(header)?;
        self.readings(indicators, &finance.prices().collect::<Vec<_>>());
        let rules = self.rules(header, &payers, provider)?;
        let (evaluations, parties, outcomes) = {
            let draft = self.desk.draft();
            (draft.evaluations.clone(), draft.parties.clone(), draft.outcomes.clone())
        };
        let around = Around {
            finance: &finance,
            evaluations: &evaluations,
            parties: &parties,
            outcomes: &outcomes,
        };
        let lowered =
            self.bench.graph(|graph| Lowering::new(graph, rules, terms.to_vec()).finance(&around));
        if self.bench.graph(|graph| graph.len()) > NODES_MAX {
            self.bench.report(too_large(header));
        }
        (!self.bench.has_errors()).then_some((finance, lowered))
    }

    /// The payers, and the first provider.
    fn payers_and_provider(&self) -> (Vec<usize>, Option<usize>) {
        let draft = self.desk.draft();
        let with = |role: Role| -> Vec<usize> {
            (0..draft.parties.len()).filter(|at| draft.parties[*at].role == role).collect()
        };
        (with(Role::Payer), with(Role::Provider).first().copied())
    }

    fn rules(&self, header: &Header, payers: &[usize], provider: Option<usize>) -> Option<Rules> {
        let draft = self.desk.draft();
        (!payers.is_empty()).then_some(())?;
        Some(Rules {
            currency: header.currency.clone(),
            rounding: header.rounding?,
            tax: header.tax,
            cap: header.cap,
            cap_each: draft.cap_each,
            cap_year: draft.cap_year,
            cap_payers: draft.cap_payers.clone(),
            minimum: draft.minimum,
            minimum_each: draft.minimum_each,
            endings: draft.endings.clone(),
            ending: draft.early_end.clone(),
            fiscal_years: draft.evaluations.iter().map(Evaluation::fiscal_year).collect(),
            provider: provider?,
            payers: payers.to_vec(),
        })
    }

    fn is_paid_at(&self, draft: &LineDraft, evaluation: usize) -> bool {
        let evaluations = &self.desk.draft().evaluations;
        draft.at.as_ref().is_none_or(|dates| dates.contains(&evaluations[evaluation].at))
    }

    fn line(&self, draft: &LineDraft, payers: &[usize], provider: Option<usize>) -> Line {
        let is_payer = |party: usize| self.desk.draft().parties[party].role == Role::Payer;
        let stated = |parties: &[(usize, Decimal)]| !parties.is_empty();
        // What someone who is no payer pays a payer is a return of what was paid.
        let back = draft.kind == LineKind::Payment
            && stated(&draft.by)
            && stated(&draft.to)
            && draft.by.iter().all(|(party, _)| !is_payer(*party))
            && draft.to.iter().all(|(party, _)| is_payer(*party));
        let (by, to) = if back { (&draft.to, &draft.by) } else { (&draft.by, &draft.to) };
        let sole = |party: Option<usize>| party.map(|party| (party, Decimal::ONE));
        let by = if stated(by) {
            by.clone()
        } else {
            sole(payers.first().copied().filter(|_| payers.len() == 1)).into_iter().collect()
        };
        let to = if stated(to) { to.clone() } else { sole(provider).into_iter().collect() };
        let id = &draft.id;
        if by.is_empty() && payers.len() > 1 {
            self.bench.report(
                Problem::error(
                    "payer-unclear",
                    say!(
                        "who pays `{id}`? the contract has several payers",
                        "`{id}` を誰が支払うのか不明です。支払者が複数います"
                    ),
                )
                .expected(say!("#{{ by: city }}", "#{{ by: city }}"))
                .help(say!(
                    "or split it: #{{ by: [[city, percent(25)], [state, percent(75)]] }}",
                    "分担するなら: #{{ by: [[city, percent(25)], [state, percent(75)]] }}"
                ))
                .maybe_at(draft.place.clone()),
            );
        }
        if to.is_empty() && !payers.is_empty() {
            self.bench.report(
                Problem::error(
                    "provider-unclear",
                    say!("who is paid by `{id}`?", "`{id}` を誰に支払うのか不明です"),
                )
                .expected(say!("#{{ to: vendor }}", "#{{ to: vendor }}"))
                .maybe_at(draft.place.clone()),
            );
        }
        let evaluations: Vec<Date> =
            self.desk.draft().evaluations.iter().map(|evaluation| evaluation.at).collect();
        self.positions(draft.at.as_deref(), &evaluations, draft.at_place.as_ref());
        let has_ending = self.desk.draft().early_end.is_some();
        if draft.at_early_end.is_some() && !has_ending {
            self.bench.report(
                Problem::error(
                    "early-end-undeclared",
                    say!(
                        "`{id}` says what it pays at an early end, but the contract does not provide for one",
                        "`{id}` は途中終了時の支払を定めていますが、契約に途中終了の定めがありません"
                    ),
                )
                .help(say!(
                    "declare it: early_end(#{{ fixed: \"pro_rata\", linked: \"as_measured\" }})",
                    "宣言してください: early_end(#{{ fixed: \"pro_rata\", linked: \"as_measured\" }})"
                ))
                .maybe_at(draft.place.clone()),
            );
        }
        let payer = by.first().map_or(0, |(party, _)| *party);
        let provider = to.first().map_or(0, |(party, _)| *party);
        let weights = if by.len() > 1 { &by } else { &to };
        let of: Decimal = weights.iter().map(|(_, weight)| *weight).sum();
        let share = |party: usize, weight: Decimal| {
            let (payer, to) = if by.len() > 1 { (party, provider) } else { (payer, party) };
            LineShare { payer, to, weight, of }
        };
        Line {
            id: draft.id.clone(),
            title: draft.title.clone(),
            payer,
            to: provider,
            shares: weights.iter().map(|(party, weight)| share(*party, *weight)).collect(),
            kind: if back { LineKind::Return } else { draft.kind },
            basis: draft.basis,
            basis_stated: draft.basis_stated,
            at_early_end: draft.at_early_end,
            carry: draft.carry,
            prices: Vec::new(),
            cap: draft.cap,
            cap_each: draft.cap_each,
            clause: draft.clause.clone(),
            place: draft.place.clone(),
        }
    }

    /// The symbols of an early end at every evaluation, where the contract provides for one.
    fn declare_endings(&self) {
        let mut draft = self.desk.draft();
        if draft.early_end.is_none() {
            return;
        }
        let dates: Vec<Date> = draft.evaluations.iter().map(|known| known.at).collect();
        draft.endings = self.bench.graph(|graph| {
            let mut symbol = |name: String, unit: Unit| {
                let node = graph.symbol(&name, unit, Interval::SHARE);
                match graph.node(node) {
                    Node::Symbol(symbol) => *symbol,
                    _ => unreachable!("a symbol was asked for"),
                }
            };
            let mut ending = |at: &Date| EarlyEndTerms {
                ended: symbol(format!("ended@{at}"), Unit::Truth),
                served: symbol(format!("served@{at}"), Unit::Number),
            };
            dates.iter().map(&mut ending).collect()
        });
    }

    fn price(
        &self,
        draft: &LineDraft,
        kind: LineKind,
        evaluation: usize,
        header: &Header,
    ) -> Option<Price> {
        self.priced(&draft.price, draft.gate.as_ref(), kind, evaluation, header)
    }

    /// What a closure gives at an evaluation, and the condition under which.
    pub(super) fn priced(
        &self,
        closure: &Closure,
        gate: Option<&Closure>,
        kind: LineKind,
        evaluation: usize,
        header: &Header,
    ) -> Option<Price> {
        let bench = &self.bench;
        let moment = Dynamic::from(Moment { evaluation });
        let currency = Unit::money(&header.currency);
        let accept = |value: Dynamic| -> Result<NodeId, Problem> {
            let node = bench.node_of(&value).ok_or_else(|| no_value(&value))?;
            let unit = bench.graph(|graph| graph.unit(node).clone());
            let zero = bench.graph(|graph| graph.literal(node)) == Some(Decimal::ZERO);
            if unit == currency || (unit == Unit::Bare && zero) {
                return Ok(bench.graph(|graph| {
                    if zero { graph.number(Decimal::ZERO, currency.clone()) } else { node }
                }));
            }
            Err(Problem::error(
                "not-money",
                say!(
                    "this line does not give an amount of {}",
                    "この支払項目は {} の金額を返していません",
                    Text::from(header.currency.as_str())
                ),
            )
            .found(crate::script::unit_words(&unit))
            .expected(Text::from(header.currency.as_str()))
            .help(say!(
                "give an amount: `yen(1_000_000)`, or a price times a number",
                "金額を返してください: `yen(1_000_000)`、または単価 × 数"
            )))
        };
        let amount = match self.sandbox.trace(closure, &moment, &accept) {
            Ok(node) => node,
            Err(problem) => {
                bench.report(problem);
                return None;
            }
        };
        let condition = |value: Dynamic| -> Result<NodeId, Problem> {
            let node = bench.node_of(&value).ok_or_else(|| no_value(&value))?;
            if bench.graph(|graph| *graph.unit(node) == Unit::Truth) {
                return Ok(node);
            }
            Err(Problem::error(
                "not-a-condition",
                say!("a gate must give true or false", "支払の条件は真偽を返さなければなりません"),
            )
            .help(say!(
                "compare: `gate: |e| e[x] >= 0.8`",
                "比較の形で書いてください: `gate: |e| e[x] >= 0.8`"
            )))
        };
        let gate = match gate.map(|gate| self.sandbox.trace(gate, &moment, &condition)) {
            None => None,
            Some(Ok(node)) => Some(node),
            Some(Err(problem)) => {
                bench.report(problem);
                return None;
            }
        };
        bench.made(amount, closure.position);
        let stated = amount;
        let amount = match kind {
            LineKind::Payment => amount,
            LineKind::Malus | LineKind::Return => {
                bench.graph(|graph| graph.apply(Function::Negate, amount))
            }
        };
        let roots: Vec<NodeId> = std::iter::once(amount).chain(gate).collect();
        let symbols = bench.graph(|graph| graph.symbols_in(&roots));
        let outcomes = self.desk.draft().outcomes.clone();
        let asked = |outcome: &Outcome| symbols.contains(&outcome.available);
        let needs: Vec<usize> = (0..outcomes.len())
            .filter(|at| outcomes[*at].value_in(&symbols) && !asked(&outcomes[*at]))
            .collect();
        let linked = outcomes.iter().any(|outcome| outcome.value_in(&symbols) || asked(outcome));
        Some(Price { evaluation, amount, stated, gate, needs, linked })
    }

    /// Every indicator that pays must say how it is read.
    fn readings(&self, indicators: &[Indicator], prices: &[&Price]) {
        let outcomes = self.desk.draft().outcomes.clone();
        let read_by = |indicator: usize| {
            prices.iter().any(|price| {
                let roots: Vec<NodeId> = std::iter::once(price.amount).chain(price.gate).collect();
                let symbols = self.bench.graph(|graph| graph.symbols_in(&roots));
                outcomes
                    .iter()
                    .any(|outcome| outcome.indicator == indicator && outcome.value_in(&symbols))
            })
        };
        for (position, indicator) in indicators.iter().enumerate() {
            let whole = matches!(indicator.estimand, Estimand::Count { .. });
            if indicator.read.is_none() && !whole && read_by(position) {
                let id = &indicator.id;
                self.bench.report(
                    Problem::error(
                        "reading-unstated",
                        say!("`{id}` pays, but the contract does not say to how many decimals it is read", "`{id}` は支払に使われますが、小数何桁で読むかが書かれていません"),
                    )
                    .expected(say!("`digits: 1`, or `read: down(1)`", "`digits: 1` または `read: down(1)`"))
                    .help(say!("32.9% and 32.86% pay different amounts", "32.9% と 32.86% では支払額が違います"))
                    .maybe_at(indicator.place.clone()),
                );
            }
        }
    }
}
