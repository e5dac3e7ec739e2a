//! What was rounded on the way to a statement.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Statement;
use crate::expr::Exact;

impl Statement {
    /// Every value before and after rounding: outcomes as they were measured, to 28 digits, and as
    /// they are read; lines as they were priced, endless quotients as fractions, and as they are
    /// paid.
    #[must_use]
    pub fn roundings(&self) -> Value {
        let text = |amount: Decimal| amount.normalize().to_string();
        let exact = |value: Option<Exact>| value.map(|value| value.to_string());
        let outcomes = self.rests_on.iter().map(|(at, outcome)| {
            json!({
                "indicator": outcome.indicator,
                "at": at.to_string(),
                "before": outcome.unrounded.map(text),
                "after": outcome.value.map(text),
            })
        });
        let lines = self.lines.iter().filter(|line| line.unrounded.is_some()).map(|line| {
            json!({
                "line": line.name,
                "before": exact(line.unrounded),
                "after": text(line.amount),
            })
        });
        json!({ "outcomes": outcomes.collect::<Vec<_>>(), "lines": lines.collect::<Vec<_>>() })
    }
}
