//! The statement as a page that needs nothing else: its style is inside, and it loads nothing.

mod document;
mod finance;
pub(super) mod page;

use super::Report;
use super::shown::Shown;
use super::words::Words;
use page::{page, safe};

use crate::contract::wording::phrase;

impl Report<'_> {
    /// The statement as a page of HTML, in UTF-8.
    #[must_use]
    pub fn html(&self) -> String {
        let shown = Shown::of(self.contract, self.statement, self.hide_under);
        Page { words: Words::of(*self, &shown), text: String::new() }.written()
    }

    /// The statement as HTML to be put into a page.
    #[must_use]
    pub fn fragment(&self) -> String {
        let shown = Shown::of(self.contract, self.statement, self.hide_under);
        let mut page = Page { words: Words::of(*self, &shown), text: String::new() };
        page.body();
        page.text
    }
}

/// A page as it is written, from top to bottom.
struct Page<'a> {
    words: Words<'a>,
    text: String,
}

/// What a cell of a table holds.
enum Cell {
    /// Text, already safe.
    Text(String),
    /// A number, set to the right.
    Number(String),
    /// Nothing, where a narrow screen leaves the cell out.
    Empty,
}

impl Page<'_> {
    fn written(mut self) -> String {
        let (name, title) = (self.title(), self.words.contract_title().to_owned());
        let at = self.words.day(self.words.report.statement.at);
        self.body();
        page(self.words.language, &format!("{name}: {title}, {at}"), &self.text)
    }

    fn body(&mut self) {
        self.head();
        self.parties();
        self.outcomes();
        self.payments();
        self.balance();
        self.flows();
        self.finance();
        self.notes();
        self.basis();
        self.signatures();
    }

    fn title(&self) -> String {
        phrase!(self.words.language, "Statement of payment", "支払計算書")
    }

    fn head(&mut self) {
        let language = self.words.language;
        let statement = self.words.report.statement;
        let (name, title, id) =
            (self.title(), safe(self.words.contract_title()), safe(&statement.contract));
        self.text += &format!(
            "<h1>{name}</h1>\n<p class=\"contract\">{title} <span class=\"id\">({id})</span></p>\n"
        );
        let payable = self.words.amount(statement.payable);
        let name = phrase!(language, "Payable", "支払額");
        self.text +=
            &format!("<dl class=\"payable\"><dt>{name}</dt><dd>{}</dd></dl>\n", safe(&payable));
        let mut facts = vec![
            (phrase!(language, "Evaluation of", "評価日"), safe(&self.words.day(statement.at))),
            (phrase!(language, "Paid on", "支払日"), safe(&self.words.day(statement.paid))),
            (phrase!(language, "Currency", "通貨"), safe(&statement.currency)),
        ];
        if let Some(ended) = statement.ended {
            let name = phrase!(language, "Ended early on", "途中終了日");
            facts.push((name, safe(&self.words.day(ended))));
        }
        if let Some(due) = self.words.due() {
            facts.push((phrase!(language, "Payment due", "支払期限"), safe(&due)));
        }
        self.facts(&facts);
    }

    fn parties(&mut self) {
        let language = self.words.language;
        self.heading(&phrase!(language, "Parties", "当事者"));
        let parties = self.words.report.contract.parties.iter();
        let facts: Vec<(String, String)> = parties
            .map(|party| (self.words.role(party.role), safe(party.name.within(language))))
            .collect();
        self.facts(&facts);
    }

    fn outcomes(&mut self) {
        let language = self.words.language;
        let heads = [
            (phrase!(language, "Indicator", "成果指標"), false),
            (phrase!(language, "Value", "値"), true),
            (phrase!(language, "Before reading", "読み取り前の値"), true),
            (phrase!(language, "95% interval", "95% 信頼区間"), true),
            (phrase!(language, "People", "人数"), true),
            (phrase!(language, "Left out", "除外"), false),
        ];
        let rows: Vec<Vec<Cell>> = self
            .words
            .outcomes()
            .map(|(outcome, disclosed)| {
                let words = &self.words;
                let mut name = safe(outcome.title.within(language));
                let clause = words.indicator(outcome).and_then(|it| it.clause.as_deref());
                if let Some(clause) = clause {
                    name += &small(&safe(clause));
                }
                if let Some(reading) = words.reading(outcome) {
                    let reading = safe(&reading);
                    name += &small(&phrase!(language, "Read {reading}", "読み取り: {reading}"));
                }
                let source = words.indicator(outcome).and_then(|it| it.source.as_ref());
                if let Some(source) = source {
                    let source = safe(source.within(language));
                    name +=
                        &small(&phrase!(language, "Source: {source}", "データの出所: {source}"));
                }
                let file = safe(&outcome.source);
                name += &small(&phrase!(language, "Data: {file}", "データ: {file}"));
                let value = safe(&words.value(outcome, disclosed));
                let mut people = safe(&words.count(disclosed.n));
                let least = words.at_least(outcome);
                people += &small(&phrase!(language, "at least {least}", "{least} 人以上が条件"));
                let mut left_out = safe(&words.count(disclosed.excluded));
                for reason in words.reasons(disclosed) {
                    left_out += &small(&safe(&reason));
                }
                vec![
                    Cell::Text(name),
                    Cell::Number(value),
                    Cell::Number(safe(&words.unrounded(outcome, disclosed))),
                    Cell::Number(safe(&words.interval(outcome, disclosed))),
                    Cell::Number(people),
                    Cell::Text(left_out),
                ]
            })
            .collect();
        if rows.is_empty() {
            return;
        }
        self.heading(&phrase!(language, "Outcomes", "成果"));
        self.table_start("outcomes", &heads);
        self.rows(&heads, rows);
        self.text += "</table>\n";
    }

    fn payments(&mut self) {
        let language = self.words.language;
        let (statement, unit) = (self.words.report.statement, self.words.currency().to_owned());
        let unit = safe(&unit);
        self.heading(&phrase!(language, "Payments", "支払"));
        let heads = [
            (phrase!(language, "Item", "支払項目"), false),
            (phrase!(language, "Amount ({unit})", "金額（{unit}）"), true),
            (phrase!(language, "Why", "理由"), false),
        ];
        self.table_start("payments", &heads);
        let several = self.words.several_flows();
        let rows = self
            .words
            .lines()
            .map(|worked| {
                let line = &worked.line;
                let mut name = safe(line.title.within(language));
                if let Some(clause) = &line.clause {
                    name += &small(&safe(clause));
                }
                if several {
                    let (from, to) =
                        (safe(&self.words.party(&line.payer)), safe(&self.words.party(&line.to)));
                    name += &small(&phrase!(language, "{from} to {to}", "{from} から {to} へ"));
                }
                let why = safe(&self.words.because(worked));
                vec![
                    Cell::Text(name),
                    Cell::Number(safe(&self.words.digits(line.amount))),
                    if why.is_empty() { Cell::Empty } else { Cell::Text(why) },
                ]
            })
            .collect();
        self.rows(&heads, rows);
        let (tax_name, tax_remark) = self.words.tax();
        let tax = statement.tax.map(|tax| self.words.digits(tax));
        let sums = [
            (
                "",
                phrase!(language, "Subtotal", "小計"),
                self.words.digits(statement.subtotal),
                String::new(),
            ),
            ("", tax_name, tax.unwrap_or_else(|| "–".to_owned()), tax_remark),
            (
                " class=\"total\"",
                phrase!(language, "Payable", "支払額"),
                self.words.digits(statement.payable),
                String::new(),
            ),
        ];
        self.text += "<tfoot class=\"sums\" role=\"rowgroup\">\n";
        for (class, name, amount, remark) in sums {
            let (name, amount, remark) = (safe(&name), safe(&amount), safe(&remark));
            let empty = if remark.is_empty() { " empty" } else { "" };
            self.text += &format!(
                "<tr{class} role=\"row\"><th scope=\"row\" role=\"rowheader\">{name}</th>\
                 <td class=\"number\" role=\"cell\">{amount}</td>\
                 <td class=\"why{empty}\" role=\"cell\">{remark}</td></tr>\n"
            );
        }
        self.text += "</tfoot>\n</table>\n";
        let rounding = self.words.rounding();
        let said = phrase!(
            language,
            "Each item is rounded {rounding}.",
            "各支払項目の端数処理: {rounding}。"
        );
        self.text += &format!("<p class=\"small\">{}</p>\n", safe(&said));
    }

    fn balance(&mut self) {
        let language = self.words.language;
        let (statement, contract) = (self.words.report.statement, self.words.report.contract);
        self.heading(&phrase!(language, "Earlier payments and what is left", "既払額と残額"));
        let mut facts = vec![(
            phrase!(language, "Paid before", "既払額"),
            safe(&self.words.amount(statement.paid_before)),
        )];
        if let (Some(cap), Some(left)) = (contract.cap, statement.cap_left) {
            facts.push((safe(&self.words.cap_name()), safe(&self.words.amount(cap))));
            facts.push((
                phrase!(language, "Left under the limit after this", "今回支払後の上限残額"),
                safe(&self.words.amount(left)),
            ));
        } else {
            facts.push((
                phrase!(language, "Limit of the contract", "契約の支払上限額"),
                phrase!(language, "none", "定めなし"),
            ));
        }
        self.facts(&facts);
    }

    fn flows(&mut self) {
        let language = self.words.language;
        let flows = &self.words.report.statement.flows;
        if flows.is_empty() {
            return;
        }
        self.heading(&phrase!(language, "Who pays whom", "支払の流れ"));
        let unit = safe(self.words.currency());
        let heads = [
            (phrase!(language, "From", "支払う者"), false),
            (phrase!(language, "To", "受け取る者"), false),
            (phrase!(language, "Amount ({unit})", "金額（{unit}）"), true),
        ];
        self.table_start("flows", &heads);
        let rows = flows
            .iter()
            .map(|flow| {
                vec![
                    Cell::Text(safe(&self.words.party(&flow.from))),
                    Cell::Text(safe(&self.words.party(&flow.to))),
                    Cell::Number(safe(&self.words.digits(flow.amount))),
                ]
            })
            .collect();
        self.rows(&heads, rows);
        self.text += "</table>\n";
    }

    fn notes(&mut self) {
        let notes = self.words.notes();
        if notes.is_empty() {
            return;
        }
        self.heading(&phrase!(self.words.language, "Notes", "注記"));
        self.text += "<ul>\n";
        for note in notes {
            self.text += &format!("<li>{}</li>\n", safe(&note));
        }
        self.text += "</ul>\n";
    }

    fn basis(&mut self) {
        let language = self.words.language;
        let report = self.words.report;
        self.heading(&phrase!(language, "What this rests on", "計算の根拠"));
        let hashed = |name: &str, hash: &str| {
            format!("{}<span class=\"small hash\">SHA-256 {}</span>", safe(name), safe(hash))
        };
        let mut facts = vec![(
            phrase!(language, "Contract script", "契約スクリプト"),
            hashed(&report.contract.file, &report.script_sha256()),
        )];
        for file in report.evidence {
            facts.push((
                phrase!(language, "Evidence", "証拠ファイル"),
                hashed(&file.name, &file.sha256),
            ));
        }
        if let Some(kind) = report.statement.data_kind {
            let kind = kind.words();
            facts.push((
                phrase!(language, "Kind of data", "データの種別"),
                safe(kind.within(language)),
            ));
        }
        let version = crate::VERSION;
        facts.push((
            phrase!(language, "Computed by", "計算に用いたソフト"),
            phrase!(language, "Seika {version}", "Seika（成果）{version}"),
        ));
        self.facts(&facts);
    }

    fn signatures(&mut self) {
        let language = self.words.language;
        self.text += "<section class=\"signatures\">\n";
        self.heading(&phrase!(language, "Signatures", "署名・押印"));
        let heads = [
            (phrase!(language, "Party", "当事者"), false),
            (phrase!(language, "Name", "氏名"), false),
            (phrase!(language, "Date", "日付"), false),
            (phrase!(language, "Seal", "印"), false),
        ];
        self.table_start("sign", &heads);
        self.text += "<tbody>\n";
        let (date, seal) =
            (phrase!(language, "&nbsp;", "年&emsp;月&emsp;日"), phrase!(language, "&nbsp;", "印"));
        for party in self.words.signers() {
            let (role, name) = (self.words.role(party.role), safe(party.name.within(language)));
            self.text += &format!(
                "<tr><th scope=\"row\">{name}{}</th><td class=\"name\"></td>\
                 <td class=\"date\">{date}</td><td class=\"seal\">{seal}</td></tr>\n",
                small(&role)
            );
        }
        self.text += "</tbody>\n</table>\n</section>\n";
    }

    // Pieces.

    fn heading(&mut self, words: &str) {
        self.text += &format!("<h2>{}</h2>\n", safe(words));
    }

    /// Names, plain, and values, already safe.
    fn facts(&mut self, facts: &[(String, String)]) {
        self.text += "<dl class=\"facts\">\n";
        for (name, value) in facts {
            self.text += &format!("<dt>{}</dt><dd>{value}</dd>\n", safe(name));
        }
        self.text += "</dl>\n";
    }

    /// The start of a table. On a narrow screen the cells of the wide ones stand below each other;
    /// the roles tell a screen reader that they still are a table.
    fn table_start(&mut self, name: &str, heads: &[(String, bool)]) {
        let wide = if matches!(name, "outcomes" | "payments") { " wide" } else { "" };
        self.text += &format!(
            "<table class=\"{name}{wide}\" role=\"table\">\n<thead role=\"rowgroup\"><tr role=\"row\">"
        );
        for (head, number) in heads {
            let class = if *number { " class=\"number\"" } else { "" };
            self.text +=
                &format!("<th scope=\"col\" role=\"columnheader\"{class}>{}</th>", safe(head));
        }
        self.text += "</tr></thead>\n";
    }

    fn rows(&mut self, heads: &[(String, bool)], rows: Vec<Vec<Cell>>) {
        self.text += "<tbody role=\"rowgroup\">\n";
        for row in rows {
            self.text += "<tr role=\"row\">";
            for (at, cell) in row.into_iter().enumerate() {
                let name = safe(&heads[at].0);
                let (class, text) = match cell {
                    Cell::Text(text) => ("", text),
                    Cell::Number(text) => (" class=\"number\"", text),
                    Cell::Empty => (" class=\"empty\"", String::new()),
                };
                self.text += &if at == 0 {
                    format!("<th scope=\"row\" role=\"rowheader\"{class}>{text}</th>")
                } else {
                    format!("<td role=\"cell\"{class} data-name=\"{name}\">{text}</td>")
                };
            }
            self.text += "</tr>\n";
        }
        self.text += "</tbody>\n";
    }
}

fn small(safe: &str) -> String {
    format!("<span class=\"small\">{safe}</span>")
}
