//! A statement without the counts that a report hides.

use serde_json::{Value, json};

use super::disclosure::{Count, Disclosed, HideUnder, ValueShown, disclose};
use crate::contract::{Contract, Outcome};
use crate::expr::NodeId;
use crate::problem::{Language, Problem, Text, say};
use crate::settle::{Measured, Statement, WorkedLine};

/// Notes whose numbers are amounts of money, not counts of people.
const NOTES_OF_MONEY: [&str; 3] =
    ["paid-before-differs", "negative-payable", "earlier-lines-unknown"];

/// What the JSON of an outcome says that no count follows from.
const SAFE_OF_OUTCOME: [&str; 7] =
    ["indicator", "title", "unit", "value", "available", "source", "clause"];

/// What the JSON of a statement says that no count follows from.
const SAFE_OF_STATEMENT: [&str; 19] = [
    "contract",
    "title",
    "currency",
    "at",
    "paid",
    "outcomes",
    "lines",
    "subtotal",
    "tax",
    "payable",
    "paid_before",
    "cap_left",
    "flows",
    "finance",
    "notes",
    "ended",
    "due",
    "due_rule",
    "data_kind",
];

/// A statement as it may be shown.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The statement; its reasons and notes say no hidden number, its outcomes still do.
    pub statement: Statement,
    /// What may be shown of its outcomes, in their order.
    pub outcomes: Vec<Disclosed>,
    /// Which counts are hidden.
    pub hide_under: HideUnder,
}

impl Shown {
    /// Hides the counts of a statement.
    #[must_use]
    pub fn of(contract: &Contract, statement: &Statement, hide_under: HideUnder) -> Shown {
        let outcomes = disclose(contract, &statement.outcomes, hide_under);
        let mut shown = Shown { statement: statement.clone(), outcomes, hide_under };
        let earlier: Vec<Measured> =
            statement.workings.earlier.iter().map(|(_, measured)| measured.clone()).collect();
        let earlier_whole =
            disclose(contract, &earlier, hide_under).iter().all(Disclosed::is_whole);
        if shown.is_whole() && earlier_whole {
            return shown;
        }
        for at in 0..shown.statement.workings.lines.len() {
            let because = shown.because(contract, &shown.statement.workings.lines[at]);
            if let Some(because) = because {
                shown.statement.workings.lines[at].line.because = because;
            }
        }
        let lines = shown.statement.workings.lines.iter().filter(|worked| worked.shown);
        shown.statement.lines = lines.map(|worked| worked.line.clone()).collect();
        for note in &mut shown.statement.notes {
            if !NOTES_OF_MONEY.contains(&note.id) {
                *note = told_without_numbers(note);
            }
        }
        shown.statement.notes.push(shown.note());
        shown
    }

    /// Whether nothing is hidden.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.outcomes.iter().all(Disclosed::is_whole)
    }

    fn note(&self) -> Problem {
        let threshold = self.hide_under.threshold();
        Problem::note(
            "small-counts-hidden",
            say!(
                "counts of people under {threshold} are not shown, nor what they could be worked out from; amounts are shown in full and may hint at them",
                "{threshold} 人未満の人数と、それを逆算できる値は表示していません。金額はそのまま示しており、人数を推測できる場合があります"
            ),
        )
    }

    /// What a line says instead of its reason, where the reason tells a hidden number.
    fn because(&self, contract: &Contract, worked: &WorkedLine) -> Option<Text> {
        let read = self.outcomes_read(contract, &[worked.amount, worked.price]);
        let outcomes = &self.statement.outcomes;
        let short = |at: &usize| !self.outcomes[*at].is_whole() && !outcomes[*at].is_available();
        if read.iter().any(short) && worked.line.amount.is_zero() {
            return Some(say!(
                "too few people were measured, so nothing is paid",
                "測定者が必要な人数に満たないため支払なし"
            ));
        }
        let withheld = |at: &usize| self.outcomes[*at].value != ValueShown::AsRead;
        // A formula over an earlier evaluation's outcome tells what its own statement may hide.
        // A cut says which limit cut, and no number of people.
        let evaluation = self.statement.workings.evaluation;
        let is_cut = worked.price == worked.amount;
        let earlier =
            !is_cut && reads_earlier(contract, &[worked.amount, worked.price], evaluation);
        if earlier {
            return Some(say!(
                "computed on outcomes of earlier evaluations too, which are not shown here",
                "以前の評価の成果も用いて計算（ここには示さない）"
            ));
        }
        let beside = reads_beside(contract, &[worked.amount, worked.price]);
        (beside || read.iter().any(|at| withheld(at) || short(at))).then(|| {
            say!(
                "computed on an outcome that is not shown here, as few people are concerned",
                "該当者が少なくここに示さない成果から計算"
            )
        })
    }

    /// The statement's outcomes, by position, that nodes depend on.
    fn outcomes_read(&self, contract: &Contract, nodes: &[NodeId]) -> Vec<usize> {
        let symbols = contract.graph.symbols_in(nodes);
        let evaluation = self.statement.workings.evaluation;
        let indicators: Vec<usize> = contract
            .terms
            .outcomes
            .iter()
            .filter(|terms| terms.evaluation == evaluation)
            .filter(|terms| symbols.contains(&terms.value) || symbols.contains(&terms.available))
            .map(|terms| terms.indicator)
            .collect();
        let outcomes = self.statement.outcomes.iter().enumerate();
        outcomes
            .filter(|(_, outcome)| {
                let indicator = contract.indicator_named(&outcome.indicator);
                indicator.is_some_and(|indicator| indicators.contains(&indicator))
            })
            .map(|(at, _)| at)
            .collect()
    }

    /// The statement as `settle --json` prints it, with `null` where something is hidden and
    /// `counts_hidden_under`.
    #[must_use]
    pub fn to_json(&self, language: Language) -> Value {
        let mut json = self.statement.to_json(language);
        json["counts_hidden_under"] = json!(self.hide_under.threshold());
        if self.is_whole() {
            return json;
        }
        if let Some(statement) = json.as_object_mut() {
            for (name, value) in statement.iter_mut() {
                let kept = name == "counts_hidden_under";
                if !kept && !SAFE_OF_STATEMENT.contains(&name.as_str()) {
                    *value = Value::Null;
                }
            }
        }
        let outcomes = json["outcomes"].as_array_mut().into_iter().flatten();
        for (outcome, disclosed) in outcomes.zip(&self.outcomes) {
            if !disclosed.is_whole() {
                hide(outcome, disclosed);
            }
        }
        json
    }
}

/// Whether nodes read an outcome of an earlier evaluation.
fn reads_earlier(contract: &Contract, nodes: &[NodeId], evaluation: usize) -> bool {
    let symbols = contract.graph.symbols_in(nodes);
    let mut earlier = contract.terms.outcomes.iter().filter(|of| of.evaluation < evaluation);
    earlier.any(|of| symbols.contains(&of.value))
}

/// Whether nodes read something of an outcome beside its value, such as a bound.
fn reads_beside(contract: &Contract, nodes: &[NodeId]) -> bool {
    let (outcomes, endings) = (&contract.terms.outcomes, &contract.terms.endings);
    contract.graph.symbols_in(nodes).iter().any(|symbol| {
        // That the contract ended, and when, is printed and counts nobody.
        let of_time = endings.iter().any(|end| end.ended == *symbol || end.served == *symbol);
        let of_value = |terms: &Outcome| terms.value == *symbol || terms.available == *symbol;
        !of_time && !outcomes.iter().any(of_value)
    })
}

fn hide(outcome: &mut Value, disclosed: &Disclosed) {
    let count = |count: Count| match count {
        Count::Shown(count) => json!(count),
        Count::Small | Count::Withheld => Value::Null,
    };
    let reasons = |reasons: &[(String, Count)]| -> Value {
        reasons
            .iter()
            .map(|(reason, of)| json!({ "reason": reason, "count": count(*of) }))
            .collect()
    };
    if let Some(fields) = outcome.as_object_mut() {
        for (name, value) in fields.iter_mut() {
            if !SAFE_OF_OUTCOME.contains(&name.as_str()) {
                *value = Value::Null;
            }
        }
    }
    if disclosed.value != ValueShown::AsRead {
        outcome["value"] = Value::Null;
    }
    outcome["n"] = count(disclosed.n);
    outcome["excluded"] = count(disclosed.excluded);
    outcome["exclusions"] = reasons(&disclosed.exclusions);
    outcome["counted_as_no"] = reasons(&disclosed.counted_as_no);
}

fn told_without_numbers(note: &Problem) -> Problem {
    let text = |text: &Text| Text { en: without_numbers(&text.en), ja: without_numbers(&text.ja) };
    Problem {
        message: text(&note.message),
        found: None,
        expected: None,
        help: note.help.as_ref().map(text),
        ..note.clone()
    }
}

/// The text with every number replaced by an ellipsis, but for dates and for what stands in
/// backticks or quotes, which are names of the contract and of files.
fn without_numbers(text: &str) -> String {
    let mut shown = String::new();
    let mut whole = text;
    loop {
        let opened = whole.find(['`', '"', '「']);
        let name = opened.and_then(|at| {
            let open = whole[at..].chars().next()?;
            let close = if open == '「' { '」' } else { open };
            let inside = at + open.len_utf8();
            let length = whole[inside..].find(close)?;
            Some((at, inside + length + close.len_utf8()))
        });
        let (part, kept) = match name {
            Some((at, end)) => (&whole[..at], &whole[at..end]),
            None => (whole, ""),
        };
        let numeric = |c: char| c.is_ascii_digit() || matches!(c, '-' | ',' | '.');
        let mut rest = part;
        while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
            let length = rest[start..].find(|c| !numeric(c)).unwrap_or(rest.len() - start);
            let number = rest[start..start + length].trim_end_matches(['-', ',', '.']);
            let date = number.parse::<jiff::civil::Date>().is_ok();
            shown += &rest[..start];
            shown += if date { number } else { "…" };
            rest = &rest[start + number.len()..];
        }
        shown += rest;
        shown += kept;
        whole = &whole[part.len() + kept.len()..];
        if whole.is_empty() {
            return shown;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_left_out_of_notes_but_names_and_dates_stay() {
        assert_eq!(
            without_numbers("`x9`: 3 of 1,234.5 on 2024-03-31, 12."),
            "`x9`: … of … on 2024-03-31, …."
        );
        assert_eq!(
            without_numbers("\"Aged 65 or more\" rests on 3 people; 「65歳以上」は3人、`x"),
            "\"Aged 65 or more\" rests on … people; 「65歳以上」は…人、`x"
        );
    }
}
