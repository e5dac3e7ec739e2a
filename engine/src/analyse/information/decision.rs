//! A decision: its options, and what each leaves on every path.

use crate::problem::{Problem, say};

/// The fewest paths on which anything is said about a decision.
const PATHS_LEAST: usize = 1_000;

/// A number and the standard error of its estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// Its standard error.
    pub se: f64,
}

impl Estimate {
    /// The mean of values that are independent of each other.
    #[must_use]
    pub fn mean(values: impl ExactSizeIterator<Item = f64> + Clone) -> Estimate {
        let count = values.len() as f64;
        let mean = values.clone().sum::<f64>() / count;
        let squares: f64 = values.map(|value| (value - mean) * (value - mean)).sum();
        Estimate { value: mean, se: (squares / (count - 1.0) / count).sqrt() }
    }

    /// The part of so many paths on which something holds.
    pub(super) fn part(part: f64, paths: usize) -> Estimate {
        Estimate { value: part, se: (part * (1.0 - part) / (paths as f64 - 1.0)).sqrt() }
    }

    /// So many times as much.
    #[must_use]
    pub fn times(self, factor: f64) -> Estimate {
        Estimate { value: self.value * factor, se: self.se * factor }
    }
}

/// The net benefit of every option on every path, from whatever source, on the same paths.
///
/// Values are linear in it: whoever decides minds no risk, and takes the option with the greatest
/// mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    means: Vec<Estimate>,
    best: usize,
    /// For every option but the best, path by path, how much more it leaves than the best.
    gains: Vec<Vec<f64>>,
    /// How often each option leaves the most.
    often: Vec<f64>,
    paths: usize,
}

impl Decision {
    /// The decision between options: for each its net benefit, path by path.
    ///
    /// # Errors
    /// Fewer than two options; fewer than 1,000 paths; options on different paths; an amount that
    /// is no number.
    pub fn new(options: &[Vec<f64>]) -> Result<Decision, Problem> {
        let paths = options.first().map_or(0, Vec::len);
        let problem = |id, said| Err(Problem::error(id, said));
        if options.len() < 2 || options.iter().any(|option| option.len() != paths) {
            return problem(
                "no-decision",
                say!(
                    "a decision needs two options or more, on the same paths",
                    "意思決定には、同じパスの上の選択肢が二つ以上必要です"
                ),
            );
        }
        if paths < PATHS_LEAST {
            let least = PATHS_LEAST;
            return Err(Problem::error(
                "too-few-paths",
                say!(
                    "{paths} paths tell nothing about the value of information",
                    "パス数 {paths} では情報の価値を求められません"
                ),
            )
            .expected(say!("at least {least}", "{least} 以上")));
        }
        if options.iter().flatten().any(|amount| !amount.is_finite()) {
            return problem(
                "no-decision",
                say!(
                    "what an option leaves is no number on some path",
                    "選択肢の純便益が数にならないパスがあります"
                ),
            );
        }
        let mean = |option: &Vec<f64>| Estimate::mean(option.iter().copied());
        let means: Vec<Estimate> = options.iter().map(mean).collect();
        // Of equals the first.
        let better =
            |best: usize, at: usize| if means[at].value > means[best].value { at } else { best };
        let best = (1..options.len()).fold(0, better);
        let mut often = vec![0.0; options.len()];
        for path in 0..paths {
            let more = |most: usize, at: usize| {
                if options[at][path] > options[most][path] { at } else { most }
            };
            often[(0..options.len()).fold(best, more)] += 1.0;
        }
        often.iter_mut().for_each(|count| *count /= paths as f64);
        let others = options.iter().enumerate().filter(|(at, _)| *at != best);
        let gain = |(_, option): (usize, &Vec<f64>)| {
            option.iter().zip(&options[best]).map(|(other, best)| other - best).collect()
        };
        Ok(Decision { best, gains: others.map(gain).collect(), often, paths, means })
    }

    /// The mean of each option.
    #[must_use]
    pub fn means(&self) -> &[Estimate] {
        &self.means
    }

    /// The option with the greatest mean: what is done without knowing more.
    #[must_use]
    pub fn best(&self) -> usize {
        self.best
    }

    /// How often each option leaves the most.
    #[must_use]
    pub fn often(&self) -> Vec<Estimate> {
        self.often.iter().map(|part| Estimate::part(*part, self.paths)).collect()
    }

    /// How many paths there are.
    #[must_use]
    pub fn paths(&self) -> usize {
        self.paths
    }

    pub(super) fn gains(&self) -> &[Vec<f64>] {
        &self.gains
    }

    /// The expected value of perfect information (EVPI): what would be gained on average by knowing
    /// everything before deciding.
    ///
    /// `E[max over options] − max over options of E`, in the unit of the net benefit; standard error
    /// of the mean over paths. Source: Raiffa and Schlaifer 1961, *Applied Statistical Decision
    /// Theory*.
    ///
    /// ```
    /// use engine::analyse::information::Decision;
    /// // Nothing, or an even chance of +3 and −1: worth 1 unseen, and 1.5 if one may look first.
    /// let bet: Vec<f64> = (0..1_000).map(|path| if path % 2 == 0 { 3.0 } else { -1.0 }).collect();
    /// let decision = Decision::new(&[vec![0.0; 1_000], bet])?;
    /// assert_eq!((decision.best(), decision.perfect().value), (1, 0.5));
    /// # Ok::<(), engine::problem::Problem>(())
    /// ```
    #[must_use]
    pub fn perfect(&self) -> Estimate {
        let most = |path: usize| self.gains.iter().fold(0.0_f64, |most, gain| most.max(gain[path]));
        Estimate::mean((0..self.paths).map(most))
    }
}
