//! The words and figures of a statement, the same on a page and in a workbook.

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::Report;
use super::disclosure::{Count, Disclosed, ValueShown};
use super::shown::Shown;
use crate::contract::explain::{amount_text, role_name, with_decimals};
use crate::contract::wording::{self, phrase};
use crate::contract::{Indicator, Party, Role, Tax};
use crate::expr::{Notation, Rounding, Unit};
use crate::problem::Language;
use crate::settle::{Measured, StatementLine, WorkedLine};

/// A report in words.
pub(super) struct Words<'a> {
    pub(super) report: Report<'a>,
    pub(super) language: Language,
    disclosed: &'a [Disclosed],
}

impl<'a> Words<'a> {
    /// The words of a report, of which nothing but what is shown remains.
    pub(super) fn of(report: Report<'a>, shown: &'a Shown) -> Words<'a> {
        let report = Report { statement: &shown.statement, ..report };
        Words { report, language: report.language, disclosed: &shown.outcomes }
    }

    /// By when the payment is due, and by which rule.
    pub(super) fn due(&self) -> Option<String> {
        let statement = self.report.statement;
        let rule = statement.due_rule.as_ref()?.within(self.language);
        Some(match statement.due {
            Some(due) => format!("{} ({rule})", self.day(due)),
            None => rule.to_owned(),
        })
    }

    /// The outcomes with what may be shown of them.
    pub(super) fn outcomes(&self) -> impl Iterator<Item = (&'a Measured, &'a Disclosed)> {
        self.report.statement.outcomes.iter().zip(self.disclosed)
    }

    pub(super) fn contract_title(&self) -> &'a str {
        self.report.statement.title.within(self.language)
    }

    pub(super) fn day(&self, date: jiff::civil::Date) -> String {
        wording::day(date, self.language)
    }

    // Money.

    /// How many decimals amounts are written with, at least.
    pub(super) fn money_digits(&self) -> u32 {
        Unit::smallest_of(&self.report.statement.currency).scale()
    }

    /// What the heading of a column of amounts says they are in.
    pub(super) fn currency(&self) -> &'a str {
        match (self.report.statement.currency.as_str(), self.language) {
            ("JPY", Language::Ja) => "円",
            (code, _) => code,
        }
    }

    /// An amount's digits: `12,345,678`, `1,234.50`.
    pub(super) fn digits(&self, amount: Decimal) -> String {
        with_decimals(amount, self.money_digits())
    }

    /// An amount with its currency: `12,345,678円`, `JPY 12,345,678`.
    pub(super) fn amount(&self, amount: Decimal) -> String {
        let digits = self.digits(amount);
        match (self.report.statement.currency.as_str(), self.language) {
            ("JPY", Language::Ja) => format!("{digits}円"),
            (code, _) => format!("{code} {digits}"),
        }
    }

    // Outcomes.

    pub(super) fn indicator(&self, outcome: &Measured) -> Option<&'a Indicator> {
        let position = self.report.contract.indicator_named(&outcome.indicator)?;
        self.report.contract.indicators.get(position)
    }

    /// How values of the outcome are shown.
    pub(super) fn notation(&self, outcome: &Measured) -> Notation {
        let known = self.indicator(outcome).map(|indicator| indicator.unit.notation());
        known.unwrap_or_else(|| Notation { hundredfold: false, unit: outcome.unit.clone() })
    }

    /// The decimals in which the contract reads the outcome.
    pub(super) fn read_digits(&self, outcome: &Measured) -> u32 {
        let read = self.indicator(outcome).and_then(|indicator| indicator.read);
        read.map_or(0, Rounding::digits)
    }

    /// The value as the contract reads it.
    pub(super) fn value(&self, outcome: &Measured, disclosed: &Disclosed) -> String {
        match (outcome.value, disclosed.value) {
            (None, _) => phrase!(self.language, "not measured", "測定なし"),
            (Some(_), ValueShown::Withheld) => self.withheld(),
            (Some(_), ValueShown::Small) => {
                self.notation(outcome).beside(&self.small(), self.language)
            }
            (Some(value), ValueShown::AsRead) => self.quantity(outcome, value),
        }
    }

    fn quantity(&self, outcome: &Measured, value: Decimal) -> String {
        let (digits, notation) = (self.read_digits(outcome), self.notation(outcome));
        match notation.scaled(value) {
            Some(scaled) => {
                notation.beside(&with_decimals(scaled, notation.decimals(digits)), self.language)
            }
            None => with_decimals(value, digits),
        }
    }

    /// The value before it was read, to three digits more than it is read to; an ellipsis says that
    /// there are more.
    pub(super) fn unrounded(&self, outcome: &Measured, disclosed: &Disclosed) -> String {
        let Some(value) = outcome.unrounded else { return "–".to_owned() };
        if !disclosed.precise {
            return self.withheld();
        }
        let cut = value.trunc_with_scale(self.read_digits(outcome) + 3);
        let notation = self.notation(outcome);
        let more = if cut == value { "" } else { "…" };
        match notation.scaled(cut).filter(|_| notation.hundredfold) {
            Some(scaled) => {
                notation.beside(&format!("{}{more}", amount_text(scaled)), self.language)
            }
            None => format!("{}{more}", amount_text(cut)),
        }
    }

    pub(super) fn interval(&self, outcome: &Measured, disclosed: &Disclosed) -> String {
        let Some(interval) = outcome.interval else { return "–".to_owned() };
        if !disclosed.precise {
            return self.withheld();
        }
        let read = self.read_digits(outcome);
        let end = |value: f64| {
            let notation = self.notation(outcome);
            let decimals = if notation.hundredfold { notation.decimals(read).max(1) } else { read };
            let Some(exact) = Decimal::from_f64(value * notation.factor()) else {
                return "–".to_owned();
            };
            let nearest = rust_decimal::RoundingStrategy::MidpointAwayFromZero;
            let digits = with_decimals(exact.round_dp_with_strategy(decimals, nearest), decimals);
            format!("{digits}{}", notation.short_sign())
        };
        let (low, high) = (end(interval.low), end(interval.high));
        phrase!(self.language, "{low} to {high}", "{low} 〜 {high}")
    }

    pub(super) fn count(&self, count: Count) -> String {
        match count {
            Count::Shown(count) => amount_text(Decimal::from(count)),
            Count::Small => self.small(),
            Count::Withheld => self.withheld(),
        }
    }

    fn small(&self) -> String {
        let threshold = self.report.hide_under.threshold();
        phrase!(self.language, "under {threshold}", "{threshold} 未満")
    }

    pub(super) fn withheld(&self) -> String {
        phrase!(self.language, "withheld", "非表示")
    }

    pub(super) fn at_least(&self, outcome: &Measured) -> String {
        amount_text(Decimal::from(outcome.at_least))
    }

    /// Why people were left out, in words: `sbp_after blank: 12`.
    pub(super) fn reasons(&self, disclosed: &Disclosed) -> Vec<String> {
        let excluded = disclosed.exclusions.iter().map(|(reason, count)| {
            let (reason, count) = (self.reason(reason), self.count(*count));
            phrase!(self.language, "{reason}: {count}", "{reason}: {count}")
        });
        let as_no = disclosed.counted_as_no.iter().map(|(reason, count)| {
            let (reason, count) = (self.reason(reason), self.count(*count));
            phrase!(
                self.language,
                "counted as no, {reason}: {count}",
                "「いいえ」と数えた {reason}: {count}"
            )
        });
        excluded.chain(as_no).collect()
    }

    fn reason(&self, reason: &str) -> String {
        match (reason, reason.strip_prefix("missing:")) {
            (_, Some(column)) => phrase!(self.language, "{column} blank", "{column} が空欄"),
            ("reported", None) => phrase!(self.language, "as reported", "報告値"),
            (other, None) => other.to_owned(),
        }
    }

    /// How the value is read, when that is declared.
    pub(super) fn reading(&self, outcome: &Measured) -> Option<String> {
        let indicator = self.indicator(outcome)?;
        Some(wording::reading(indicator.read?, &indicator.unit, self.language))
    }

    // Lines.

    /// Why a line is what it is.
    pub(super) fn because(&self, worked: &WorkedLine) -> String {
        worked.line.because.within(self.language).to_owned()
    }

    /// The lines that the statement shows.
    pub(super) fn lines(&self) -> impl Iterator<Item = &'a WorkedLine> {
        self.report.statement.workings.lines.iter().filter(|worked| worked.shown)
    }

    /// Whether lines differ in who pays or is paid, so that it must be said.
    pub(super) fn several_flows(&self) -> bool {
        let pair = |line: &'a StatementLine| (&line.payer, &line.to);
        let mut lines = self.report.statement.workings.lines.iter().map(|it| pair(&it.line));
        let first = lines.next();
        lines.any(|other| Some(other) != first)
    }

    pub(super) fn party(&self, id: &str) -> String {
        self.report.contract.name_of(id).within(self.language).to_owned()
    }

    pub(super) fn role(&self, role: Role) -> String {
        role_name(role, self.language)
    }

    /// Who signs: those who pay, those who are paid, those who measure.
    pub(super) fn signers(&self) -> Vec<&'a Party> {
        let signs = [Role::Payer, Role::Provider, Role::Evaluator];
        let parties = &self.report.contract.parties;
        signs
            .iter()
            .flat_map(|role| parties.iter().filter(move |party| party.role == *role))
            .collect()
    }

    // Sums.

    /// The row of the tax: its name, and its remark.
    pub(super) fn tax(&self) -> (String, String) {
        match self.report.contract.tax {
            Tax::Included(rate) => {
                let rate = wording::percent(rate);
                (
                    phrase!(self.language, "Tax ({rate})", "消費税（{rate}）"),
                    phrase!(self.language, "contained in the subtotal", "小計に含む（内税）"),
                )
            }
            Tax::Added(rate) => {
                let rate = wording::percent(rate);
                (
                    phrase!(self.language, "Tax ({rate})", "消費税（{rate}）"),
                    phrase!(self.language, "added to the subtotal", "小計に加算（外税）"),
                )
            }
            Tax::Unstated => (
                phrase!(self.language, "Tax", "消費税"),
                phrase!(
                    self.language,
                    "the contract does not say how tax stands to these amounts",
                    "この契約は消費税の扱いを定めていない"
                ),
            ),
        }
    }

    /// The cap, with what it counts.
    pub(super) fn cap_name(&self) -> String {
        match self.report.contract.tax {
            Tax::Added(_) => {
                phrase!(
                    self.language,
                    "Limit of the contract, before tax",
                    "契約の支払上限額（税抜）"
                )
            }
            Tax::Included(_) | Tax::Unstated => {
                phrase!(self.language, "Limit of the contract", "契約の支払上限額")
            }
        }
    }

    pub(super) fn rounding(&self) -> String {
        let contract = self.report.contract;
        wording::money_rounding(contract.rounding, &contract.currency, self.language)
    }

    pub(super) fn notes(&self) -> Vec<String> {
        let notes = self.report.statement.notes.iter();
        notes.map(|note| note.message.within(self.language).to_owned()).collect()
    }
}
