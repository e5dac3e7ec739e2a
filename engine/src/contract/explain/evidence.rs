//! The rows of evidence in words: which columns there must be, and what they hold.

use super::Sheet;
use crate::contract::wording::phrase;

impl Sheet<'_> {
    /// The columns that rows are read from; nothing where evaluators report all figures.
    pub(super) fn evidence(&mut self) {
        let (contract, language) = (self.contract, self.language);
        if contract.columns.is_empty() {
            return;
        }
        self.section(&phrase!(language, "The columns of the evidence", "証拠データの列"));
        let titles = [
            phrase!(language, "Heading", "見出し"),
            phrase!(language, "Meaning", "意味"),
            phrase!(language, "Holds", "値"),
        ];
        self.columns(&titles.each_ref().map(String::as_str), 0);
        let keys = &contract.rows;
        self.row(&[
            format!("`{}`", keys.participant),
            phrase!(language, "the participant", "対象者"),
            phrase!(language, "a key of the person", "個人を区別する番号など"),
        ]);
        if contract.evaluations.len() > 1 || keys.at_named {
            self.row(&[
                format!("`{}`", keys.at),
                phrase!(language, "the evaluation", "評価日"),
                phrase!(language, "a date", "日付"),
            ]);
        }
        for column in &contract.columns {
            let title = column.title.within(language);
            let title = if title == column.name { "" } else { title };
            let cells = [format!("`{}`", column.name), title.to_owned(), self.holds(column)];
            self.row(&cells);
        }
    }
}
