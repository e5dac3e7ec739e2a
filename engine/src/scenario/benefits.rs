//! Benefits: what each evaluation saves, and whose saving it is.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::cells::{Cells, Parsed, Values};
use super::document::{Document, Section};
use super::model::Beneficiary;
use crate::contract::Contract;
use crate::expr::{NodeId, Unit};
use crate::problem::{Place, Problem, Text, did_you_mean, say};
use crate::script::unit_words;

/// A saving per evaluation.
pub(super) struct Benefit {
    pub(super) name: String,
    amount: Parsed,
    /// Whether the amount is that of the whole scenario, discounted already, and not of one
    /// evaluation.
    pub(super) in_all: bool,
    pub(super) title: Text,
    pub(super) shares: Vec<Beneficiary>,
    /// Whether it frees money that can be spent otherwise, where that is stated.
    pub(super) cashable: Option<bool>,
}

/// Reads `[benefits.X]`; shares go to parties of the contract or to `beneficiaries`.
pub(super) fn read(
    document: &Document<'_>,
    contract: &Contract,
    cells: &Cells<'_>,
    root: &Section<'_>,
) -> Vec<Benefit> {
    let mut known: Vec<(String, Text)> =
        contract.parties.iter().map(|party| (party.id.clone(), party.name.clone())).collect();
    known.extend(beneficiaries(root));
    let Some(section) = root.section("benefits") else { return Vec::new() };
    let mut benefits = Vec::new();
    for name in section.keys() {
        let Some(entry) = section.section(name) else { continue };
        entry.known(&["title", "amount", "total", "shares", "cashable", "source", "note"]);
        let in_all = entry.has("total");
        let key = if in_all { "total" } else { "amount" };
        if in_all && entry.has("amount") {
            entry.wrong(
                "total",
                say!("either `amount` or `total`", "`amount` か `total` のどちらか一方"),
            );
        }
        if !entry.has(key) {
            entry.missing(
                "amount",
                say!("yen saved per evaluation, an expression", "評価ごとに節約される金額の式"),
            );
            continue;
        }
        let names = cells.names();
        let amount = entry.expression(key).and_then(|amount| cells.parse(amount, &names));
        let shares = entry.section("shares").map(|shares| read_shares(document, &shares, &known));
        if let Some(amount) = amount {
            let shares = shares.unwrap_or_default();
            let title = entry.title("title").unwrap_or_else(|| Text::from(name));
            let (name, cashable) = (name.to_owned(), entry.truth("cashable"));
            benefits.push(Benefit { name, title, amount, in_all, shares, cashable });
        }
    }
    benefits
}

/// `beneficiaries = ["state"]`, or a table that names each: `state = { ja = "国", en = "State" }`.
fn beneficiaries(root: &Section<'_>) -> Vec<(String, Text)> {
    if !root.is_section("beneficiaries") {
        let ids = root.texts("beneficiaries").unwrap_or_default().into_iter();
        return ids.map(|id| (id.clone(), Text::from(id))).collect();
    }
    let Some(section) = root.section("beneficiaries") else { return Vec::new() };
    let named = section.keys().into_iter();
    named.filter_map(|id| Some((id.to_owned(), section.title(id)?))).collect()
}

fn read_shares(
    document: &Document<'_>,
    section: &Section<'_>,
    known: &[(String, Text)],
) -> Vec<Beneficiary> {
    let mut shares = Vec::new();
    let mut sum = Decimal::ZERO;
    for name in section.keys() {
        let party = known.iter().find(|(party, _)| party == name);
        if party.is_none() {
            let ids: Vec<&str> = known.iter().map(|(id, _)| id.as_str()).collect();
            let problem = Problem::error(
                "unknown-beneficiary",
                say!(
                    "`{name}` is no party of the contract and no beneficiary",
                    "`{name}` は契約の当事者でも受益者でもありません"
                ),
            )
            .expected(Text::from(ids.join(", ")))
            .at(section.key_place(name));
            let near = did_you_mean(name, ids);
            document.report(match near {
                Some(near) => problem.help(near),
                None => problem.help(say!(
                    "declare it at the top: beneficiaries = [\"{name}\"]",
                    "先頭で宣言してください: beneficiaries = [\"{name}\"]"
                )),
            });
        }
        let Some(share) = section.number(name) else { continue };
        if share.is_sign_negative() || share > Decimal::ONE {
            section.wrong(name, say!("a share from 0 to 1", "0 から 1 までの割合"));
        }
        sum += share;
        shares.push(Beneficiary {
            id: name.to_owned(),
            name: party.map_or_else(|| Text::from(name), |(_, title)| title.clone()),
            share: share.to_f64().unwrap_or(f64::NAN),
        });
    }
    if sum != Decimal::ONE && !shares.is_empty() {
        document.report(
            Problem::error(
                "shares-do-not-sum",
                say!("the shares do not sum to 1", "割合の合計が 1 になりません"),
            )
            .found(Text::from(sum.normalize().to_string()))
            .expected(Text::from("1"))
            .at(section.here()),
        );
    }
    shares
}

impl Benefit {
    /// What is wrong with an amount of each evaluation that holds a cohort's total of all cycles, or
    /// with a total that holds the cost of one evaluation.
    fn miscounted(
        &self,
        cells: &Cells<'_>,
        contract: &Contract,
        values: &Values,
        node: NodeId,
    ) -> Option<Problem> {
        if contract.evaluations.len() < 2 {
            return None;
        }
        let bench = cells.sandbox.bench();
        let used = bench.graph(|graph| graph.needed(&[node]));
        let holds = |nodes: Vec<NodeId>| {
            let drawn = |node: &NodeId| bench.graph(|graph| graph.literal(*node).is_none());
            nodes.iter().any(|node| drawn(node) && used.binary_search(node).is_ok())
        };
        let total = values.cohorts.iter().any(|cohort| holds(cohort.totals()));
        let name = &self.name;
        if !self.in_all && total {
            let problem = Problem::error(
                "total-at-evaluation",
                say!(
                    "`benefits.{name}` counts a total of all cycles once per evaluation",
                    "`benefits.{name}` は全サイクルの合計を評価ごとに重ねて数えています"
                ),
            );
            return Some(problem.help(say!(
                "a saving over the whole horizon is stated as `total` in place of `amount`",
                "全期間の節約は `amount` の代わりに `total` に書いてください"
            )));
        }
        if self.in_all && !total && values.cohorts.iter().any(|cohort| holds(cohort.momentary())) {
            let problem = Problem::error(
                "evaluation-in-total",
                say!(
                    "`benefits.{name}` is a total, but looks at the last evaluation alone",
                    "`benefits.{name}` は合計ですが、最後の評価の値だけを使っています"
                ),
            );
            return Some(problem.help(say!(
                "use `.cost_total` of the cohort, or state the saving per evaluation as `amount`",
                "コホートの `.cost_total` を使うか、評価ごとの節約を `amount` に書いてください"
            )));
        }
        None
    }

    /// Whether its amount names a cell or a cohort.
    pub(super) fn names(&self, name: &str) -> bool {
        self.amount.uses_any(&[name])
    }

    /// What the keys of its draws are.
    pub(super) fn key(&self) -> String {
        format!("benefits.{}", self.name)
    }

    /// Where its amount stands.
    pub(super) fn place(&self, cells: &Cells<'_>) -> Place {
        cells.place(&self.amount)
    }

    /// The saving of one evaluation, as money.
    pub(super) fn amount(
        &self,
        contract: &Contract,
        cells: &Cells<'_>,
        values: &Values,
        evaluation: usize,
    ) -> Option<NodeId> {
        let key = self.key();
        let mut now = cells.ledger.now();
        now.evaluation = evaluation as u32 + 1;
        now.repeated = false;
        now.previous = None;
        drop(now);
        let node = cells.trace(&self.amount, &key, values, evaluation, None)?;
        if let Some(problem) = self.miscounted(cells, contract, values, node) {
            cells.document.report(problem.at(cells.place(&self.amount)));
            return None;
        }
        let money = Unit::money(&contract.currency);
        let bench = cells.sandbox.bench();
        let (unit, named) = bench.graph(|graph| {
            let unit = graph.unit(node).clone();
            // The bridge from an outcome to money is the scenario's own: a product of mmHg, people
            // and a price without a unit is taken as money.
            let labelled = matches!(unit, Unit::Label(_));
            let named = if labelled {
                let one = graph.number(Decimal::ONE, money.clone());
                graph.multiply(node, one)
            } else {
                graph.relabel(node, &money)
            };
            (unit, named)
        });
        match named {
            Ok(node) => Some(node),
            Err(_) => {
                let name = &self.name;
                cells.document.report(
                    Problem::error(
                        "mixed-units",
                        say!(
                            "the benefit `{name}` is not money of the contract",
                            "便益 `{name}` が契約通貨の金額ではありません"
                        ),
                    )
                    .found(unit_words(&unit))
                    .expected(Text::from(contract.currency.as_str()))
                    .at(cells.place(&self.amount)),
                );
                None
            }
        }
    }
}
