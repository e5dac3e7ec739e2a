//! From a script to a [`Contract`]: the draft that the words fill, and what is made of it.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use rhai::Dynamic;
use rust_decimal::Decimal;

use super::lower::{EvaluationTerms, Lowering, Outcome, Rules, Terms};
use super::vocabulary::{self, Desk, Moment, RowHandle, WORDS};
use super::{
    Better, Column, ColumnKind, Contract, Estimand, Evaluation, Example, ExampleAt, Indicator,
    Line, Missing, Parameter, Party, Price, Role, RowKeys, Tax,
};
use crate::Files;
use crate::evidence;
use crate::expr::{Graph, Interval, Node, NodeId, Relation, Rounding, SymbolId, Unit, bounds};
use crate::problem::{Place, Problem, Severity, Source, Text, did_you_mean, say};
use crate::script::{Closure, Limits, Sandbox, Workbench, describe};

/// Values that replace those of `param` words, by name.
pub type Overrides = BTreeMap<String, Decimal>;

/// A party, as scripts hold it.
#[derive(Debug, Clone, Copy)]
pub(super) struct PartyHandle(pub(super) usize);

/// An indicator, as scripts hold it.
#[derive(Debug, Clone, Copy)]
pub(super) struct IndicatorHandle(pub(super) usize);

/// What a closure over rows gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClosureKind {
    Number,
    Condition,
    Either,
}

/// `contract(…)`.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) id: String,
    pub(super) title: Text,
    pub(super) currency: String,
    pub(super) from: Option<Date>,
    pub(super) to: Option<Date>,
    pub(super) cap: Option<Decimal>,
    pub(super) tax: Tax,
    pub(super) rounding: Option<Rounding>,
    pub(super) place: Option<Place>,
}

/// An indicator whose closures are not traced yet.
#[derive(Debug)]
pub(super) struct IndicatorDraft {
    pub(super) id: String,
    pub(super) title: Text,
    pub(super) word: &'static str,
    pub(super) closures: Vec<(&'static str, ClosureKind, Option<Closure>)>,
    pub(super) negative: bool,
    pub(super) unit: Option<Unit>,
    pub(super) better: Better,
    pub(super) read: Option<Rounding>,
    pub(super) who: Option<Closure>,
    pub(super) missing: Missing,
    pub(super) missing_stated: bool,
    pub(super) at_least: u64,
    pub(super) at_least_stated: bool,
    pub(super) source: Option<String>,
    pub(super) clause: Option<String>,
    pub(super) at: Option<Vec<Date>>,
    pub(super) at_place: Option<Place>,
    pub(super) place: Option<Place>,
}

/// A line whose closures are not traced yet.
#[derive(Debug)]
pub(super) struct LineDraft {
    pub(super) id: String,
    pub(super) title: Text,
    pub(super) price: Closure,
    pub(super) gate: Option<Closure>,
    pub(super) payer: Option<usize>,
    pub(super) to: Option<usize>,
    pub(super) at: Option<Vec<Date>>,
    pub(super) at_place: Option<Place>,
    pub(super) cap: Option<Decimal>,
    pub(super) cap_each: Option<Decimal>,
    pub(super) clause: Option<String>,
    pub(super) place: Option<Place>,
}

/// A worked example as declared.
#[derive(Debug)]
pub(super) struct ExampleDraft {
    pub(super) name: String,
    pub(super) dates: Vec<ExampleAt>,
    pub(super) paid_before: Decimal,
    pub(super) expected: Decimal,
    pub(super) place: Option<Place>,
}

/// What the words of a script have declared so far.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) header: Option<Header>,
    pub(super) parties: Vec<Party>,
    pub(super) evaluations: Vec<Evaluation>,
    pub(super) indicators: Vec<IndicatorDraft>,
    pub(super) lines: Vec<LineDraft>,
    pub(super) offsets: Vec<LineDraft>,
    pub(super) examples: Vec<ExampleDraft>,
    pub(super) rows: RowKeys,
    pub(super) columns: Vec<Column>,
    pub(super) cap_each: Option<Decimal>,
    pub(super) cap_year: Option<Decimal>,
    pub(super) cap_payers: Vec<(usize, Decimal)>,
    pub(super) minimum: Option<Decimal>,
    pub(super) minimum_each: Option<Decimal>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) overrides: Overrides,
    /// Where `contract`, `evaluations` and each limit stand, by word.
    pub(super) declared_at: HashMap<&'static str, Place>,
    /// Known once indicators and evaluations are.
    pub(super) outcomes: Vec<Outcome>,
    /// What was owed before the evaluation that is being traced.
    pub(super) paid_before: Option<NodeId>,
}

impl Contract {
    /// Reads the contract at `path`.
    ///
    /// # Errors
    /// Every problem of the script, each at its place: what stands in the way of reading it and
    /// what is wrong in it. Warnings alone are no error; they are in
    /// [`warnings`](Contract::warnings).
    pub fn read(
        files: &dyn Files,
        path: &str,
        overrides: &Overrides,
    ) -> Result<Contract, Vec<Problem>> {
        let one = |problem| vec![problem];
        evidence::expect_kind(path, evidence::Kind::Contract).map_err(one)?;
        let source = evidence::read_text(files, path).map_err(one)?;
        Contract::parse(source, overrides)
    }

    /// Reads a contract from its text.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn parse(source: Source, overrides: &Overrides) -> Result<Contract, Vec<Problem>> {
        let text = source.text().to_owned();
        let mut sandbox = Sandbox::new(source.clone(), WORDS, Limits::default());
        let desk = Desk::new(
            sandbox.bench().clone(),
            Draft { overrides: overrides.clone(), ..Draft::default() },
        );
        vocabulary::register(sandbox.engine(), &desk);
        sandbox.run(&text);
        let reader = Reader { sandbox: &sandbox, bench: sandbox.bench().clone(), desk: &desk };
        let contract = reader.contract(&source);
        let problems = sandbox.bench().take_problems();
        let failed = problems.iter().any(|problem| problem.severity == Severity::Error);
        match contract {
            Some(mut contract) if !failed => {
                contract.warnings = problems;
                Ok(contract)
            }
            _ => Err(problems),
        }
    }
}

struct Reader<'a> {
    sandbox: &'a Sandbox,
    bench: Workbench,
    desk: &'a Desk,
}

impl Reader<'_> {
    /// The contract, or `None` when too little was declared; problems are on the workbench.
    fn contract(&self, source: &Source) -> Option<Contract> {
        let header = self.desk.draft().header.take();
        let Some(header) = header else {
            // An unfinished run already said what stopped it.
            if !self.bench.has_errors() {
                self.bench.report(
                    Problem::error(
                        "no-contract",
                        say!("the script declares no contract", "契約が宣言されていません"),
                    )
                    .expected(say!("contract(\"id\", #{{ … }})", "contract(\"id\", #{{ … }})"))
                    .at(source.whole()),
                );
            }
            return None;
        };
        if self.bench.has_errors() {
            // Tracing on top of failed declarations would only repeat them in other words; the
            // indicators' and lines' closures are still looked at.
            self.trace_all(&header);
            return None;
        }
        self.needed(&header, source);
        let (indicators, lines, offsets, terms) = self.trace_all(&header)?;
        let mut draft = std::mem::take(&mut *self.desk.draft());
        for name in draft.overrides.keys() {
            if !draft.parameters.iter().any(|parameter| parameter.name == *name) {
                let known: Vec<&str> =
                    draft.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
                let problem = Problem::error(
                    "unknown-parameter",
                    say!(
                        "the contract has no parameter `{name}`",
                        "契約に `{name}` というパラメータはありません"
                    ),
                );
                let problem = if known.is_empty() {
                    problem.help(say!(
                        "it declares none: let fee = param(\"{name}\", yen(1_000_000));",
                        "契約で宣言してください: let fee = param(\"{name}\", yen(1_000_000));"
                    ))
                } else {
                    problem.expected(Text::from(known.join(", ")))
                };
                self.bench.report(match did_you_mean(name, known) {
                    Some(near) => problem.help(near),
                    None => problem,
                });
            }
        }
        self.columns(&mut draft, &indicators);
        let (graph, places) = self.bench.finish();
        Some(Contract {
            file: source.file().to_owned(),
            script: source.text().to_owned(),
            id: header.id,
            title: header.title,
            currency: header.currency,
            from: header.from?,
            to: header.to?,
            cap: header.cap,
            cap_each: draft.cap_each,
            cap_year: draft.cap_year,
            cap_payers: draft.cap_payers,
            minimum: draft.minimum,
            minimum_each: draft.minimum_each,
            tax: header.tax,
            rounding: header.rounding?,
            parties: draft.parties,
            evaluations: draft.evaluations,
            indicators,
            lines,
            offsets,
            examples: draft
                .examples
                .into_iter()
                .map(|example| Example {
                    name: example.name,
                    dates: example.dates,
                    paid_before: example.paid_before,
                    expected: example.expected,
                    place: example.place,
                })
                .collect(),
            rows: draft.rows,
            columns: draft.columns,
            parameters: draft.parameters,
            graph,
            terms: Terms { outcomes: draft.outcomes, evaluations: terms },
            warnings: Vec::new(),
            places,
            declared_at: draft.declared_at,
        })
    }

    /// What every contract needs.
    fn needed(&self, header: &Header, source: &Source) {
        let draft = self.desk.draft();
        let place = || header.place.clone().unwrap_or_else(|| source.whole());
        let report = |missing: bool, id: &'static str, message: Text, expected: Text| {
            if missing {
                self.bench.report(Problem::error(id, message).expected(expected).at(place()));
            }
        };
        let role = |role: Role| draft.parties.iter().any(|party| party.role == role);
        report(
            !role(Role::Payer),
            "no-payer",
            say!("nobody pays", "支払者がいません"),
            say!(
                "party(\"city\", #{{ role: \"payer\", … }})",
                "party(\"city\", #{{ role: \"payer\", … }})"
            ),
        );
        report(
            !role(Role::Provider),
            "no-provider",
            say!("nobody is paid", "受託者がいません"),
            say!(
                "party(\"vendor\", #{{ role: \"provider\", … }})",
                "party(\"vendor\", #{{ role: \"provider\", … }})"
            ),
        );
        report(
            draft.evaluations.is_empty(),
            "no-evaluation",
            say!("there is no evaluation", "評価日がありません"),
            say!(
                "evaluations([#{{ at: \"2025-03-31\", paid: \"2025-05-31\" }}])",
                "evaluations([#{{ at: \"2025-03-31\", paid: \"2025-05-31\" }}])"
            ),
        );
        report(
            draft.lines.is_empty(),
            "no-payment",
            say!("nothing is paid", "支払項目がありません"),
            say!("pay(\"base\", |e| yen(1_000_000))", "pay(\"base\", |e| yen(1_000_000))"),
        );
    }

    /// Traces indicators, then evaluation by evaluation all lines.
    #[expect(clippy::type_complexity, reason = "the parts of one contract, taken apart at once")]
    fn trace_all(
        &self,
        header: &Header,
    ) -> Option<(Vec<Indicator>, Vec<Line>, Vec<Line>, Vec<EvaluationTerms>)> {
        let drafts = std::mem::take(&mut self.desk.draft().indicators);
        let indicators: Vec<Indicator> = drafts.iter().map(|draft| self.indicator(draft)).collect();
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

    fn indicator(&self, draft: &IndicatorDraft) -> Indicator {
        let who = draft.who.as_ref().and_then(|who| self.row(who, ClosureKind::Condition));
        let mut traced: BTreeMap<&str, NodeId> = BTreeMap::new();
        for (name, kind, closure) in &draft.closures {
            if let Some(node) = closure.as_ref().and_then(|closure| self.row(closure, *kind)) {
                traced.insert(*name, node);
            }
        }
        let of = |name: &str| traced.get(name).copied();
        let of_shares =
            of("of").is_some_and(|node| self.bench.graph(|graph| *graph.unit(node) == Unit::Truth));
        let estimand = match draft.word {
            "mean_change" => Estimand::MeanChange {
                first: of("first"),
                last: of("last"),
                sign: if draft.negative { -1 } else { 1 },
            },
            "mean" => Estimand::Mean { of: of("of") },
            "share" => Estimand::Share { of: of("of") },
            "count" => Estimand::Count { of: of("of") },
            "total" => Estimand::Total { of: of("of") },
            "difference" => {
                Estimand::Difference { of: of("of"), treated: of("treated"), of_shares }
            }
            _ => Estimand::Ratio { of: of("of"), treated: of("treated"), of_shares },
        };
        let unit = self.unit(draft, &estimand, of_shares);
        let support = self.support(&estimand);
        let measured = self.measured(draft);
        Indicator {
            id: draft.id.clone(),
            title: draft.title.clone(),
            estimand,
            unit,
            better: draft.better,
            read: draft.read,
            who,
            missing: draft.missing,
            missing_stated: draft.missing_stated,
            at_least: draft.at_least,
            at_least_stated: draft.at_least_stated,
            source: draft.source.clone(),
            clause: draft.clause.clone(),
            measured,
            support,
            place: draft.place.clone(),
        }
    }

    /// The unit of the indicator's values, checked against that of its closures.
    fn unit(&self, draft: &IndicatorDraft, estimand: &Estimand, of_shares: bool) -> Unit {
        let natural = match estimand {
            Estimand::Share { .. } => Some(Unit::Share),
            Estimand::Ratio { .. } => Some(Unit::Number),
            Estimand::Difference { .. } if of_shares => Some(Unit::Number),
            Estimand::Count { .. } => Some(draft.unit.clone().unwrap_or(Unit::label("people"))),
            Estimand::MeanChange { .. }
            | Estimand::Mean { .. }
            | Estimand::Total { .. }
            | Estimand::Difference { .. } => None,
        };
        let columns = estimand
            .closures()
            .first()
            .map(|node| self.bench.graph(|graph| graph.unit(*node).clone()));
        let of_values = columns.filter(|unit| matches!(unit, Unit::Label(_) | Unit::Money(_)));
        let stated = draft.unit.clone();
        if let (None, Some(stated), Some(values)) = (&natural, &stated, &of_values)
            && stated != values
        {
            let id = &draft.id;
            let (a, b) = (crate::script::unit_words(stated), crate::script::unit_words(values));
            self.bench.report(
                Problem::error(
                    "mixed-units",
                    say!(
                        "`{id}` is declared in {} but its columns hold {}",
                        "`{id}` の単位は {} ですが、列の単位は {} です",
                        a,
                        b
                    ),
                )
                .found(b.clone())
                .expected(a.clone())
                .maybe_at(draft.place.clone()),
            );
        }
        natural.or(stated).or(of_values).unwrap_or(Unit::Number)
    }

    /// Where values can lie, from what is estimated and the declared ranges of columns.
    fn support(&self, estimand: &Estimand) -> Interval {
        let range = |node: &Option<NodeId>| match node {
            Some(node) => self.bench.graph(|graph| {
                bounds::bounds(graph, &[*node], |symbol| graph.symbol_of(symbol).support)
                    [node.index()]
            }),
            None => Interval::ALL,
        };
        match estimand {
            Estimand::Share { .. } => Interval::SHARE,
            Estimand::Count { .. } => Interval::NOT_NEGATIVE,
            Estimand::Ratio { .. } => Interval::NOT_NEGATIVE,
            Estimand::Difference { of_shares: true, .. } => Interval { low: -1.0, high: 1.0 },
            Estimand::Mean { of } => range(of),
            Estimand::MeanChange { first, last, .. } => {
                let (first, last) = (range(first), range(last));
                let change = Interval { low: last.low - first.high, high: last.high - first.low };
                change.hull(Interval { low: -change.high, high: -change.low })
            }
            Estimand::Difference { of, .. } => {
                let of = range(of);
                Interval { low: of.low - of.high, high: of.high - of.low }
            }
            Estimand::Total { .. } => Interval::ALL,
        }
    }

    /// The evaluations at which an indicator is measured.
    fn measured(&self, draft: &IndicatorDraft) -> Vec<usize> {
        let evaluations: Vec<Date> =
            self.desk.draft().evaluations.iter().map(|evaluation| evaluation.at).collect();
        self.positions(draft.at.as_deref(), &evaluations, draft.at_place.as_ref())
    }

    fn is_paid_at(&self, draft: &LineDraft, evaluation: usize) -> bool {
        let evaluations = &self.desk.draft().evaluations;
        draft.at.as_ref().is_none_or(|dates| dates.contains(&evaluations[evaluation].at))
    }

    fn positions(
        &self,
        dates: Option<&[Date]>,
        evaluations: &[Date],
        place: Option<&Place>,
    ) -> Vec<usize> {
        let Some(dates) = dates else { return (0..evaluations.len()).collect() };
        for date in dates.iter().filter(|date| !evaluations.contains(date)) {
            let known = evaluations.iter().map(ToString::to_string).collect::<Vec<_>>();
            self.bench.report(
                Problem::error(
                    "not-an-evaluation",
                    say!(
                        "{date} is no evaluation of the contract",
                        "{date} は契約の評価日ではありません"
                    ),
                )
                .expected(Text::from(known.join(", ")))
                .maybe_at(place.cloned()),
            );
        }
        (0..evaluations.len()).filter(|at| dates.contains(&evaluations[*at])).collect()
    }

    /// Traces a closure over rows.
    fn row(&self, closure: &Closure, kind: ClosureKind) -> Option<NodeId> {
        let bench = &self.bench;
        let accept = |value: Dynamic| -> Result<NodeId, Problem> {
            let node = bench.node_of(&value).ok_or_else(|| no_value(&value))?;
            let unit = bench.graph(|graph| graph.unit(node).clone());
            let alone = bench.graph(|graph| matches!(graph.node(node), Node::Symbol(_)));
            match (kind, unit) {
                (ClosureKind::Condition | ClosureKind::Either, Unit::Truth) => Ok(node),
                // A column returned whole where a condition is wanted is a column of yes and no.
                (ClosureKind::Condition, Unit::Open) if alone => bench.graph(|graph| {
                    let yes = graph.truth(true);
                    graph
                        .compare(Relation::Equal, node, yes)
                        .map_err(|problem| crate::script::clash(&problem))
                }),
                (ClosureKind::Number | ClosureKind::Either, unit)
                    if !matches!(unit, Unit::Truth | Unit::Text | Unit::Date) =>
                {
                    Ok(node)
                }
                (ClosureKind::Condition, unit) => Err(Problem::error(
                    "not-a-condition",
                    say!(
                        "this closure must give true or false",
                        "このクロージャは真偽を返さなければなりません"
                    ),
                )
                .found(crate::script::unit_words(&unit))
                .help(say!(
                    "compare the value: `|p| p.sbp >= 140`",
                    "比較の形で書いてください: `|p| p.sbp >= 140`"
                ))),
                (_, unit) => Err(Problem::error(
                    "not-a-number",
                    say!(
                        "this closure must give a number",
                        "このクロージャは数を返さなければなりません"
                    ),
                )
                .found(crate::script::unit_words(&unit))),
            }
        };
        match self.sandbox.trace(closure, &Dynamic::from(RowHandle), &accept) {
            Ok(node) => Some(node),
            Err(problem) => {
                self.bench.report(problem);
                None
            }
        }
    }

    /// Makes the symbols of every indicator at every evaluation.
    fn declare_outcomes(&self, indicators: &[Indicator]) {
        let mut outcomes = Vec::new();
        for (indicator, declared) in indicators.iter().enumerate() {
            for &evaluation in &declared.measured {
                let at = self.desk.draft().evaluations[evaluation].at;
                let symbol = |graph: &mut Graph, name: String, unit: Unit, support| -> SymbolId {
                    let node = graph.symbol(&name, unit, support);
                    match graph.node(node) {
                        Node::Symbol(symbol) => *symbol,
                        _ => unreachable!("a symbol was asked for"),
                    }
                };
                let (value, available) = self.bench.graph(|graph| {
                    let id = &declared.id;
                    (
                        symbol(
                            graph,
                            format!("{id}@{at}"),
                            declared.unit.clone(),
                            declared.support,
                        ),
                        symbol(graph, format!("available:{id}@{at}"), Unit::Truth, Interval::SHARE),
                    )
                });
                outcomes.push(Outcome { indicator, evaluation, value, available });
            }
        }
        self.desk.draft().outcomes = outcomes;
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
            .filter(|at| symbols.contains(&outcomes[*at].value) && !asked(&outcomes[*at]))
            .collect();
        let linked =
            outcomes.iter().any(|outcome| symbols.contains(&outcome.value) || asked(outcome));
        Some(Price { evaluation, amount, gate, needs, linked })
    }

    /// Every indicator that pays must say how it is read.
    fn readings(&self, indicators: &[Indicator], lines: &[Line], offsets: &[Line]) {
        let outcomes = self.desk.draft().outcomes.clone();
        let read_by = |indicator: usize| {
            lines.iter().chain(offsets).flat_map(|line| &line.prices).any(|price| {
                let roots: Vec<NodeId> = std::iter::once(price.amount).chain(price.gate).collect();
                let symbols = self.bench.graph(|graph| graph.symbols_in(&roots));
                outcomes.iter().any(|outcome| {
                    outcome.indicator == indicator && symbols.contains(&outcome.value)
                })
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

    /// Completes the list of columns with those that indicators read undeclared, typed by use.
    fn columns(&self, draft: &mut Draft, indicators: &[Indicator]) {
        let roots: Vec<NodeId> = indicators
            .iter()
            .flat_map(|indicator| indicator.estimand.closures().into_iter().chain(indicator.who))
            .collect();
        let mut unclear: Vec<(String, NodeId)> = Vec::new();
        self.bench.graph(|graph| {
            for symbol in graph.symbols_in(&roots) {
                let name = &graph.symbol_of(symbol).name;
                let Some(name) = name.strip_prefix("column:").map(str::to_owned) else { continue };
                match draft.columns.iter_mut().find(|column| column.name == name) {
                    Some(column) => column.symbol = Some(symbol),
                    None => draft.columns.push(Column {
                        kind: match kind_by_use(graph, &roots, symbol) {
                            Ok(kind) => kind,
                            Err(kind) => {
                                let node = graph
                                    .needed(&roots)
                                    .into_iter()
                                    .find(|id| *graph.node(*id) == Node::Symbol(symbol));
                                unclear.extend(node.map(|node| (name.clone(), node)));
                                kind
                            }
                        },
                        name,
                        symbol: Some(symbol),
                    }),
                }
            }
        });
        for (name, node) in unclear {
            let problem = Problem::error(
                "column-type-unclear",
                say!(
                    "the column `{name}` is compared with values of different types",
                    "列 `{name}` を型の異なる値と比べています"
                ),
            )
            .help(say!(
                "declare what it holds: columns(#{{ {name}: date() }})",
                "列の内容を宣言してください: columns(#{{ {name}: date() }})"
            ));
            let (_, places) = self.bench.finish();
            self.bench.report(problem.maybe_at(places.get(&node).cloned()));
        }
    }
}

/// What a closure gave is no value: most often an `if` without `else`.
fn no_value(value: &Dynamic) -> Problem {
    if value.is_unit() {
        return Problem::error(
            "nothing-given",
            say!(
                "this closure gives nothing on some branch",
                "このクロージャには何も返さない分岐があります"
            ),
        )
        .help(say!(
            "end it with a value, and every `if` with an `else {{ yen(0) }}`",
            "最後に値を書き、`if` には `else {{ yen(0) }}` を付けてください"
        ));
    }
    Problem::error(
        "not-a-number",
        say!("this closure gives no amount", "このクロージャは量を返していません"),
    )
    .found(describe(value))
}

/// The type of an undeclared column, from what it is compared with; an error when it is compared
/// with things of different types.
fn kind_by_use(
    graph: &Graph,
    roots: &[NodeId],
    symbol: SymbolId,
) -> Result<ColumnKind, ColumnKind> {
    let is_it = |id: NodeId| *graph.node(id) == Node::Symbol(symbol);
    let (mut text, mut date, mut truth, mut number) = (false, false, false, false);
    for id in graph.needed(roots) {
        let Node::Compare(_, a, b) = graph.node(id) else { continue };
        let other = match (is_it(*a), is_it(*b)) {
            (true, false) => *b,
            (false, true) => *a,
            _ => continue,
        };
        match graph.unit(other) {
            Unit::Text => text = true,
            Unit::Date => date = true,
            Unit::Truth => truth = true,
            _ => number = true,
        }
    }
    // Yes and no may be compared with 1 and 0.
    match (text, date, truth || number) {
        (true, false, false) => Ok(ColumnKind::Text(Vec::new())),
        (false, true, false) => Ok(ColumnKind::Date),
        (false, false, _) if truth => Ok(ColumnKind::YesNo),
        (false, false, _) => Ok(ColumnKind::Number { unit: None, low: None, high: None }),
        _ => Err(ColumnKind::Text(Vec::new())),
    }
}
