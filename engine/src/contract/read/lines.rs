//! Payment lines: their closures traced evaluation by evaluation, and lowered.

use jiff::civil::Date;
use rhai::Dynamic;
use rust_decimal::Decimal;

use super::draft::{Header, LineDraft};
use super::{Reader, no_value};
use crate::contract::lower::{EvaluationTerms, Lowering, Outcome, Rules};
use crate::contract::vocabulary::Moment;
use crate::contract::{Estimand, Evaluation, Indicator, Line, Price, Role};
use crate::expr::{NodeId, Unit};
use crate::problem::{Problem, Text, say};

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
        let (payers, provider) = {
            let draft = self.desk.draft();
            let with = |role: Role| -> Vec<usize> {
                (0..draft.parties.len()).filter(|at| draft.parties[*at].role == role).collect()
            };
            (with(Role::Payer), with(Role::Provider).first().copied())
        };
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
                    match self.price(draft, evaluation, header) {
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
        self.readings(&indicators, &lines, &offsets);
        (!self.bench.has_errors()).then_some((indicators, lines, offsets, terms))
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
        let payer = draft.payer.or(match payers {
            [payer] => Some(*payer),
            _ => None,
        });
        let id = &draft.id;
        if payer.is_none() && payers.len() > 1 {
            self.bench.report(
                Problem::error(
                    "payer-unclear",
                    say!(
                        "who pays `{id}`? the contract has several payers",
                        "`{id}` を誰が支払うのか不明です。支払者が複数います"
                    ),
                )
                .expected(say!("#{{ by: city }}", "#{{ by: city }}"))
                .maybe_at(draft.place.clone()),
            );
        }
        let to = draft.to.or(provider);
        if to.is_none() && !payers.is_empty() {
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
        Line {
            id: draft.id.clone(),
            title: draft.title.clone(),
            payer: payer.unwrap_or(0),
            to: to.unwrap_or(0),
            prices: Vec::new(),
            cap: draft.cap,
            cap_each: draft.cap_each,
            clause: draft.clause.clone(),
            place: draft.place.clone(),
        }
    }

    fn price(&self, draft: &LineDraft, evaluation: usize, header: &Header) -> Option<Price> {
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
        let amount = match self.sandbox.trace(&draft.price, &moment, &accept) {
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
        let gate =
            match draft.gate.as_ref().map(|gate| self.sandbox.trace(gate, &moment, &condition)) {
                None => None,
                Some(Ok(node)) => Some(node),
                Some(Err(problem)) => {
                    bench.report(problem);
                    return None;
                }
            };
        bench.made(amount, draft.price.position);
        let roots: Vec<NodeId> = std::iter::once(amount).chain(gate).collect();
        let symbols = bench.graph(|graph| graph.symbols_in(&roots));
        let outcomes = self.desk.draft().outcomes.clone();
        let asked = |outcome: &Outcome| symbols.contains(&outcome.available);
        let needs: Vec<usize> = (0..outcomes.len())
            .filter(|at| outcomes[*at].value_in(&symbols) && !asked(&outcomes[*at]))
            .collect();
        let linked = outcomes.iter().any(|outcome| outcome.value_in(&symbols) || asked(outcome));
        Some(Price { evaluation, amount, gate, needs, linked })
    }

    /// Every indicator that pays must say how it is read.
    fn readings(&self, indicators: &[Indicator], lines: &[Line], offsets: &[Line]) {
        let outcomes = self.desk.draft().outcomes.clone();
        let read_by = |indicator: usize| {
            lines.iter().chain(offsets).flat_map(|line| &line.prices).any(|price| {
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
