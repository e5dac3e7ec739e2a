//! Propensity weighting: the comparison group reweighted to be like the programme's own people in
//! their background factors.

use super::design::{Balance, CovariateBalance, People};
use super::linear::{Root, combination, dot, products};
use super::sum::exact;
use super::{Estimator, Finding, Person, Refusal};
use crate::contract::{Contract, EffectOn, Estimand, Indicator};
use crate::evidence::interval::{Method, Spread};
use crate::numeric::elementary::exp;
use crate::problem::{Problem, Text, say};

/// Scores nearer to 0 or 1 than this leave nobody to compare with.
const OVERLAP: f64 = 0.001;
/// Newton steps; a regression that has a solution takes fewer than ten.
const STEPS_MAX: usize = 50;
/// The step below which the coefficients (of scaled factors) stand still.
const STILL: f64 = 1e-12;
/// A standardised difference that is commonly taken as imbalance (Austin 2009).
const IMBALANCE: f64 = 0.1;

/// The difference of means weighted by the score `e`, the probability of being treated by a
/// logistic regression on the factors.
///
/// Effect on the treated: they count 1 each, others `e / (1 − e)`. On everyone: `1 / e` and
/// `1 / (1 − e)`. Both means divide by the sum of their own weights (Hájek), so that stabilised
/// weights, which multiply those of a group by one number, give the same estimate.
///
/// The variance is the sandwich of the stacked estimating equations of scores and means: the scores
/// are treated as estimated, the factors as known and sufficient, people as independent.
///
/// Sources: Rosenbaum and Rubin (1983), *Biometrika* 70, 41–55; Lunceford and Davidian (2004),
/// *Statistics in Medicine* 23, 2937–2960; Stefanski and Boos (2002), *The American Statistician*
/// 56, 29–38.
pub(super) struct Weighting {
    people: People,
    effect: EffectOn,
    /// What the indicator is called.
    title: Text,
}

impl Weighting {
    /// `None` for what is estimated otherwise.
    pub(super) fn of(contract: &Contract, indicator: &Indicator) -> Option<Weighting> {
        let Estimand::PropensityWeighted { of, treated, adjust, effect } = &indicator.estimand
        else {
            return None;
        };
        let people = People::new(contract, *of, *treated, adjust)?;
        Some(Weighting { people, effect: *effect, title: indicator.title.clone() })
    }

    /// The scores, by Newton's method (iteratively reweighted least squares).
    fn scores(&self, rows: &[Vec<f64>]) -> Result<Vec<f64>, Problem> {
        let treated = |at: usize| f64::from(u8::from(self.people.treated[at]));
        let mut coefficients = vec![0.0; rows[0].len()];
        for _ in 0..STEPS_MAX {
            let scores: Vec<f64> =
                rows.iter().map(|row| logistic(dot(row, &coefficients))).collect();
            let spread = |at: usize| scores[at] * (1.0 - scores[at]);
            let Ok(root) = Root::of(&products(rows, spread)) else { break };
            let step = root.solve(&combination(rows, |at| treated(at) - scores[at]));
            for (coefficient, step) in coefficients.iter_mut().zip(&step) {
                *coefficient += step;
            }
            if coefficients.iter().any(|coefficient| !coefficient.is_finite()) {
                break;
            }
            if step.iter().all(|step| step.abs() < STILL) {
                return Ok(rows.iter().map(|row| logistic(dot(row, &coefficients))).collect());
            }
        }
        Err(self.separated())
    }

    /// Factors that tell the groups apart have no logistic regression.
    fn separated(&self) -> Problem {
        let people = &self.people;
        let alone = (0..people.names.len()).find(|at| {
            let ends = |group: bool| {
                let of = people.factors.iter().zip(&people.treated);
                of.filter(|(_, treated)| **treated == group)
                    .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (row, _)| {
                        (low.min(row[*at]), high.max(row[*at]))
                    })
            };
            let (treated, others) = (ends(true), ends(false));
            treated.0 >= others.1 || others.0 >= treated.1
        });
        let problem = match alone.map(|at| &people.names[at]) {
            Some(name) => Problem::error(
                "groups-separated",
                say!(
                    "the factor \"{}\" alone tells the two groups apart: no weights make them alike",
                    "背景因子「{}」だけで二群が完全に分かれるため、重みで揃えることができません",
                    name
                ),
            ),
            None => Problem::error(
                "groups-separated",
                say!(
                    "the factors together tell some people's group for certain: no weights make the groups alike",
                    "背景因子の組合せで一部の人の群が完全に決まるため、重みで揃えることができません"
                ),
            ),
        };
        problem.found(Text::join(&people.names, &say!(", ", "、"))).help(say!(
            "choose people with `who` who could have been in either group, or leave out the factor that decides the group",
            "どちらの群にもなり得た人を `who` で選ぶか、群を決めている因子を `adjust` から除いてください"
        ))
    }

    /// Whether everyone whose weight depends on it could have been in the other group.
    fn overlap(&self, scores: &[f64]) -> Result<(), Problem> {
        let apart = |score: &&f64| match self.effect {
            EffectOn::Treated => **score > 1.0 - OVERLAP,
            EffectOn::Everyone => **score > 1.0 - OVERLAP || **score < OVERLAP,
        };
        let count = scores.iter().filter(apart).count();
        if count == 0 {
            return Ok(());
        }
        Err(Problem::error(
            "no-overlap",
            say!(
                "{count} people have nobody like them in the other group: their probability of being treated is within 0.001 of 0 or 1",
                "{count} 人には、もう一方の群に似た人がいません（実施群に入る確率が 0 か 1 から 0.001 以内）"
            ),
        )
        .help(say!(
            "choose people with `who` who could have been in either group",
            "どちらの群にもなり得た人を `who` で選んでください"
        )))
    }

    /// The weighted means' difference, and the variance of it.
    fn difference(&self, rows: &[Vec<f64>], scores: &[f64], weights: &[f64]) -> (f64, f64) {
        let (y, treated) = (&self.people.y, &self.people.treated);
        let mean = |group: bool| {
            let (mut sum, mut of) = (0.0, 0.0);
            for at in (0..y.len()).filter(|at| treated[*at] == group) {
                sum += weights[at] * y[at];
                of += weights[at];
            }
            (sum / of, of)
        };
        let ((mean_1, of_1), (mean_0, of_0)) = (mean(true), mean(false));
        // How a mean's equation moves with the logit of the score: the derivative of its weight.
        let slope = |at: usize| match (self.effect, treated[at]) {
            (EffectOn::Treated, true) => 0.0,
            (EffectOn::Treated, false) => weights[at],
            (EffectOn::Everyone, true) => 1.0 - weights[at],
            (EffectOn::Everyone, false) => weights[at] - 1.0,
        };
        let moved =
            |group: bool, mean: f64| {
                combination(rows, |at| {
                    if treated[at] == group { slope(at) * (y[at] - mean) } else { 0.0 }
                })
            };
        let Ok(root) = Root::of(&products(rows, |at| scores[at] * (1.0 - scores[at]))) else {
            return (mean_1 - mean_0, f64::NAN);
        };
        let (by_1, by_0) = (root.solve(&moved(true, mean_1)), root.solve(&moved(false, mean_0)));
        let mut variance = 0.0;
        for (at, row) in rows.iter().enumerate() {
            let own = f64::from(u8::from(treated[at]));
            let score = own - scores[at];
            let one = own * weights[at] * (y[at] - mean_1) + score * dot(&by_1, row);
            let none = (1.0 - own) * weights[at] * (y[at] - mean_0) + score * dot(&by_0, row);
            let influence = one / of_1 - none / of_0;
            variance += influence * influence;
        }
        (mean_1 - mean_0, variance)
    }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}

impl Estimator for Weighting {
    fn add(&mut self, person: &Person<'_>) -> Result<(), Refusal> {
        self.people.add(person)
    }

    fn add_no(&mut self, person: &Person<'_>) -> Result<(), Refusal> {
        self.add(person)
    }

    fn n(&self) -> u64 {
        self.people.n() as u64
    }

    fn result(&self) -> Result<Finding, Problem> {
        let (treated, comparison) = self.people.groups();
        if treated == 0 || comparison == 0 {
            return Ok(Finding::default());
        }
        let rows = self.people.rows(false)?;
        let scores = self.scores(&rows)?;
        self.overlap(&scores)?;
        let weight = |at: usize| match (self.effect, self.people.treated[at]) {
            (EffectOn::Treated, true) => 1.0,
            (EffectOn::Treated, false) => scores[at] / (1.0 - scores[at]),
            (EffectOn::Everyone, true) => 1.0 / scores[at],
            (EffectOn::Everyone, false) => 1.0 / (1.0 - scores[at]),
        };
        let weights: Vec<f64> = (0..scores.len()).map(weight).collect();
        let (difference, variance) = self.difference(&rows, &scores, &weights);
        let balance = self.people.balance(&weights);
        let spread = variance.is_finite().then(|| Spread::Around {
            value: difference,
            standard_error: variance.sqrt(),
            degrees: None,
            method: Method::Sandwich,
        });
        let mut notes = notes(&balance);
        notes.push(table(&balance));
        // Several indicators may be evened out by the same factors.
        for note in &mut notes {
            let message = std::mem::take(&mut note.message);
            note.message = say!("\"{}\": {}", "「{}」: {}", self.title.clone(), message);
        }
        Ok(Finding { value: exact(difference), spread, notes, balance: Some(balance) })
    }
}

/// The balance of every factor, in one line of a statement.
fn table(balance: &Balance) -> Problem {
    let shown = |value: Option<f64>| match value {
        Some(value) => format!("{value:.3}"),
        None => "-".to_owned(),
    };
    let factor = |factor: &CovariateBalance| {
        let (before, after) = (shown(factor.before), shown(factor.after));
        say!("{} {before} → {after}", "{} {before} → {after}", factor.title)
    };
    let factors: Vec<Text> = balance.factors.iter().map(factor).collect();
    let factors = Text::join(&factors, &say!("; ", "、"));
    let (a, b) = (balance.treated, balance.comparison);
    let own = format!("{:.1}", balance.effective_treated);
    let others = format!("{:.1}", balance.effective_comparison);
    Problem::note(
        "balance",
        say!(
            "difference of the groups in standard deviations, before → after weighting: {}; effective sample size {own} of {a} treated, {others} of {b} others",
            "二群の差（標準偏差単位、重み付け前 → 後）: {}。有効標本数は実施群 {a} 人中 {own}、比較群 {b} 人中 {others}",
            factors
        ),
    )
}

/// What the weights leave unlike, and how few people they rest on.
fn notes(balance: &Balance) -> Vec<Problem> {
    let mut notes = Vec::new();
    let unlike: Vec<Text> = balance
        .factors
        .iter()
        .filter(|factor| factor.after.is_some_and(|after| after.abs() > IMBALANCE))
        .map(|factor| factor.title.clone())
        .collect();
    if !unlike.is_empty() {
        let names = Text::join(&unlike, &say!(", ", "、"));
        notes.push(Problem::warning(
            "groups-unlike",
            say!(
                "after weighting the groups still differ by more than 0.1 standard deviations in {}",
                "重み付け後も、二群は次の因子で標準偏差の 0.1 倍を超えて異なります: {}",
                names
            ),
        ));
    }
    for (n, effective, en, ja) in [
        (balance.treated, balance.effective_treated, "treated", "実施群"),
        (balance.comparison, balance.effective_comparison, "comparison", "比較群"),
    ] {
        if effective < n as f64 / 2.0 {
            let shown = format!("{effective:.1}");
            notes.push(Problem::note(
                "few-effective",
                say!(
                    "the weights leave the {n} people of the group ({en}) worth {shown}",
                    "重みにより、{n} 人の群（{ja}）は {shown} 人分に相当します"
                ),
            ));
        }
    }
    notes
}
