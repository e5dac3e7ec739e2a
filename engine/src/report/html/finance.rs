//! The part of the page on what is paid out of a payment.

use super::super::finance;
use super::{Cell, Page, safe};
use crate::contract::wording::phrase;

impl Page<'_> {
    pub(super) fn finance(&mut self) {
        let language = self.words.language;
        let Some(statement) = finance::of(&self.words) else { return };
        self.heading(&phrase!(language, "Finance", "資金の流れ"));
        let unit = safe(self.words.currency());
        let heads = finance::flow_heads(&self.words, &unit);
        let rows = finance::flows(&self.words, statement).into_iter().map(|row| {
            vec![
                Cell::Text(safe(&row.day)),
                Cell::Text(safe(&row.from)),
                Cell::Text(safe(&row.to)),
                Cell::Number(safe(&self.words.digits(row.amount))),
                Cell::Text(safe(&row.because)),
            ]
        });
        let rows: Vec<Vec<Cell>> = rows.collect();
        if !rows.is_empty() {
            self.table_start("payments", &heads);
            self.rows(&heads, rows);
            self.text += "</table>\n";
        }
        let heads = finance::tranche_heads(&self.words, &unit);
        let rows = finance::tranches(&self.words, statement).into_iter().map(|row| {
            let amounts = row.amounts.iter();
            let amounts = amounts.map(|of| Cell::Number(safe(&self.words.digits(*of))));
            std::iter::once(Cell::Text(safe(&row.title))).chain(amounts).collect()
        });
        let rows: Vec<Vec<Cell>> = rows.collect();
        if !rows.is_empty() {
            self.table_start("payments", &heads);
            self.rows(&heads, rows);
            self.text += "</table>\n";
        }
        let facts = finance::account(&self.words, statement).into_iter();
        let facts: Vec<(String, String)> =
            facts.map(|(name, amount)| (name, safe(&self.words.amount(amount)))).collect();
        if !facts.is_empty() {
            self.facts(&facts);
        }
    }
}
