//! What an indicator rests on: why it is paid for, what would be measured anyway, how it is known.

use rust_decimal::Decimal;
use serde::Serialize;

use crate::problem::{Text, say};

/// How the programme's part in an outcome is told from what would have happened anyway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// People are drawn by lot into the programme or into the comparison group.
    Randomised,
    /// Against a comparison group that was not drawn by lot.
    QuasiExperimental,
    /// Against the same people, or a fixed value, before.
    BeforeAfter,
    /// Against nothing: the outcome is taken as it is.
    None,
}

impl Method {
    /// Every method with its name in scripts.
    pub const ALL: &[(&str, Method)] = &[
        ("randomised", Method::Randomised),
        ("quasi_experimental", Method::QuasiExperimental),
        ("before_after", Method::BeforeAfter),
        ("none", Method::None),
    ];

    /// What it is called.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            Method::Randomised => say!("randomised comparison", "無作為化比較"),
            Method::QuasiExperimental => {
                say!("comparison group, not randomised", "比較群との比較（無作為化なし）")
            }
            Method::BeforeAfter => {
                say!("before and after, no comparison group", "前後比較（比較群なし）")
            }
            Method::None => say!("no comparison", "比較なし"),
        }
    }

    /// Whether it needs a group that is not in the programme.
    #[must_use]
    pub fn needs_comparison(self) -> bool {
        matches!(self, Method::Randomised | Method::QuasiExperimental)
    }
}

/// How the values of an indicator come to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Obtained {
    /// From records that are kept anyway: insurance claims, certifications, registers.
    Register,
    /// By measuring or testing people.
    Measurement,
    /// From what people say of themselves.
    SelfReport,
}

impl Obtained {
    /// Every kind with its name in scripts.
    pub const ALL: &[(&str, Obtained)] = &[
        ("register", Obtained::Register),
        ("measurement", Obtained::Measurement),
        ("self_report", Obtained::SelfReport),
    ];

    /// What it is called.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            Obtained::Register => say!("records that are kept anyway", "既存の記録"),
            Obtained::Measurement => say!("measurement", "測定・検査"),
            Obtained::SelfReport => say!("self-report", "自己申告"),
        }
    }
}

/// What an indicator rests on. Nothing of it changes a payment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grounds {
    /// The policy issue it stands for, and why the programme can move it.
    pub issue: Option<Text>,
    /// The value expected without the programme, in the indicator's own unit.
    pub without: Option<Decimal>,
    /// Where `without` comes from.
    pub without_source: Option<Text>,
    /// Values of earlier years, in the indicator's own unit.
    pub history: Vec<Decimal>,
    /// How many people are expected to be measured.
    pub population: Option<u64>,
    /// How the programme's part is told from the rest.
    pub method: Option<Method>,
    /// Why by that method.
    pub reason: Option<Text>,
    /// How values come to be known.
    pub obtained: Option<Obtained>,
    /// How self-reports are verified.
    pub verified: Option<Text>,
    /// Who holds the data.
    pub owner: Option<Text>,
    /// How many days after the evaluation the data can be had.
    pub available_days: Option<u64>,
    /// The reasons for which people are left out, all of them; `Some(vec![])` where nobody is.
    pub exclusions: Option<Vec<Text>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_comparisons_need_a_group() {
        let needs: Vec<bool> = Method::ALL.iter().map(|(_, one)| one.needs_comparison()).collect();
        assert_eq!(needs, [true, true, false, false]);
    }
}
