//! From a TOML file to a [`Scenario`].

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rustc_hash::FxHashMap;

use super::assumption::of_table;
use super::benefits::{self, Benefit};
use super::cells::{Cells, Effect, Values};
use super::cohort::{self, Cohort, Lowered, Tables};
use super::document::{Document, Section};
use super::early_end::{self, EarlyEndModel, Ending};
use super::investors;
use super::model::{
    Arm, ArmEvaluation, BenefitModel, LineName, LinePays, Luck, Model, Remeasured, Required,
};
use super::outcomes::{self, OutcomeModel};
use super::vocabulary::{self, Ledger, WORDS};
use super::{Assumption, Scenario, beside};
use crate::Files;
use crate::contract::{Contract, LineTerms, Reason, Role, Tax};
use crate::evidence;
use crate::expr::{Graph, NodeId, Relation, SymbolId, Unit};
use crate::finance::Years;
use crate::problem::{Place, Problem, Source, Text, say};
use crate::script::{Limits, Sandbox};

/// Paths when neither the scenario nor the command says how many.
const PATHS_DEFAULT: u64 = 100_000;

impl Scenario {
    /// Reads a scenario and the contract it names.
    ///
    /// # Errors
    /// Every problem of the file, or of the contract.
    pub fn read(files: &dyn Files, path: &str) -> Result<Scenario, Vec<Problem>> {
        let one = |problem| vec![problem];
        evidence::expect_kind(path, evidence::Kind::Scenario).map_err(one)?;
        let source = evidence::read_text(files, path).map_err(one)?;
        Scenario::parse(files, &source)
    }

    /// Reads a scenario from its text; the contract is read through `files`, relative to the
    /// scenario's own path.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn parse(files: &dyn Files, source: &Source) -> Result<Scenario, Vec<Problem>> {
        let document = Document::parse(source).map_err(|problem| vec![problem])?;
        let root = document.root();
        root.known(&[
            "title",
            "contract",
            "paths",
            "seed",
            "discount_rate",
            "discount_from_year",
            "beneficiaries",
            "params",
            "assume",
            "correlate",
            "cohort",
            "outcomes",
            "benefits",
            "early_end",
        ]);
        let overrides = parameters(&root);
        if !root.has("contract") {
            root.missing(
                "contract",
                say!("the path of the contract's script", "契約スクリプトのパス"),
            );
            return Err(document.problems());
        }
        let Some(contract) = root.text("contract") else { return Err(document.problems()) };
        let contract = match Contract::read(files, &beside(source.file(), &contract), &overrides) {
            Ok(contract) => contract,
            Err(mut problems) => {
                for problem in &mut problems {
                    match problem.id {
                        "unreadable-file" => problem.place = Some(root.place("contract")),
                        "unknown-parameter" => problem.place = Some(root.place("params")),
                        _ => {}
                    }
                }
                let mut all = document.problems();
                all.extend(problems);
                return Err(all);
            }
        };
        // Worked examples state what the contract's own values pay, not a scenario's.
        let stated = if overrides.is_empty() {
            contract.examples_hold()
        } else {
            let own = beside(source.file(), &root.text("contract").unwrap_or_default());
            Contract::read(files, &own, &BTreeMap::new()).and_then(|own| own.examples_hold())
        };
        stated?;
        let rate = root.number("discount_rate").unwrap_or_default();
        if rate <= -Decimal::ONE || rate > Decimal::ONE {
            root.wrong(
                "discount_rate",
                say!("a share per year such as 0.02", "年率の割合。例 0.02"),
            );
        }
        let from_year = root.count("discount_from_year", 1).unwrap_or(1);
        let mut sandbox = Sandbox::new(source.clone(), WORDS, Limits::default());
        let ledger = Ledger::default();
        let bench = sandbox.bench().clone();
        let tables = Tables::new(files, source.file());
        vocabulary::register(sandbox.engine(), &bench, &ledger);
        cohort::register(sandbox.engine(), &bench, &tables);
        let mut cells = Cells::read(files, &document, &sandbox, &ledger, &tables, &root);
        let cohorts = cohort::read(&document, &cells, &root);
        cells.cohorts = cohort::names(&root);
        let outcomes = outcomes::read(&document, &contract, &cells, &root);
        let benefits = benefits::read(&document, &contract, &cells, &root);
        let early_end = early_end::read(&document, &contract, &cells, &root);
        let paths = root.count("paths", 1).unwrap_or(PATHS_DEFAULT);
        let seed = root.count("seed", 0).unwrap_or_default();
        let title = root.title("title").unwrap_or_else(|| Text::from(source.file()));
        let problems = document.problems();
        if !problems.is_empty() {
            return Err(problems);
        }
        let rate = rate.to_f64().unwrap_or_default();
        let builder = Builder {
            contract: &contract,
            cells: &cells,
            cohorts: &cohorts,
            outcomes: &outcomes,
            early_end: early_end.as_ref(),
            rate,
            from_year,
        };
        for benefit in benefits.iter().filter(|benefit| benefit.in_all) {
            for cohort in &cohorts {
                let same = cohort.cost_convention.rate == rate
                    && (rate == 0.0 || cohort.cost_convention.from_year == from_year as f64);
                if !same && benefit.names(&cohort.name) {
                    document.report(mixed_discounting(benefit, cohort, &cells, (rate, from_year)));
                }
            }
        }
        let model = builder.model(&benefits, &ledger);
        let problems = document.problems();
        match model {
            Some(model) if problems.is_empty() => Ok(Scenario {
                file: source.file().to_owned(),
                title,
                assumptions: assumptions(&cells, cohorts, &tables, &root),
                paths,
                seed,
                discount_rate: rate,
                model,
                contract,
            }),
            _ => Err(problems),
        }
    }
}

/// What the result rests on: cells, outcome models, benefits, numbers of cohorts, and rows of tables
/// without a source.
fn assumptions(
    cells: &Cells<'_>,
    cohorts: Vec<Cohort>,
    tables: &Tables<'_>,
    root: &Section<'_>,
) -> Vec<Assumption> {
    let mut assumptions = cells.assumptions();
    for name in ["outcomes", "benefits", "early_end"].into_iter().filter(|name| root.has(name)) {
        assumptions.extend(root.section(name).iter().flat_map(|table| of_table(table, None)));
    }
    assumptions.extend(cohorts.into_iter().flat_map(|cohort| cohort.assumptions));
    assumptions.extend(tables.assumptions(&cells.document.source.whole()));
    assumptions
}

fn parameters(root: &Section<'_>) -> BTreeMap<String, Decimal> {
    let Some(section) = root.section("params") else { return BTreeMap::new() };
    let values = section.keys().into_iter();
    values.filter_map(|key| Some((key.to_owned(), section.number(key)?))).collect()
}

struct Builder<'a> {
    contract: &'a Contract,
    cells: &'a Cells<'a>,
    cohorts: &'a [Cohort],
    outcomes: &'a [OutcomeModel],
    early_end: Option<&'a EarlyEndModel>,
    rate: f64,
    /// The first year whose amounts are discounted.
    from_year: u64,
}

impl Builder<'_> {
    fn model(&self, benefits: &[Benefit], ledger: &Ledger) -> Option<Model> {
        let lines = self.line_names();
        let mut required = Vec::new();
        let cohorts = self.cohorts(&mut required)?;
        let (effect, values) = self.arm(Effect::With, &lines, &cohorts, &mut required)?;
        let (no_effect, _) = self.arm(Effect::Without, &lines, &cohorts, &mut required)?;
        ledger.now().again = true;
        // What is measured again keeps to the ranges of the first measurement's law.
        let (again, _) = self.arm(Effect::With, &lines, &cohorts, &mut Vec::new())?;
        ledger.now().again = false;
        let luck = self.luck(&effect, &again);
        let line_pays = self.line_pays(&lines, &effect, &no_effect);
        // The arms share what no effect changes.
        let mut known: Vec<Required> = Vec::new();
        for one in required {
            if !known.contains(&one) {
                known.push(one);
            }
        }
        let endings = self.endings(&values, &mut Vec::new())?;
        let mut models = Vec::new();
        for benefit in benefits {
            let mut amounts = Vec::new();
            // What is stated in all is discounted already, and counts once.
            let from = if benefit.in_all { values.len().saturating_sub(1) } else { 0 };
            for (evaluation, values) in values.iter().enumerate().skip(from) {
                let amount = benefit.amount(self.contract, self.cells, values, evaluation)?;
                amounts.push(if benefit.in_all {
                    amount
                } else {
                    let amount = self.while_it_runs(amount, endings[evaluation]);
                    self.discounted(amount, self.contract.evaluations[evaluation].at)
                });
            }
            models.push(BenefitModel {
                name: benefit.name.clone(),
                title: benefit.title.clone(),
                amount: self.sum(&amounts),
                shares: benefit.shares.clone(),
            });
        }
        let amounts: Vec<NodeId> = models.iter().map(|benefit| benefit.amount).collect();
        let benefit = self.sum(&amounts);
        let (net, net_positive) = self.graph(|graph| {
            let net = money(graph.subtract(benefit, effect.payment_discounted));
            let zero = graph.number(Decimal::ZERO, graph.unit(net).clone());
            (net, money(graph.compare(Relation::Less, zero, net)))
        });
        let payments: Vec<NodeId> = effect.evaluations.iter().map(|at| at.to_providers).collect();
        let investors = self.graph(|graph| investors::models(self.contract, graph, &payments));
        Some(Model {
            graph: self.graph(|graph| graph.clone()),
            draws: ledger.now().draws.clone(),
            cells: self.cells.columns(&values),
            lines,
            effect,
            no_effect,
            remeasured: Remeasured { payment: again.payment, lines: again.lines },
            luck,
            line_pays,
            places: self.places(benefits),
            required: known,
            cohorts: cohorts.into_iter().map(|cohort| cohort.model).collect(),
            benefits: models,
            investors,
            benefit,
            net,
            net_positive,
        })
    }

    /// The cohorts in both arms.
    fn cohorts(&self, required: &mut Vec<Required>) -> Option<Vec<Lowered>> {
        let (with, without) = (self.cells.once(Effect::With), self.cells.once(Effect::Without));
        let lower =
            |cohort| cohort::lower(cohort, self.cells, self.contract, (&with, &without), required);
        self.cohorts.iter().map(lower).collect()
    }

    fn graph<T>(&self, work: impl FnOnce(&mut Graph) -> T) -> T {
        self.cells.sandbox.bench().graph(work)
    }

    /// Every line a statement of this contract may have.
    fn line_names(&self) -> Vec<LineName> {
        let mut names: Vec<LineName> = Vec::new();
        for line in self.contract.terms.evaluations.iter().flat_map(|terms| &terms.lines) {
            let name = self.line_name(line);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if matches!(self.contract.tax, Tax::Added(_)) {
            names
                .push(LineName { name: "tax".into(), title: say!("Consumption tax", "消費税") });
        }
        names
    }

    fn line_name(&self, line: &LineTerms) -> LineName {
        let (name, title) = match line.reason {
            Reason::Payment(position) => {
                let line = &self.contract.lines[position];
                (line.id.clone(), line.title.clone())
            }
            Reason::Offset(position) => {
                let offset = &self.contract.offsets[position];
                (offset.id.clone(), offset.title.clone())
            }
            Reason::Cap { .. } => ("cap".to_owned(), say!("Limit", "支払上限")),
            Reason::Minimum(_) => ("minimum".to_owned(), say!("Minimum payment", "最低支払額")),
        };
        LineName { name, title }
    }

    /// Everything paid with or without effect, and the cells at each evaluation.
    fn arm(
        &self,
        effect: Effect,
        lines: &[LineName],
        cohorts: &[Lowered],
        required: &mut Vec<Required>,
    ) -> Option<(Arm, Vec<Values>)> {
        let contract = self.contract;
        let once = self.cells.once(effect);
        let mut values: Vec<Values> = Vec::new();
        for evaluation in 0..contract.evaluations.len() {
            let now = self.cells.at(effect, evaluation, &once, values.last());
            values.push(now);
        }
        for (evaluation, values) in values.iter_mut().enumerate() {
            let handle = |cohort: &Lowered| cohort.handle(self.cells, contract, effect, evaluation);
            values.cohorts = cohorts.iter().map(handle).collect();
        }
        let mut measured: Vec<(usize, NodeId, NodeId)> = Vec::new();
        let mut symbols: FxHashMap<SymbolId, NodeId> = FxHashMap::default();
        let mut earlier = FxHashMap::default();
        for (position, outcome) in contract.terms.outcomes.iter().enumerate() {
            let model =
                self.outcomes.iter().find(|model| model.indicator() == outcome.indicator)?;
            let at = outcome.evaluation;
            let nodes =
                model.measure(contract, self.cells, &values[at], outcome, &earlier, required)?;
            symbols.insert(outcome.value, nodes.value);
            symbols.insert(outcome.available, nodes.available);
            symbols.extend(nodes.bounds.iter().copied());
            measured.push((position, nodes.value, nodes.available));
            earlier.insert((outcome.indicator, at), nodes);
        }
        let endings = self.endings(&values, required)?;
        for (ending, terms) in endings.iter().zip(&contract.terms.endings) {
            symbols.insert(terms.ended, ending.ended);
            symbols.insert(terms.served, ending.served);
        }
        let arm = self.priced(lines, &measured, &symbols);
        Some((arm, values))
    }

    /// How the contract may end early on each path.
    fn endings(&self, values: &[Values], required: &mut Vec<Required>) -> Option<Vec<Ending>> {
        match self.early_end {
            Some(model) => model.endings(self.cells, values, required),
            None => Some(early_end::none(self.cells, values.len())),
        }
    }

    /// What is saved at an evaluation: nothing once the contract has ended early, and the part of
    /// the period that was served where it ends.
    fn while_it_runs(&self, amount: NodeId, ending: Ending) -> NodeId {
        if self.early_end.is_none() {
            return amount;
        }
        self.graph(|graph| {
            let zero = graph.number(Decimal::ZERO, graph.unit(amount).clone());
            let served = money(graph.multiply(amount, ending.served));
            money(graph.select(ending.over, zero, served))
        })
    }

    /// The contract's terms on these outcomes.
    fn priced(
        &self,
        lines: &[LineName],
        measured: &[(usize, NodeId, NodeId)],
        symbols: &FxHashMap<SymbolId, NodeId>,
    ) -> Arm {
        let contract = self.contract;
        let mut evaluations = Vec::new();
        let (mut payments, mut discounted, mut subtotals) = (Vec::new(), Vec::new(), Vec::new());
        let mut linked = Vec::new();
        for (evaluation, terms) in contract.terms.evaluations.iter().enumerate() {
            let mut roots: Vec<NodeId> = terms.lines.iter().map(|line| line.amount).collect();
            roots.extend([terms.payable, terms.subtotal]);
            roots.extend(terms.tax);
            let nodes =
                self.graph(|graph| graph.graft(&contract.graph, &roots, |symbol| symbols[&symbol]));
            let (amounts, rest) = nodes.split_at(terms.lines.len());
            let (payable, subtotal) = (rest[0], rest[1]);
            let by_line = lines.iter().map(|name| {
                let own: Vec<NodeId> = terms
                    .lines
                    .iter()
                    .zip(amounts)
                    .filter(|(line, _)| self.line_name(line) == *name)
                    .map(|(_, amount)| *amount)
                    .collect();
                let tax = rest.get(2).filter(|_| name.name == "tax");
                match tax {
                    Some(tax) => *tax,
                    None => self.sum(&own),
                }
            });
            let by_line: Vec<NodeId> = by_line.collect();
            for (line, amount) in terms.lines.iter().zip(amounts) {
                let paid_for_outcomes = match line.reason {
                    Reason::Payment(position) | Reason::Cap { line: Some(position), .. } => {
                        contract.lines[position].is_linked()
                    }
                    Reason::Cap { line: None, .. } | Reason::Offset(_) | Reason::Minimum(_) => {
                        false
                    }
                };
                if paid_for_outcomes {
                    linked.push(*amount);
                }
            }
            payments.push(payable);
            discounted.push(self.discounted(payable, contract.evaluations[evaluation].paid));
            subtotals.push(subtotal);
            let here = |(position, ..): &&(usize, NodeId, NodeId)| {
                contract.terms.outcomes[*position].evaluation == evaluation
            };
            let is_provider = |party: usize| contract.parties[party].role == Role::Provider;
            let theirs = terms.lines.iter().zip(amounts).filter(|(line, _)| is_provider(line.to));
            let theirs: Vec<NodeId> = theirs.map(|(_, amount)| *amount).collect();
            evaluations.push(ArmEvaluation {
                payment: payable,
                to_providers: self.sum(&theirs),
                lines: by_line,
                outcomes: measured.iter().filter(here).copied().collect(),
            });
        }
        let totals = (0..lines.len()).map(|line| {
            let amounts: Vec<NodeId> = evaluations.iter().map(|at| at.lines[line]).collect();
            self.sum(&amounts)
        });
        let lines = totals.collect();
        let (subtotal, linked) = (self.sum(&subtotals), self.sum(&linked));
        let (cap_reached, no_outcome_payment) = self.graph(|graph| {
            let unit = graph.unit(subtotal).clone();
            let reached = match contract.cap {
                Some(cap) => {
                    let cap = graph.number(cap, unit.clone());
                    money(graph.compare(Relation::AtMost, cap, subtotal))
                }
                None => graph.truth(false),
            };
            let zero = graph.number(Decimal::ZERO, unit);
            (reached, money(graph.compare(Relation::AtMost, linked, zero)))
        });
        Arm {
            payment: self.sum(&payments),
            payment_discounted: self.sum(&discounted),
            evaluations,
            lines,
            cap_reached,
            no_outcome_payment,
        }
    }

    /// Where outcome models and benefits are declared.
    fn places(&self, benefits: &[Benefit]) -> Vec<(String, Place)> {
        let outcomes = self.outcomes.iter().map(|model| {
            let id = &self.contract.indicators[model.indicator()].id;
            (format!("outcomes.{id}"), model.place().clone())
        });
        let benefits = benefits.iter().map(|benefit| (benefit.key(), benefit.place(self.cells)));
        let early_end = self.early_end.map(|model| ("early_end".to_owned(), model.place().clone()));
        outcomes.chain(benefits).chain(early_end).collect()
    }

    /// `½ (pay − pay')²` of everything that is paid. Squares have no unit that money has, so they
    /// are of the numbers of yen.
    fn luck(&self, first: &Arm, second: &Arm) -> Luck {
        let half_square = |a: NodeId, b: NodeId| {
            self.graph(|graph| {
                if a == b {
                    return graph.number(Decimal::ZERO, Unit::Number);
                }
                let one = graph.number(Decimal::ONE, graph.unit(a).clone());
                let difference = money(graph.subtract(a, b));
                let plain = money(graph.divide(difference, one));
                let square = money(graph.multiply(plain, plain));
                let half = graph.number(Decimal::new(5, 1), Unit::Number);
                money(graph.multiply(square, half))
            })
        };
        let lines = first.lines.iter().zip(&second.lines);
        Luck {
            payment: half_square(first.payment, second.payment),
            lines: lines.map(|(a, b)| half_square(*a, *b)).collect(),
        }
    }

    /// For each payment line that reads an outcome, whether it pays anything.
    fn line_pays(&self, lines: &[LineName], effect: &Arm, no_effect: &Arm) -> Vec<LinePays> {
        let linked = |name: &LineName| {
            let line = self.contract.lines.iter().find(|line| line.id == name.name);
            line.is_some_and(|line| line.is_linked())
        };
        let pays = |amount: NodeId| {
            self.graph(|graph| {
                let nothing = graph.number(Decimal::ZERO, graph.unit(amount).clone());
                money(graph.compare(Relation::Less, nothing, amount))
            })
        };
        let linked = lines.iter().enumerate().filter(|(_, name)| linked(name));
        linked
            .map(|(line, _)| LinePays {
                line,
                effect: pays(effect.lines[line]),
                no_effect: pays(no_effect.lines[line]),
            })
            .collect()
    }

    fn sum(&self, amounts: &[NodeId]) -> NodeId {
        self.graph(|graph| {
            let zero = graph.number(Decimal::ZERO, Unit::money(&self.contract.currency));
            amounts.iter().fold(zero, |sum, amount| money(graph.add(sum, *amount)))
        })
    }

    /// An amount discounted to the contract's first day by whole years, less those before the first
    /// year that is discounted: a payment from the day it is paid, a benefit from the day it is
    /// measured.
    fn discounted(&self, amount: NodeId, on: Date) -> NodeId {
        use rust_decimal::prelude::FromPrimitive;
        let before = i32::try_from(self.from_year - 1).unwrap_or(i32::MAX);
        let years = whole_years(self.contract.from, on).saturating_sub(before).max(0);
        let factor = libm::pow(1.0 + self.rate, f64::from(-years));
        let factor = Decimal::from_f64_retain(factor).or(Decimal::from_f64(factor));
        self.graph(|graph| {
            let factor = graph.number(factor.unwrap_or(Decimal::ONE), Unit::Number);
            money(graph.multiply(amount, factor))
        })
    }
}

/// A total of a cohort that is discounted otherwise than payments are.
fn mixed_discounting(
    benefit: &Benefit,
    cohort: &Cohort,
    cells: &Cells<'_>,
    (rate, from_year): (f64, u64),
) -> Problem {
    let (key, name, cost) = (benefit.key(), &cohort.name, cohort.cost_convention);
    Problem::error(
        "mixed-discounting",
        say!(
            "`{key}` takes the cost of `{name}`, which is discounted otherwise than payments are",
            "`{key}` が使う `{name}` の費用は、支払とは異なる方法で割り引かれています"
        ),
    )
    .found(Text::from(format!("cost = {}, from_year = {}", cost.rate, cost.from_year)))
    .expected(Text::from(format!("cost = {rate}, from_year = {from_year}")))
    .help(say!(
        "payments and savings are netted: state `discount_rate` and `discount_from_year` of the scenario as the `discount` of the cohort",
        "支払と節約は差し引きされます。シナリオの `discount_rate` と `discount_from_year` をコホートの `discount` と同じにしてください"
    ))
    .at(benefit.place(cells))
}

/// Years between two days, to the nearest whole one: an evaluation on the last day of the n-th year
/// lies n years from the start; a day before it, none.
fn whole_years(from: Date, at: Date) -> i32 {
    Years::between(from, at).map_or(0, |years| years.value().round() as i32)
}

/// Sums and comparisons of money of one currency cannot clash.
fn money(node: Result<NodeId, crate::expr::UnitClash>) -> NodeId {
    node.unwrap_or_else(|clash| unreachable!("{clash:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_evaluation_on_the_last_day_of_a_year_is_whole_years_away() {
        let from = jiff::civil::date(2023, 4, 1);
        assert_eq!(whole_years(from, jiff::civil::date(2024, 3, 31)), 1);
        assert_eq!(whole_years(from, jiff::civil::date(2026, 3, 31)), 3);
    }
}
