//! What two versions pay on outcomes that are known.

use engine::analyse::compare::{Origin, Past, Settled};
use engine::problem::Problem;

use super::changes::Layout;
use crate::table::{Side, Table};

impl Layout<'_> {
    /// Worked examples that a version itself does not pay.
    fn examples_that_fail(&self) -> String {
        let mut text = String::new();
        for (name, contract) in [("A", &self.versions.a), ("B", &self.versions.b)] {
            let failing = contract.check().examples.into_iter().filter(|of| !of.is_ok());
            for example in failing {
                let title = example.name.within(self.language);
                let stated = self.currency.digits(example.expected);
                text += &pick!(
                    self.language,
                    "Note: {name}'s own example \"{title}\" states {stated}, which {name} does not pay.\n",
                    "注意: {name} の計算例「{title}」の記載額 {stated} は、{name} の計算額と一致しません。\n"
                );
            }
        }
        text
    }

    pub(super) fn past(&self, settled: Option<&Settled>) -> String {
        let mut past = self.versions.examples();
        past.extend(settled.iter().flat_map(|settled| settled.past.clone()));
        if past.is_empty() {
            return String::new();
        }
        let unit = self.currency.name();
        let mut table = Table::new([
            (pick!(self.language, "Outcomes that are known", "わかっている成果"), Side::Left),
            (pick!(self.language, "A ({unit})", "A（{unit}）"), Side::Right),
            (pick!(self.language, "B ({unit})", "B（{unit}）"), Side::Right),
            ("B - A".to_owned(), Side::Right),
        ]);
        let mut reasons: Vec<String> = Vec::new();
        for of in &past {
            let mut amount = |of: &Result<rust_decimal::Decimal, Problem>| match of {
                Ok(amount) => self.currency.digits(*amount),
                Err(problem) => {
                    let why = problem.message.within(self.language);
                    if !reasons.iter().any(|known| known == why) {
                        reasons.push(why.to_owned());
                    }
                    let number = reasons.iter().position(|known| known == why).unwrap_or(0) + 1;
                    format!("*{number}")
                }
            };
            let (a, b) = (amount(&of.a), amount(&of.b));
            let difference = of.difference().map_or_else(
                || "-".to_owned(),
                |difference| match difference.is_zero() {
                    true => "0".to_owned(),
                    false => {
                        let sign = if difference.is_sign_negative() { "" } else { "+" };
                        format!("{sign}{}", self.currency.digits(difference))
                    }
                },
            );
            table.row([self.origin(of), a, b, difference]);
        }
        let mut text = table.text();
        text += self.examples_that_fail().as_str();
        for (number, reason) in (1..).zip(reasons) {
            text += &format!("*{number} {reason}\n");
        }
        let left_out = settled.iter().flat_map(|settled| &settled.left_out);
        let left_out: Vec<String> = left_out.map(|(id, at)| format!("{id} ({at})")).collect();
        if !left_out.is_empty() {
            let list = left_out.join(", ");
            text += &pick!(
                self.language,
                "Read by one of them only: {list}\n",
                "一方だけが読む値: {list}\n"
            );
        }
        text
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
                pick!(self.language, "Example ({whose}): {title}", "計算例（{whose}）: {title}")
            }
            Origin::Evidence => pick!(self.language, "Evidence: {title}", "証拠データ: {title}"),
            Origin::Ledger(entry) => {
                let stated = of.stated.map(|stated| self.currency.digits(stated));
                let stated = stated.unwrap_or_default();
                pick!(
                    self.language,
                    "Ledger entry {entry}: {title} (settled {stated})",
                    "台帳 {entry}: {title}（精算額 {stated}）"
                )
            }
        }
    }
}
