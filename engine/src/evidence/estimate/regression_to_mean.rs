//! Regression to the mean: what a change would be measured as if the programme did nothing, because
//! people were selected by the very value the change starts from.

use super::Person;
use super::sum::float;
use crate::contract::{Contract, Estimand, Indicator};
use crate::expr::NodeId;
use crate::problem::{Problem, say};

/// Values before and after, of the selected and of everyone.
pub(super) struct RegressionToMean {
    first: NodeId,
    last: NodeId,
    sign: f64,
    selected: Vec<f64>,
    others: Vec<(f64, Option<f64>)>,
}

/// Fewer people than this who were not selected say too little of the population.
const OTHERS_MIN: usize = 30;

impl RegressionToMean {
    /// Whether an indicator is a change of people selected by its first value.
    pub(super) fn of(contract: &Contract, indicator: &Indicator) -> Option<RegressionToMean> {
        let Estimand::MeanChange { first: Some(first), last: Some(last), sign } =
            indicator.estimand
        else {
            return None;
        };
        contract.selected_by(indicator)?;
        let (selected, others) = (Vec::new(), Vec::new());
        Some(RegressionToMean { first, last, sign: f64::from(sign), selected, others })
    }

    /// Notes a person, selected or not.
    pub(super) fn add(&mut self, person: &Person<'_>, selected: bool) {
        let Ok(first) = person.value(self.first).map(float) else { return };
        let last = person.value(self.last).map(float).ok();
        if selected {
            self.selected.push(first);
        } else {
            self.others.push((first, last));
        }
    }

    /// The note, with the size of the effect as far as the data tell.
    ///
    /// For a value that is measured twice with correlation `ρ`, people selected by the first value
    /// come back by `(1 − ρ) × (mean of the selected − mean of everyone)`; for a normal value and a
    /// threshold this is `(1 − ρ) σ C(z)`. The mean of everyone is known only when people who were
    /// not selected are in the data; `ρ` is taken from those among them who were measured twice,
    /// whom the programme did not change, by the slope of last on first.
    ///
    /// Source: Barnett, van der Pols and Dobson (2005), "Regression to the mean: what it is and how
    /// to deal with it", *International Journal of Epidemiology* 34, 215–220.
    pub(super) fn note(&self, indicator: &Indicator) -> Option<Problem> {
        if self.selected.is_empty() {
            return None;
        }
        let title = &indicator.title;
        let Some(gap) = self.gap() else {
            return Some(
                Problem::note(
                    "regression-to-the-mean",
                    say!(
                        "\"{}\" selects people by the value its change starts from: part of the change is regression to the mean, and the data do not say how much",
                        "「{}」は変化の起点となる値で対象者を選んでいます。変化の一部は平均への回帰で、その大きさはこのデータからは分かりません",
                        title.clone()
                    ),
                )
                .help(say!(
                    "give the rows of everyone who was measured, also of those not selected",
                    "選ばれなかった人も含め、測定した全員の行を与えてください"
                )),
            );
        };
        let size = |correlation: f64| -self.sign * (1.0 - correlation) * gap;
        let shown = |value: f64| {
            let value = format!("{value:.3}");
            let value = value.trim_end_matches('0').trim_end_matches('.');
            if value == "-0" { "0".to_owned() } else { value.to_owned() }
        };
        let n = self.others.len();
        Some(match self.slope() {
            Some(slope) => {
                let (size, slope) = (shown(size(slope)), shown(slope));
                Problem::note(
                    "regression-to-the-mean",
                    say!(
                        "\"{}\" selects people by the value its change starts from: about {size} of it is to be expected without any effect (regression to the mean; last on first has slope {slope} among the {n} people not selected)",
                        "「{}」は変化の起点となる値で対象者を選んでいます。効果がなくても約 {size} の変化が見込まれます（平均への回帰。選ばれなかった{n}人では、初回の値が 1 高い人ほど後の値が {slope} 高い）",
                        title.clone()
                    ),
                )
            }
            None => {
                let (low, high) = (shown(size(0.9)), shown(size(0.5)));
                Problem::note(
                    "regression-to-the-mean",
                    say!(
                        "\"{}\" selects people by the value its change starts from: {low} to {high} of it is to be expected without any effect (regression to the mean), assuming a correlation of 0.9 to 0.5 between two measurements",
                        "「{}」は変化の起点となる値で対象者を選んでいます。二回の測定値の相関を 0.9〜0.5 と仮定すると、効果がなくても {low}〜{high} の変化が見込まれます（平均への回帰）",
                        title.clone()
                    ),
                )
            }
        })
    }

    /// The mean of the selected less that of everyone; `None` where hardly anyone else is there.
    fn gap(&self) -> Option<f64> {
        if self.others.len() < OTHERS_MIN {
            return None;
        }
        let n = self.selected.len() as f64;
        let chosen = self.selected.iter().sum::<f64>();
        let rest = self.others.iter().map(|(first, _)| first).sum::<f64>();
        Some(chosen / n - (chosen + rest) / (n + self.others.len() as f64))
    }

    /// The slope of last on first among those not selected, when enough were measured twice.
    ///
    /// Cutting a sample off by its first value leaves the slope of a linear regression as it is,
    /// where a correlation would shrink; with equal spread at both times the slope is `ρ`.
    fn slope(&self) -> Option<f64> {
        let pairs: Vec<(f64, f64)> =
            self.others.iter().filter_map(|(first, last)| Some((*first, (*last)?))).collect();
        if pairs.len() < OTHERS_MIN {
            return None;
        }
        let n = pairs.len() as f64;
        let mean_first = pairs.iter().map(|(first, _)| first).sum::<f64>() / n;
        let mean_last = pairs.iter().map(|(_, last)| last).sum::<f64>() / n;
        let (mut both, mut square) = (0.0, 0.0);
        for (first, last) in &pairs {
            both += (first - mean_first) * (last - mean_last);
            square += (first - mean_first) * (first - mean_first);
        }
        Some(both / square).filter(|slope| (0.0..=1.0).contains(slope))
    }
}
