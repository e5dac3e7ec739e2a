//! A comparison as JSON.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Change, Compared, Origin, Past, Priced, Settled, Version, Versions};
use crate::analyse::Counted;
use crate::problem::{Language, Place, Text};
use crate::simulate::Probability;

impl Versions {
    /// The comparison as `compare --json` prints it: exact amounts are decimal strings, simulated
    /// figures numbers.
    #[must_use]
    pub fn to_json(
        &self,
        priced: Option<&Priced>,
        settled: Option<&Settled>,
        language: Language,
    ) -> Value {
        let contract = |of: &crate::contract::Contract| {
            json!({
                "file": of.file, "contract": of.id, "title": of.title.within(language),
            })
        };
        let only = self.only_in_one().map(|of| {
            let of = of.iter();
            of.map(|(id, at)| json!({ "indicator": id, "at": at.to_string() })).collect::<Vec<_>>()
        });
        let [only_a, only_b] = only;
        let mut past = self.examples();
        past.extend(settled.iter().flat_map(|settled| settled.past.clone()));
        let left_out = settled.iter().flat_map(|settled| &settled.left_out);
        json!({
            "a": contract(&self.a),
            "b": contract(&self.b),
            "currency": self.a.currency,
            "changes": self.changes().iter().map(|of| change(of, language)).collect::<Vec<_>>(),
            "only_a": only_a,
            "only_b": only_b,
            "measured_otherwise": self.measured_otherwise().iter()
                .map(|title| title.within(language)).collect::<Vec<_>>(),
            "priced": priced.map(|priced| priced.to_json(language)),
            "past": past.iter().map(|of| past_json(of, language)).collect::<Vec<_>>(),
            "left_out": left_out.map(|(id, at)| json!({ "indicator": id, "at": at }))
                .collect::<Vec<_>>(),
        })
    }
}

fn change(of: &Change, language: Language) -> Value {
    let words = |text: &Option<Text>| text.as_ref().map(|text| text.within(language).to_owned());
    let version = |of: &Option<Version>| {
        of.as_ref().map(|of| {
            json!({
                "name": of.id,
                "title": of.title.within(language),
                "clause": of.clause,
                "file": of.place.as_ref().map(|place| place.file.as_str()),
                "line": of.place.as_ref().and_then(line),
            })
        })
    };
    json!({
        "how": of.how.name(),
        "kind": of.kind.name(),
        "a": version(&of.a),
        "b": version(&of.b),
        "terms": of.terms.iter().map(|term| json!({
            "item": term.item.within(language),
            "before": words(&term.before),
            "after": words(&term.after),
        })).collect::<Vec<_>>(),
    })
}

fn line(place: &Place) -> Option<usize> {
    Some(place.line).filter(|line| *line > 0)
}

fn past_json(of: &Past, language: Language) -> Value {
    let text = |amount: Decimal| amount.normalize().to_string();
    let (origin, entry) = match &of.origin {
        Origin::Example { .. } => ("example", None),
        Origin::Evidence => ("evidence", None),
        Origin::Ledger(entry) => ("ledger", Some(*entry)),
    };
    let of_side = match &of.origin {
        Origin::Example { of_a: true, of_b: true } => Some("both"),
        Origin::Example { of_a: true, .. } => Some("a"),
        Origin::Example { .. } => Some("b"),
        Origin::Evidence | Origin::Ledger(_) => None,
    };
    let amount =
        |of: &Result<Decimal, crate::problem::Problem>| of.as_ref().ok().map(|of| text(*of));
    let why = |of: &Result<Decimal, crate::problem::Problem>| {
        of.as_ref().err().map(|problem| problem.message.within(language).to_owned())
    };
    json!({
        "from": origin,
        "example_of": of_side,
        "entry": entry,
        "title": of.title.within(language),
        "at": of.at.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "stated": of.stated.map(text),
        "a": amount(&of.a),
        "b": amount(&of.b),
        "difference": of.difference().map(text),
        "a_not_known": why(&of.a),
        "b_not_known": why(&of.b),
    })
}

impl Priced {
    fn to_json(&self, language: Language) -> Value {
        let compared = |all: &[Compared]| -> Vec<Value> {
            all.iter().map(|of| figure(of, language)).collect()
        };
        json!({
            "scenarios": self.scenarios.iter().map(|of| of.within(language)).collect::<Vec<_>>(),
            "paths": self.paths,
            "seed": self.seed,
            "figures": compared(&self.figures),
            "lines": compared(&self.lines),
            "evaluations": compared(&self.evaluations),
            "years": compared(&self.years),
            "regions": self.regions.iter().map(|of| json!({
                "indicator": of.indicator,
                "title": of.title.within(language),
                "at": of.at.to_string(),
                "payment_of": if of.of_evaluation { "evaluation" } else { "contract" },
                "told": of.told,
                "regions": of.regions.iter().map(|region| json!({
                    "from": region.from,
                    "below": region.below,
                    "too_few": region.too_few,
                    "share": part(region.share),
                    "difference": region.difference,
                })).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "furthest": self.furthest.iter().map(|of| json!({
                "path": of.path, "a": of.a, "b": of.b, "difference": of.b - of.a,
                "outcomes": of.outcomes.iter().map(|(id, at, value)| json!({
                    "indicator": id, "at": at.to_string(), "value": value,
                })).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
        })
    }
}

fn part(of: Probability) -> Value {
    json!({ "value": of.value, "se": of.se })
}

fn figure(of: &Compared, language: Language) -> Value {
    json!({
        "name": of.name,
        "title": of.title.within(language),
        "counted": match of.counted {
            Counted::Money => "money",
            Counted::Rate => "rate",
            Counted::Number => "number",
        },
        "a": of.a,
        "b": of.b,
        "difference": of.difference.map(|difference| json!({
            "of": difference.of,
            "more": part(difference.more),
            "same": part(difference.same),
            "less": part(difference.less),
            "paths": difference.paths,
        })),
    })
}
