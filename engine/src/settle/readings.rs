//! The two readings of people who were selected and not measured.

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;
use serde::Serialize;
use serde_json::{Value, json};

use super::settlement::{Outside, price, read};
use super::{Measured, Statement};
use crate::contract::{Contract, Estimand, Missing};
use crate::evidence::Evidence;
use crate::expr::{Exact, MarkId};
use crate::problem::{Problem, say};

/// Whom a share or a count rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Everyone who was selected; who was not measured has not achieved.
    IntentionToTreat,
    /// Only those who were measured.
    PerProtocol,
}

/// An outcome with missing values, as the contract reads it and as the other rule would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The indicator's identifier.
    pub indicator: String,
    /// The rule of the contract.
    pub rule: Rule,
    /// The value under it.
    pub value: Option<Decimal>,
    /// The people under it.
    pub n: u64,
    /// The value under the other rule.
    pub other_value: Option<Decimal>,
    /// The people under the other rule.
    pub other_n: u64,
    /// What would be payable if this outcome were read by the other rule; `None` where that cannot
    /// be computed.
    pub other_payable: Option<Decimal>,
    /// Whether it is another amount than what is payable.
    pub pay_differs: bool,
}

impl Reading {
    /// The reading as `settle --json` prints it.
    pub(super) fn to_json(&self) -> Value {
        let text = |value: Decimal| value.normalize().to_string();
        json!({
            "indicator": self.indicator,
            "rule": self.rule,
            "value": self.value.map(text),
            "n": self.n,
            "other_value": self.other_value.map(text),
            "other_n": self.other_n,
            "other_payable": self.other_payable.map(text),
            "pay_differs": self.pay_differs,
        })
    }
}

/// The other reading of each share and count of an evaluation that has missing values, priced
/// through the same terms with everything else as it is.
pub(super) fn other(
    contract: &Contract,
    evidence: &Evidence,
    evaluation: usize,
    outcomes: &[(usize, Measured)],
    outside: &Outside,
    marks: &FxHashMap<MarkId, Exact>,
) -> Vec<Reading> {
    let mut readings = Vec::new();
    for (position, measured) in outcomes {
        let outcome = &contract.terms.outcomes[*position];
        let declared = &contract.indicators[outcome.indicator];
        let lacking = measured.exclusions.iter().chain(&measured.counted_as_no);
        let lacks = lacking.clone().any(|exclusion| exclusion.reason.starts_with("missing:"));
        let (rule, flipped) = match declared.missing {
            Missing::Exclude => (Rule::PerProtocol, Missing::AsNo),
            Missing::AsNo => (Rule::IntentionToTreat, Missing::Exclude),
            Missing::Refuse => continue,
        };
        if outcome.evaluation != evaluation || !lacks || !is_of_conditions(&declared.estimand) {
            continue;
        }
        let mut other = contract.clone();
        other.indicators[outcome.indicator].missing = flipped;
        let Ok(Some(estimate)) = evidence.estimate(&other, outcome.indicator, evaluation) else {
            continue;
        };
        let Ok(read) = read(&other, outcome, estimate, true) else { continue };
        let (other_value, other_n) = (read.value, read.n);
        let mut instead = outcomes.to_vec();
        instead.iter_mut().filter(|(known, _)| known == position).for_each(|(_, old)| {
            *old = read.clone();
        });
        let priced = price(contract, evaluation, &instead, outside, marks, Vec::new());
        readings.push(Reading {
            indicator: declared.id.clone(),
            rule,
            value: measured.value,
            n: measured.n,
            other_value,
            other_n,
            other_payable: priced.ok().map(|statement| statement.payable),
            pay_differs: false,
        });
    }
    readings
}

/// Marks the readings under which another amount would be payable, and warns of them.
pub(super) fn compare(contract: &Contract, statement: &mut Statement) {
    let payable = statement.payable;
    for reading in &mut statement.readings {
        let Some(other) = reading.other_payable.filter(|other| *other != payable) else { continue };
        reading.pay_differs = true;
        let outcome = statement.outcomes.iter().find(|of| of.indicator == reading.indicator);
        let title = outcome.map(|of| of.title.clone()).unwrap_or_default();
        let (now, then) = (contract.amount_words(payable), contract.amount_words(other));
        let names = [
            say!("of those measured only (per protocol)", "測定された人だけ（PP）"),
            say!("of everyone selected (intention to treat)", "対象者全員（ITT）"),
        ];
        let [own, others] = match reading.rule {
            Rule::PerProtocol => names,
            Rule::IntentionToTreat => {
                let [measured, everyone] = names;
                [everyone, measured]
            }
        };
        let shown = |value: Option<Decimal>| value.map(|v| v.normalize().to_string());
        let (value, other_value) = (
            shown(reading.value).unwrap_or_default(),
            shown(reading.other_value).unwrap_or_default(),
        );
        statement.notes.push(
            Problem::warning(
                "readings-differ",
                say!(
                    "\"{}\": {} is payable, but {} under the other reading of missing values",
                    "「{}」: 支払額は{}ですが、欠測のもう一つの読み方では{}になります",
                    title,
                    now,
                    then
                ),
            )
            .found(say!(
                "{value}, {}; under the other reading {other_value}, {}",
                "{value}（{}）、もう一つの読み方では {other_value}（{}）",
                own,
                others
            ))
            .help(say!(
                "the contract decides: missing: \"exclude\" or \"as_no\"; have both parties know it",
                "契約の missing: \"exclude\"・\"as_no\" が決めます。双方で確認してください"
            )),
        );
    }
}

/// Whether each person counts as one or nothing.
fn is_of_conditions(estimand: &Estimand) -> bool {
    match estimand {
        Estimand::Share { .. } | Estimand::Count { of: Some(_) } => true,
        Estimand::Difference { of_shares, .. } | Estimand::Ratio { of_shares, .. } => *of_shares,
        _ => false,
    }
}
