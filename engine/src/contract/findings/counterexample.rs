//! Outcomes that show a finding, and what the contract pays on them, to the yen.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::both;
use crate::contract::{Contract, CutBy, Example, ExampleAt, Reason, wording};
use crate::expr::NodeId;
use crate::problem::{Language, Text, say};

/// What is paid at one evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paid {
    /// The evaluation.
    pub evaluation: usize,
    /// Each line's amount, by its position in the contract, within the line's own limits.
    pub lines: Vec<(usize, Decimal)>,
    /// What is owed, tax included.
    pub payable: Decimal,
}

/// Outcomes and what they pay, by the evaluator that settles. One date stands by itself, with
/// nothing paid before, as in a worked example; several begin with the first evaluation.
#[derive(Debug, Clone)]
pub struct Counterexample {
    /// The outcomes of each date.
    pub dates: Vec<ExampleAt>,
    /// What each date pays.
    pub paid: Vec<Paid>,
    /// What all of them pay.
    pub payable: Decimal,
}

/// Outcomes by their position in the contract's terms.
pub(super) type Outcomes = BTreeMap<usize, Decimal>;

impl Contract {
    /// These outcomes, at the evaluations from `first` to `last`, priced; `None` where they do not
    /// suffice. An outcome that is not given was not measured.
    pub(super) fn priced(
        &self,
        (first, last): (usize, usize),
        outcomes: &Outcomes,
    ) -> Option<Counterexample> {
        let dates: Vec<ExampleAt> =
            (first..=last).map(|evaluation| self.outcomes_at(evaluation, outcomes)).collect();
        self.show(&dates)
    }

    /// What these outcomes pay, date by date and line by line; `None` where they do not suffice.
    #[must_use]
    pub fn show(&self, dates: &[ExampleAt]) -> Option<Counterexample> {
        let example = Example {
            name: Text::default(),
            dates: dates.to_vec(),
            paid_before: Decimal::ZERO,
            expected: Decimal::ZERO,
            place: None,
        };
        let mut roots: Vec<NodeId> = Vec::new();
        for date in &example.dates {
            let terms = &self.terms.evaluations[date.evaluation];
            roots.push(terms.payable);
            roots.extend(terms.lines.iter().map(|line| line.amount));
        }
        let mut values = self.evaluate_example(&example, &roots).ok()?.into_iter();
        let mut paid = Vec::new();
        for date in &example.dates {
            let payable = values.next()?;
            let mut lines: BTreeMap<usize, Decimal> = BTreeMap::new();
            for line in &self.terms.evaluations[date.evaluation].lines {
                let amount = values.next()?;
                let own = match line.reason {
                    Reason::Payment(position) => Some(position),
                    Reason::Cap { by: CutBy::LineEach | CutBy::Line, line, .. } => line,
                    Reason::Cap { .. } | Reason::Offset(_) | Reason::Minimum(_) => None,
                };
                if let Some(own) = own {
                    *lines.entry(own).or_default() += amount;
                }
            }
            let lines = lines.into_iter().collect();
            paid.push(Paid { evaluation: date.evaluation, lines, payable });
        }
        let payable = paid.iter().map(|paid| paid.payable).sum();
        Some(Counterexample { dates: example.dates, paid, payable })
    }

    fn outcomes_at(&self, evaluation: usize, outcomes: &Outcomes) -> ExampleAt {
        let mut at = ExampleAt {
            evaluation,
            outcomes: BTreeMap::new(),
            measured: BTreeMap::new(),
            ended: None,
            lower: BTreeMap::new(),
            upper: BTreeMap::new(),
        };
        for (position, outcome) in self.terms.outcomes.iter().enumerate() {
            if outcome.evaluation != evaluation {
                continue;
            }
            let indicator = outcome.indicator;
            let Some(value) = outcomes.get(&position).map(|value| value.normalize()) else {
                at.measured.insert(indicator, 0);
                continue;
            };
            at.outcomes.insert(indicator, value);
            // As if the outcome were known for certain.
            for bound in &outcome.bounds {
                let side = if bound.upper { &mut at.upper } else { &mut at.lower };
                side.insert(indicator, value);
            }
        }
        at
    }
}

impl Counterexample {
    /// What one line pays at all its dates.
    #[must_use]
    pub fn line(&self, position: usize) -> Decimal {
        let lines = self.paid.iter().flat_map(|paid| &paid.lines);
        lines.filter(|(line, _)| *line == position).map(|(_, amount)| *amount).sum()
    }

    /// The outcomes and the amount in words: `"fall" 6.9 mmHg, "part" 30%: 5,000,000 yen`.
    #[must_use]
    pub fn words(&self, contract: &Contract) -> Text {
        let several = self.dates.len() > 1;
        let dates: Vec<Text> = self
            .dates
            .iter()
            .zip(&self.paid)
            .map(|(date, paid)| {
                let mut values: Vec<Text> = date
                    .outcomes
                    .iter()
                    .map(|(position, value)| {
                        let indicator = &contract.indicators[*position];
                        let told = super::value(indicator, *value);
                        let title = &indicator.title;
                        Text {
                            en: format!("\"{}\" {}", title.en, told.en),
                            ja: format!("「{}」{}", title.ja, told.ja),
                        }
                    })
                    .collect();
                if values.is_empty() {
                    values.push(say!("no outcome", "成果なし"));
                }
                let values = Text::join(&values, &say!(", ", "、"));
                let at = contract.evaluations[date.evaluation].at;
                let told = if several || contract.evaluations.len() > 1 {
                    let day = both(|language| wording::day(at, language));
                    Text {
                        en: format!("{}: {}", day.en, values.en),
                        ja: format!("{}：{}", day.ja, values.ja),
                    }
                } else {
                    values
                };
                let amount = contract.amount_words(paid.payable);
                match several {
                    true => Text {
                        en: format!("{} pays {}", told.en, amount.en),
                        ja: format!("{}で{}", told.ja, amount.ja),
                    },
                    false => told,
                }
            })
            .collect();
        let all = Text::join(&dates, &say!("; ", "／"));
        let amount = contract.amount_words(self.payable);
        match several {
            true => say!("{}; {} in all", "{}／合計{}", all, amount),
            false => say!("{} pays {}", "{}で{}", all, amount),
        }
    }

    /// The outcomes and amounts as JSON reports them; money as text.
    #[must_use]
    pub fn to_json(&self, contract: &Contract, language: Language) -> Value {
        let text = |amount: &Decimal| amount.normalize().to_string();
        let dates = self.dates.iter().zip(&self.paid).map(|(date, paid)| {
            let outcomes = date.outcomes.iter().map(|(position, value)| {
                (contract.indicators[*position].id.clone(), json!(text(value)))
            });
            let lines = paid.lines.iter().map(|(position, amount)| {
                json!({ "name": contract.lines[*position].id, "amount": text(amount) })
            });
            json!({
                "at": contract.evaluations[date.evaluation].at.to_string(),
                "outcomes": outcomes.collect::<serde_json::Map<String, Value>>(),
                "lines": lines.collect::<Vec<_>>(),
                "payable": text(&paid.payable),
            })
        });
        json!({
            "evaluations": dates.collect::<Vec<_>>(),
            "payable": text(&self.payable),
            "text": self.words(contract).within(language),
        })
    }
}
