//! What two versions pay on outcomes that are known.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::Layout;
use crate::analyse::compare::{Origin, Past, Settled};
use crate::contract::wording::phrase;
use crate::problem::Problem;
use crate::report::document::{Document, Figure, Side, Table};

impl Layout<'_> {
    /// Worked examples that a version itself does not pay.
    fn examples_that_fail(&self, document: &mut Document) {
        for (name, contract) in [("A", &self.versions.a), ("B", &self.versions.b)] {
            let failing = contract.check().examples.into_iter().filter(|of| !of.is_ok());
            for example in failing {
                let title = example.name.within(self.language);
                let stated = self.currency.digits(example.expected);
                document.paragraph(phrase!(
                    self.language,
                    "Note: {name}'s own example \"{title}\" states {stated}, which {name} does not pay.\n",
                    "警告: {name} の計算例「{title}」の記載額 {stated} は、{name} の計算額と一致しません。\n"
                ));
            }
        }
    }

    /// An exact amount.
    fn exact(&self, amount: Decimal, text: String) -> Figure {
        match amount.to_f64() {
            Some(number) => Figure::number(number, text),
            None => Figure::from(text),
        }
    }

    pub(super) fn past(&self, settled: Option<&Settled>, document: &mut Document) {
        let mut past = self.versions.examples();
        past.extend(settled.iter().flat_map(|settled| settled.past.clone()));
        if past.is_empty() {
            return;
        }
        let unit = self.currency.name();
        let mut table = Table::new([
            (phrase!(self.language, "Outcomes that are known", "わかっている成果"), Side::Left),
            (phrase!(self.language, "A ({unit})", "A（{unit}）"), Side::Right),
            (phrase!(self.language, "B ({unit})", "B（{unit}）"), Side::Right),
            ("B - A".to_owned(), Side::Right),
        ]);
        let mut reasons: Vec<String> = Vec::new();
        for of in &past {
            let mut amount = |of: &Result<Decimal, Problem>| match of {
                Ok(amount) => self.exact(*amount, self.currency.digits(*amount)),
                Err(problem) => {
                    let why = problem.message.within(self.language);
                    if !reasons.iter().any(|known| known == why) {
                        reasons.push(why.to_owned());
                    }
                    let number = reasons.iter().position(|known| known == why).unwrap_or(0) + 1;
                    Figure::from(format!("*{number}"))
                }
            };
            let (a, b) = (amount(&of.a), amount(&of.b));
            let difference = match of.difference() {
                None => Figure::from("-"),
                Some(difference) if difference.is_zero() => Figure::number(0.0, "0"),
                Some(difference) => {
                    let sign = if difference.is_sign_negative() { "" } else { "+" };
                    let text = format!("{sign}{}", self.currency.digits(difference));
                    self.exact(difference, text)
                }
            };
            table.row([self.origin(of).into(), a, b, difference]);
        }
        document.heading(phrase!(self.language, "Outcomes that are known", "わかっている成果"));
        document.table(table);
        self.examples_that_fail(document);
        for (number, reason) in (1..).zip(reasons) {
            document.paragraph(format!("*{number} {reason}"));
        }
        let left_out = settled.iter().flat_map(|settled| &settled.left_out);
        let left_out: Vec<String> = left_out.map(|(id, at)| format!("{id} ({at})")).collect();
        if !left_out.is_empty() {
            let list = left_out.join(self.language.comma());
            document.paragraph(phrase!(
                self.language,
                "Read by one of them only: {list}",
                "一方だけが読む値: {list}"
            ));
        }
    }

    fn origin(&self, of: &Past) -> String {
        let title = of.title.within(self.language);
        match &of.origin {
            Origin::Example { of_a, of_b } => {
                let whose = match (of_a, of_b) {
                    (true, true) => "A, B",
                    (true, false) => "A",
                    _ => "B",
                };
                phrase!(self.language, "Example ({whose}): {title}", "計算例（{whose}）: {title}")
            }
            Origin::Evidence => phrase!(self.language, "Evidence: {title}", "証拠データ: {title}"),
            Origin::Ledger(entry) => {
                let stated = of.stated.map(|stated| self.currency.digits(stated));
                let stated = stated.unwrap_or_default();
                phrase!(
                    self.language,
                    "Ledger entry {entry}: {title} (settled {stated})",
                    "台帳 {entry}: {title}（精算額 {stated}）"
                )
            }
        }
    }
}
