//! When a contract ends before its last evaluation, and when its payments are due.

use jiff::ToSpan;
use jiff::civil::Date;

use super::{Contract, DueAfter};
use crate::expr::Exact;
use crate::problem::{Problem, Source, Text, say};

impl Contract {
    /// The evaluation that closes a contract ended on `ended`, the first on or after that day, and
    /// which part of its period was served: the days from the day after the evaluation before it
    /// (or from the contract's first day) to `ended`, over those to the evaluation's own day.
    ///
    /// # Errors
    /// A contract that does not say what is owed then; a day before its first or not before its
    /// last evaluation.
    pub fn closing(&self, ended: Date) -> Result<(usize, Exact), Problem> {
        let whole = Source::new(self.file.as_str(), "").whole();
        if self.early_end.is_none() {
            return Err(Problem::error(
                "early-end-undeclared",
                say!(
                    "the contract does not say what is owed when it ends early",
                    "この契約は、途中で終了したときに何を支払うかを定めていません"
                ),
            )
            .help(say!(
                "declare it: early_end(#{{ fixed: \"pro_rata\", linked: \"as_measured\" }})",
                "宣言してください: early_end(#{{ fixed: \"pro_rata\", linked: \"as_measured\" }})"
            ))
            .at(whole));
        }
        let last = self.evaluations.last().map_or(self.to, |evaluation| evaluation.at);
        let closing = self.evaluations.iter().position(|evaluation| evaluation.at >= ended);
        let Some(closing) = closing.filter(|_| ended >= self.from && ended < last) else {
            let from = self.from;
            return Err(Problem::error(
                "wrong-early-end",
                say!(
                    "the contract cannot end early on {ended}",
                    "{ended} は途中終了日になりません"
                ),
            )
            .expected(say!(
                "a day from {from} on, before the last evaluation on {last}",
                "{from} 以降、最後の評価日 {last} より前の日"
            ))
            .at(whole));
        };
        let before = closing.checked_sub(1).map(|before| self.evaluations[before].at);
        let start = before.map_or(self.from, |before| before.saturating_add(1.day()));
        let days = |to: Date| {
            let span = start.until(to).map_or(0, |span| i64::from(span.get_days()));
            Exact::from(span + 1)
        };
        let served = days(ended).divide(days(self.evaluations[closing].at));
        Ok((closing, served.unwrap_or(Exact::ONE)))
    }

    /// The day by which the payment of an evaluation is due; `None` where the contract states no
    /// term, or counts it from an invoice that has not come.
    #[must_use]
    pub fn due(&self, evaluation: usize, invoiced: Option<Date>) -> Option<Date> {
        let due = self.payment_due.as_ref()?;
        let from = match due.after {
            DueAfter::Invoice => invoiced?,
            DueAfter::Evaluation => self.evaluations.get(evaluation)?.at,
        };
        from.checked_add(i64::from(due.days).days()).ok()
    }

    /// The rule by which payments are due, in words.
    #[must_use]
    pub fn due_words(&self) -> Option<Text> {
        let due = self.payment_due.as_ref()?;
        let days = due.days;
        let rule = match due.after {
            DueAfter::Invoice => {
                say!(
                    "within {days} days of a valid invoice",
                    "適法な請求書を受理した日から {days} 日以内"
                )
            }
            DueAfter::Evaluation => {
                say!("within {days} days of the evaluation", "評価日から {days} 日以内")
            }
        };
        Some(match &due.clause {
            Some(clause) => say!("{} ({clause})", "{}（{clause}）", rule),
            None => rule,
        })
    }
}
