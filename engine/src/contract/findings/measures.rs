//! Indicators: what a paying one must state, and what its design measures besides the programme.

use super::Finding;
use crate::contract::pieces;
use crate::contract::{Contract, Estimand, Indicator, wording};
use crate::expr::{Node, NodeId, Relation, SymbolId, Unit};
use crate::problem::{Problem, Text, say};

pub(super) fn findings(contract: &Contract) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (position, indicator) in contract.indicators.iter().enumerate() {
        let at_indicator = |problem: Problem| {
            Finding::from(problem.maybe_at(indicator.place.clone())).of(indicator.id.clone())
        };
        if pays(contract, position) {
            findings.extend(unstated(indicator).into_iter().map(at_indicator));
            findings.extend(regression(contract, indicator).map(at_indicator));
        } else {
            findings.push(at_indicator(unpaid(indicator)));
        }
        let blend = matches!(indicator.estimand, Estimand::Blend { .. });
        if indicator.estimand.closures().is_empty() && indicator.who.is_none() && !blend {
            findings.push(at_indicator(figures_only(indicator)));
        }
    }
    findings
}

/// Whether any payment or offset looks at the indicator, or at a blend of it.
pub(super) fn pays(contract: &Contract, indicator: usize) -> bool {
    let blends = contract.indicators.iter().enumerate().any(|(position, blend)| {
        let Estimand::Blend { parts, .. } = &blend.estimand else { return false };
        parts.iter().any(|(part, _)| *part == indicator) && pays(contract, position)
    });
    if blends {
        return true;
    }
    let roots: Vec<NodeId> = contract
        .lines
        .iter()
        .chain(&contract.offsets)
        .flat_map(|line| &line.prices)
        .flat_map(|price| std::iter::once(price.amount).chain(price.gate))
        .collect();
    let symbols = contract.graph.symbols_in(&roots);
    contract.terms.outcomes.iter().any(|outcome| {
        outcome.indicator == indicator
            && (outcome.value_in(&symbols) || symbols.contains(&outcome.available))
    })
}

fn unpaid(indicator: &Indicator) -> Problem {
    let id = &indicator.id;
    Problem::warning(
        "indicator-pays-nothing",
        say!(
            "\"{}\" is measured but no payment looks at it",
            "「{}」は測定されますが、どの支払にも使われません",
            indicator.title
        ),
    )
    .help(say!(
        "read it in a payment, `e[…]`; if it is only reported, `{id}` may stay",
        "支払項目で `e[…]` と読んでください。報告するだけの指標なら `{id}` は残してかまいません"
    ))
}

/// What a paying indicator leaves open.
fn unstated(indicator: &Indicator) -> Vec<Problem> {
    let title = || indicator.title.clone();
    let mut findings = fixed_without_source(indicator);
    // What a blend leaves open, its parts do.
    if matches!(indicator.estimand, Estimand::Blend { .. }) {
        return findings;
    }
    if indicator.source.is_none() {
        findings.push(Problem::warning(
            "source-unstated",
            say!(
                "\"{}\" pays, but where its data come from is not stated",
                "「{}」は支払に使われますが、データの出所が書かれていません",
                title()
            ),
        ));
    }
    if !indicator.missing_stated {
        findings.push(
            Problem::warning(
                "missing-rule-unstated",
                say!(
                    "\"{}\" pays, but what happens to people without a value is not stated; taken as left out",
                    "「{}」は支払に使われますが、値のない人の扱いが書かれていません。除外とみなします",
                    title()
                ),
            ),
        );
    }
    if !indicator.at_least_stated {
        findings.push(Problem::warning(
            "minimum-n-unstated",
            say!(
                "\"{}\" pays however few people are measured",
                "「{}」は測定できた人が何人でも支払に使われます",
                title()
            ),
        ));
    }
    findings
}

/// Numbers fixed in the script at signing, of which nobody says where they come from.
fn fixed_without_source(indicator: &Indicator) -> Vec<Problem> {
    let strata = match &indicator.estimand {
        Estimand::Standardised { strata, .. } => {
            strata.as_ref().map(|strata| ("standard_source", &strata.source))
        }
        Estimand::ObservedOverExpected { strata, .. } => {
            strata.as_ref().map(|strata| ("reference_source", &strata.source))
        }
        _ => None,
    };
    let baseline =
        indicator.baseline.as_ref().map(|baseline| ("baseline_source", &baseline.source));
    let unsourced = [strata, baseline].into_iter().flatten().filter(|(_, source)| source.is_none());
    unsourced
        .map(|(key, _)| {
            Problem::warning(
                "fixed-value-unsourced",
                say!(
                    "\"{}\" is compared with numbers of the script whose source is not stated",
                    "「{}」は契約書に固定した数と比較しますが、その出所が書かれていません",
                    indicator.title
                ),
            )
            .help(say!(
                "name the data and their version: `{key}: \"…\"`",
                "データの名称と版を書いてください: `{key}: \"…\"`"
            ))
        })
        .collect()
}

fn figures_only(indicator: &Indicator) -> Problem {
    let word = indicator.estimand.name();
    Problem::note(
        "figures-only",
        say!(
            "\"{}\" is taken from an evaluator's figures; it cannot be computed from rows",
            "「{}」は評価者の報告値を使います。個票からは計算できません",
            indicator.title
        ),
    )
    .help(say!(
        "to have it computed and checked, give `{word}` its closures over rows",
        "計算と検証もできるようにするには、`{word}` に個票を読むクロージャを書いてください"
    ))
}

impl Contract {
    /// The column by which an indicator both selects people and says where they started, when a
    /// condition on it chooses anybody.
    pub(crate) fn selected_by(&self, indicator: &Indicator) -> Option<String> {
        let start: Vec<NodeId> = match &indicator.estimand {
            Estimand::MeanChange { first, .. }
            | Estimand::DifferenceInDifferences { first, .. } => first.iter().copied().collect(),
            Estimand::Ancova { adjust, .. } => adjust.clone(),
            // What compares two columns is a change, from either of them.
            Estimand::Share { of }
            | Estimand::Count { of }
            | Estimand::Mean { of }
            | Estimand::Total { of }
            | Estimand::Difference { of, .. }
            | Estimand::Ratio { of, .. }
            | Estimand::PropensityWeighted { of, .. } => {
                let of: Vec<NodeId> = of.iter().copied().collect();
                if is_change(self, &of) { of } else { Vec::new() }
            }
            _ => Vec::new(),
        };
        let who = indicator.who?;
        // A condition that everybody meets chooses nobody.
        if start.is_empty() || self.intervals(&[who])[who.index()].low > 0.0 {
            return None;
        }
        let chosen_by = compared(self, who);
        let columns = pieces::symbols(&self.graph, &start);
        let shared = columns.into_iter().find(|column| chosen_by.contains(column))?;
        let name = &self.graph.symbol_of(shared).name;
        Some(name.strip_prefix("column:").unwrap_or(name).to_owned())
    }
}

/// Whether two columns are compared with each other, or one is taken from the other.
fn is_change(contract: &Contract, of: &[NodeId]) -> bool {
    let graph = &contract.graph;
    let column =
        |node: NodeId| matches!(graph.node(node), Node::Symbol(_)) && is_measured(graph.unit(node));
    pieces::cone(graph, of).into_iter().any(|id| match graph.node(id) {
        Node::Compare(_, a, b) | Node::Subtract(a, b) => column(*a) && column(*b),
        _ => false,
    })
}

/// Whether values are measured, and may be extreme: days and answers are not.
fn is_measured(unit: &Unit) -> bool {
    !matches!(unit, Unit::Truth | Unit::Text | Unit::Date)
}

/// The columns that stand in an inequality: being equal to something is no extreme.
fn compared(contract: &Contract, who: NodeId) -> Vec<SymbolId> {
    let graph = &contract.graph;
    let sides = pieces::cone(graph, &[who]).into_iter().filter_map(|id| match graph.node(id) {
        Node::Compare(Relation::Less | Relation::AtMost, a, b) => Some([*a, *b]),
        _ => None,
    });
    let sides = sides.flatten().filter(|side| is_measured(graph.unit(*side)));
    let sides: Vec<NodeId> = sides.collect();
    pieces::symbols(graph, &sides)
}

/// People chosen for an extreme value come back towards the mean by themselves.
fn regression(contract: &Contract, indicator: &Indicator) -> Option<Problem> {
    let column = contract.selected_by(indicator)?;
    let who = indicator.who?;
    let selection = super::both(|language| wording::expression(contract, who, language));
    let uncontrolled = matches!(
        indicator.estimand,
        Estimand::MeanChange { .. }
            | Estimand::Share { .. }
            | Estimand::Count { .. }
            | Estimand::Mean { .. }
            | Estimand::Total { .. }
    );
    if !uncontrolled {
        return Some(
            Problem::note(
                "regression-to-the-mean",
                say!(
                    "\"{}\" selects both groups by the value it starts from ({}); the comparison takes regression to the mean out only as far as both groups would come back alike",
                    "「{}」は起点となる値で両群の対象者を選んでいます（{}）。平均への回帰が比較で除かれるのは、両群が同じだけ回帰する場合に限ります",
                    indicator.title,
                    selection
                ),
            )
            .found(Text::from(column))
            .help(say!(
                "choose both groups from one population, by the same threshold",
                "両群を同じ母集団から同じ基準で選んでください"
            )),
        );
    }
    Some(
        Problem::warning(
            "regression-to-the-mean",
            say!(
                "\"{}\" selects people by the value it compares with ({}); part of the change would be measured even if the programme did nothing",
                "「{}」は比較の起点となる値で対象者を選んでいます（{}）。事業に効果がなくても変化の一部は測定されます",
                indicator.title,
                selection
            ),
        )
        .found(Text::from(column))
        .help(say!(
            "model it in the scenario as `drift`, or measure against a comparison group with `difference`",
            "シナリオの `drift` で見込むか、`difference` で比較群との差を測ってください"
        )),
    )
}
