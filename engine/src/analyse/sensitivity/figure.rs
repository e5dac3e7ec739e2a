//! The figure that is asked about: its mean, or the chance that it passes a limit.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::analyse::{Counted, Measure};
use crate::problem::{Text, say};
use crate::scenario::Scenario;

/// A limit of the figure, whose chance is looked at in the place of the figure itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// More than this.
    Above(Decimal),
    /// Less than this.
    Below(Decimal),
}

/// What is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// The figure.
    pub measure: Measure,
    /// Where its chance of passing a limit is asked for: 1 on the paths that pass, else 0.
    pub limit: Option<Limit>,
}

impl Figure {
    /// The figure that is looked at unless another is named: the net benefit, in which what is
    /// saved and what is paid meet; where the scenario has no benefits, the payment.
    #[must_use]
    pub fn default_name(scenario: &Scenario) -> &'static str {
        if scenario.model.benefits.is_empty() { "payment" } else { "net" }
    }

    /// What it is called.
    #[must_use]
    pub fn title(&self) -> Text {
        let title = &self.measure.title;
        match self.limit {
            None => title.clone(),
            Some(Limit::Above(limit)) => {
                let limit = crate::contract::explain::amount_text(limit);
                say!("Chance of {} above {limit}", "{}が {limit} を上回る確率", title)
            }
            Some(Limit::Below(limit)) => {
                let limit = crate::contract::explain::amount_text(limit);
                say!("Chance of {} below {limit}", "{}が {limit} を下回る確率", title)
            }
        }
    }

    /// What it is counted in.
    #[must_use]
    pub fn counted(&self) -> Counted {
        if self.limit.is_some() { Counted::Rate } else { self.measure.counted }
    }

    /// The values looked at, made from those of the measure; NaN stays NaN.
    pub(super) fn of(&self, mut values: Vec<f64>) -> Vec<f64> {
        let Some(limit) = self.limit else { return values };
        let passes: Box<dyn Fn(f64) -> bool> = match limit {
            Limit::Above(limit) => {
                let limit = limit.to_f64().unwrap_or(f64::NAN);
                Box::new(move |value| value > limit)
            }
            Limit::Below(limit) => {
                let limit = limit.to_f64().unwrap_or(f64::NAN);
                Box::new(move |value| value < limit)
            }
        };
        for value in values.iter_mut().filter(|value| !value.is_nan()) {
            *value = f64::from(u8::from(passes(*value)));
        }
        values
    }
}
