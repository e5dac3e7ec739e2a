//! What of one contract is what of the other: by identifier, else by what it says.

use jiff::civil::Date;

use crate::contract::explain::{Clause, ClauseKind};
use crate::contract::{Contract, Party};
use crate::problem::{Problem, Text, say};

/// Two contracts and how their declarations belong together.
#[derive(Debug, Clone)]
pub struct Versions {
    /// The first, `A`.
    pub a: Contract,
    /// The second, `B`.
    pub b: Contract,
    /// The second, with the first one's identifiers where they name the same.
    pub(super) renamed: Contract,
    /// Both, with the same neutral names of what belongs together.
    pub(super) neutral: [Contract; 2],
    pub(super) parties: Vec<(usize, usize)>,
    pub(super) indicators: Vec<(usize, usize)>,
    pub(super) lines: Vec<(usize, usize)>,
    pub(super) offsets: Vec<(usize, usize)>,
}

impl Versions {
    /// Finds what belongs together.
    ///
    /// Parties, indicators and lines belong together by identifier; those left over by saying the
    /// same; parties then by being alone in their role, lines by their title.
    ///
    /// # Errors
    /// Contracts of different currencies: their amounts cannot be compared.
    pub fn of(a: Contract, b: Contract) -> Result<Versions, Problem> {
        if a.currency != b.currency {
            let (first, second) = (&a.currency, &b.currency);
            return Err(Problem::error(
                "different-currencies",
                say!("the contracts pay in different currencies", "二つの契約の通貨が異なります"),
            )
            .found(Text::from(second.clone()))
            .expected(Text::from(first.clone()))
            .maybe_at(b.declared_at.get("contract").cloned()));
        }
        let parties = pairs(
            &a.parties,
            &b.parties,
            &[
                &|a, b, _| a.id == b.id,
                &|a, b, _| (a.role, &a.name) == (b.role, &b.name),
                &|of_a, of_b, _| {
                    let alone = |all: &[Party], of: &Party| {
                        all.iter().filter(|party| party.role == of.role).count() == 1
                    };
                    of_a.role == of_b.role && alone(&a.parties, of_a) && alone(&b.parties, of_b)
                },
            ],
        );
        let mut neutral = [a.clone(), b.clone()];
        for (side, contract) in neutral.iter_mut().enumerate() {
            for (position, party) in contract.parties.iter_mut().enumerate() {
                party.name = Text::from(neutral_name("party", side, position, &parties));
            }
            // What an indicator says does not depend on what indicators are called.
            for indicator in &mut contract.indicators {
                indicator.title = Text::from(String::new());
            }
        }
        let says = |neutral: &[Contract; 2], kind: ClauseKind| {
            neutral.each_ref().map(|contract| keys(&contract.clauses(contract), kind))
        };
        let [of_a, of_b] = says(&neutral, ClauseKind::Indicator);
        let indicators = pairs(
            &a.indicators,
            &b.indicators,
            &[&|a, b, _| a.id == b.id, &|_, _, (at_a, at_b)| of_a[at_a] == of_b[at_b]],
        );
        for (side, contract) in neutral.iter_mut().enumerate() {
            for (position, indicator) in contract.indicators.iter_mut().enumerate() {
                let name = neutral_name("indicator", side, position, &indicators);
                indicator.title = Text::from(name.clone());
                indicator.id = name;
            }
        }
        let belong = |kind: ClauseKind, a: &[crate::contract::Line], b: &[_]| {
            let [of_a, of_b] = says(&neutral, kind);
            pairs(
                a,
                b,
                &[
                    &|a, b, _| a.id == b.id,
                    &|_, _, (at_a, at_b)| of_a[at_a] == of_b[at_b],
                    &|a, b, _| a.title == b.title,
                ],
            )
        };
        let lines = belong(ClauseKind::Payment, &a.lines, &b.lines);
        let offsets = belong(ClauseKind::Deduction, &a.offsets, &b.offsets);
        let mut versions =
            Versions { renamed: b.clone(), a, b, neutral, parties, indicators, lines, offsets };
        versions.rename();
        Ok(versions)
    }

    fn rename(&mut self) {
        let (a, renamed) = (&self.a, &mut self.renamed);
        for (of_a, of_b) in &self.parties {
            renamed.parties[*of_b].id.clone_from(&a.parties[*of_a].id);
        }
        for (of_a, of_b) in &self.lines {
            renamed.lines[*of_b].id.clone_from(&a.lines[*of_a].id);
        }
        for (of_a, of_b) in &self.offsets {
            renamed.offsets[*of_b].id.clone_from(&a.offsets[*of_a].id);
        }
        for (of_a, of_b) in &self.indicators {
            let new = a.indicators[*of_a].id.clone();
            let old = std::mem::replace(&mut renamed.indicators[*of_b].id, new.clone());
            if old == new {
                continue;
            }
            let outcomes = renamed.terms.outcomes.iter().filter(|known| known.indicator == *of_b);
            let symbols: Vec<_> = outcomes
                .flat_map(|outcome| {
                    let bounds = outcome.bounds.iter().map(|bound| bound.value);
                    [outcome.value, outcome.available].into_iter().chain(bounds)
                })
                .collect();
            for symbol in symbols {
                let name = &renamed.graph.symbol_of(symbol).name;
                let name = name.replacen(&format!("{old}@"), &format!("{new}@"), 1);
                renamed.graph.rename_symbol(symbol, name);
            }
        }
    }

    /// The outcomes that only one of them measures: identifier and evaluation, of `A` and of `B`.
    #[must_use]
    pub fn only_in_one(&self) -> [Vec<(String, Date)>; 2] {
        // By the identifiers of `A`; told by those that each has itself.
        let measured = |contract: &Contract| -> Vec<(usize, (String, Date))> {
            let outcomes = contract.terms.outcomes.iter();
            outcomes
                .map(|outcome| {
                    let id = contract.indicators[outcome.indicator].id.clone();
                    (outcome.indicator, (id, contract.evaluations[outcome.evaluation].at))
                })
                .collect()
        };
        let both = [measured(&self.a), measured(&self.renamed)];
        let only = |side: usize, own: &Contract| -> Vec<(String, Date)> {
            let other = &both[1 - side];
            let only = both[side].iter().filter(|(_, one)| other.iter().all(|(_, of)| of != one));
            only.map(|(indicator, (_, at))| (own.indicators[*indicator].id.clone(), *at)).collect()
        };
        [only(0, &self.a), only(1, &self.b)]
    }

    /// The identifier that `B` has for an indicator of `A`, where it is another.
    #[must_use]
    pub fn name_in_b(&self, id: &str) -> Option<&str> {
        let (_, b) = self.indicators.iter().find(|(a, _)| self.a.indicators[*a].id == id)?;
        Some(self.b.indicators[*b].id.as_str()).filter(|other| *other != id)
    }

    /// The indicators of both that one measures otherwise, though they are called the same: a
    /// comparison takes the same value for both.
    #[must_use]
    pub fn measured_otherwise(&self) -> Vec<Text> {
        let [of_a, of_b] =
            self.neutral.each_ref().map(|contract| measured_terms(&contract.clauses(contract)));
        let pairs = self.indicators.iter().filter(|(a, b)| of_a[*a] != of_b[*b]);
        let titles = |(a, b): &(usize, usize)| {
            either(&self.a.indicators[*a].title, &self.b.indicators[*b].title)
        };
        pairs.map(titles).collect()
    }
}

/// What both call something: both names, where they are two.
pub(super) fn either(a: &Text, b: &Text) -> Text {
    let either = |a: &str, b: &str| if a == b { a.to_owned() } else { format!("{a} / {b}") };
    Text { en: either(&a.en, &b.en), ja: either(&a.ja, &b.ja) }
}

/// What each indicator measures and of whom, without how its value is read, where it comes from and
/// when it is measured.
fn measured_terms(clauses: &[Clause]) -> Vec<Vec<(String, String)>> {
    let own = clauses.iter().filter(|clause| clause.kind == ClauseKind::Indicator);
    let matters = ["Measured", "People", "Missing values"];
    own.map(|clause| {
        let terms = clause.terms.iter().map(|term| term.key.clone());
        terms.filter(|(item, _)| matters.contains(&item.as_str())).collect()
    })
    .collect()
}

/// What each declaration of a kind says, in order.
fn keys(clauses: &[Clause], kind: ClauseKind) -> Vec<Vec<(String, String)>> {
    let own = clauses.iter().filter(|clause| clause.kind == kind);
    own.map(|clause| clause.terms.iter().map(|term| term.key.clone()).collect()).collect()
}

/// The name of what belongs together; on each side another where nothing belongs to it.
fn neutral_name(word: &str, side: usize, position: usize, pairs: &[(usize, usize)]) -> String {
    let pair = pairs.iter().position(|(a, b)| [*a, *b][side] == position);
    match pair {
        Some(pair) => format!("{word} {pair}"),
        None => format!("{word} {} {position}", ["A", "B"][side]),
    }
}

type Belongs<'t, T> = &'t dyn Fn(&T, &T, (usize, usize)) -> bool;

/// Pairs what belongs together, by the first test that says so; each once. In the order of `a`.
fn pairs<T>(a: &[T], b: &[T], tests: &[Belongs<'_, T>]) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for test in tests {
        for (at_a, of_a) in a.iter().enumerate() {
            if pairs.iter().any(|(known, _)| *known == at_a) {
                continue;
            }
            let free = |at_b: &usize| pairs.iter().all(|(_, known)| known != at_b);
            let mut others = (0..b.len()).filter(free);
            if let Some(at_b) = others.find(|at_b| test(of_a, &b[*at_b], (at_a, *at_b))) {
                pairs.push((at_a, at_b));
            }
        }
    }
    pairs.sort_unstable();
    pairs
}
