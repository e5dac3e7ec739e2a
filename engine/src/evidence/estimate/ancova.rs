//! Analysis of covariance: the coefficient of the group in a linear regression on background
//! factors, the value at first among them.

use super::design::People;
use super::linear::{Root, combination, dot, products};
use super::sum::exact;
use super::{Estimator, Finding, Person, Refusal};
use crate::contract::{Contract, Estimand};
use crate::evidence::interval::{Method, Spread};
use crate::problem::{Problem, say};

/// `y = a + effect × treated + Σ b × factor`, by least squares.
///
/// The standard error is HC3, `Σ (e / (1 − h))² (A⁻¹x)(A⁻¹x)ᵀ` with residuals `e` and leverages
/// `h`, which does not take the spread to be the same for everyone; the interval is Student's t
/// with as many degrees of freedom as people exceed coefficients.
///
/// Sources: MacKinnon and White (1985), *Journal of Econometrics* 29, 305–325; Long and Ervin
/// (2000), *The American Statistician* 54, 217–224.
pub(super) struct Ancova {
    people: People,
}

impl Ancova {
    /// `None` for what is estimated otherwise.
    pub(super) fn of(contract: &Contract, estimand: &Estimand) -> Option<Ancova> {
        let Estimand::Ancova { of, treated, adjust } = estimand else { return None };
        People::new(contract, *of, *treated, adjust).map(|people| Ancova { people })
    }
}

impl Estimator for Ancova {
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
        let people = &self.people;
        let (treated, comparison) = people.groups();
        if treated == 0 || comparison == 0 {
            return Ok(Finding::default());
        }
        let rows = people.rows(true)?;
        let size = rows[0].len();
        let Some(degrees) = people.n().checked_sub(size).filter(|degrees| *degrees > 0) else {
            let n = people.n();
            return Err(Problem::error(
                "too-few-for-factors",
                say!(
                    "{n} people are too few for a regression with {size} coefficients",
                    "係数 {size} 個の回帰には {n} 人では足りません"
                ),
            )
            .help(say!("use fewer factors in `adjust`", "`adjust` の因子を減らしてください")));
        };
        let collinear = |_| {
            Problem::error(
                "factors-collinear",
                say!("the factors are collinear", "背景因子が互いに従属しています"),
            )
        };
        let root = Root::of(&products(&rows, |_| 1.0)).map_err(collinear)?;
        let coefficients = root.solve(&combination(&rows, |at| people.y[at]));
        // The row of A⁻¹ that belongs to the group, by which each residual counts.
        let mut unit = vec![0.0; size];
        unit[1] = 1.0;
        let own = root.solve(&unit);
        let mut variance = 0.0;
        for (row, y) in rows.iter().zip(&people.y) {
            let residual = y - dot(row, &coefficients);
            let half = root.half(row);
            let part = dot(row, &own) * residual / (1.0 - dot(&half, &half));
            variance += part * part;
        }
        let effect = coefficients[1];
        // Somebody who is alone in a category fits exactly, and leaves no error to measure.
        let spread = variance.is_finite().then(|| Spread::Around {
            value: effect,
            standard_error: variance.sqrt(),
            degrees: Some(degrees as f64),
            method: Method::LeastSquares,
        });
        Ok(Finding { value: exact(effect), spread, ..Finding::default() })
    }
}
