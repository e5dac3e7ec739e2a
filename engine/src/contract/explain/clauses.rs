//! A contract's declarations in words, one by one, so that two versions can be laid side by side.

use super::{Sheet, role_name};
use crate::contract::wording::{self, phrase};
use crate::contract::{Column, ColumnKind, Contract, RowKeys};
use crate::problem::{Language, Place, Source, Text};

/// What a declaration is about, in the order of the term sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClauseKind {
    /// The whole contract: period, currency, tax, rounding, when payments are due.
    General,
    /// Who takes part.
    Party,
    /// When outcomes are measured and paid.
    Evaluation,
    /// The most or the least that is paid.
    Limit,
    /// What happens when the contract ends early.
    EarlyEnd,
    /// Who finances it, and how.
    Finance,
    /// What is measured.
    Indicator,
    /// What is paid.
    Payment,
    /// What is deducted.
    Deduction,
    /// What the evidence holds.
    Evidence,
    /// A worked example.
    Example,
}

impl ClauseKind {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ClauseKind::General => "general",
            ClauseKind::Party => "party",
            ClauseKind::Evaluation => "evaluation",
            ClauseKind::Limit => "limit",
            ClauseKind::EarlyEnd => "early_end",
            ClauseKind::Finance => "finance",
            ClauseKind::Indicator => "indicator",
            ClauseKind::Payment => "payment",
            ClauseKind::Deduction => "deduction",
            ClauseKind::Evidence => "evidence",
            ClauseKind::Example => "example",
        }
    }

    /// What it is called.
    #[must_use]
    pub fn words(self) -> Text {
        let (en, ja) = match self {
            ClauseKind::General => ("Contract", "契約全体"),
            ClauseKind::Party => ("Party", "当事者"),
            ClauseKind::Evaluation => ("Evaluation", "評価"),
            ClauseKind::Limit => ("Limit", "限度額"),
            ClauseKind::EarlyEnd => ("Early end", "途中終了"),
            ClauseKind::Finance => ("Finance", "資金"),
            ClauseKind::Indicator => ("Indicator", "成果指標"),
            ClauseKind::Payment => ("Payment", "支払項目"),
            ClauseKind::Deduction => ("Deduction", "減額"),
            ClauseKind::Evidence => ("Evidence", "証拠データ"),
            ClauseKind::Example => ("Worked example", "計算例"),
        };
        Text { en: en.to_owned(), ja: ja.to_owned() }
    }
}

/// One term of a declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClauseTerm {
    /// What it is about; a bullet without a name has none.
    pub item: Text,
    /// What it says; several lines where it is a table.
    pub words: Text,
    /// The same, with neutral names of parties and indicators: two terms of one key say the same.
    pub(crate) key: (String, String),
}

/// A declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// What it is about.
    pub kind: ClauseKind,
    /// Its identifier in the script; of an evaluation its date.
    pub id: String,
    /// Its title.
    pub title: Text,
    /// The clause of the contract it comes from, when stated.
    pub clause: Option<String>,
    /// Where it is declared.
    pub place: Option<Place>,
    /// What it says.
    pub terms: Vec<ClauseTerm>,
}

type Told = Vec<(String, String)>;

impl Contract {
    /// Everything the contract declares. `neutral` is the same contract with names of parties and
    /// titles of indicators that another contract shares.
    pub(crate) fn clauses(&self, neutral: &Contract) -> Vec<Clause> {
        let sheets = [(self, Language::En), (self, Language::Ja), (neutral, Language::En)]
            .map(|(contract, language)| Sheet { contract, language, lines: Vec::new() });
        let terms = |tell: &dyn Fn(&Sheet<'_>) -> Told| -> Vec<ClauseTerm> {
            let [en, ja, key] = sheets.each_ref().map(tell);
            let told = en.into_iter().zip(ja).zip(key);
            told.map(|((en, ja), key)| ClauseTerm {
                item: Text { en: en.0, ja: ja.0 },
                words: Text { en: en.1, ja: ja.1 },
                key,
            })
            .collect()
        };
        let at = |word: &str| self.declared_at.get(word).cloned();
        let whole = |kind: ClauseKind, place: Option<Place>, terms: Vec<ClauseTerm>| Clause {
            kind,
            id: kind.name().to_owned(),
            title: kind.words(),
            clause: None,
            place,
            terms,
        };
        let mut all =
            vec![whole(ClauseKind::General, at("contract"), terms(&|sheet| sheet.whole()))];
        for (position, party) in self.parties.iter().enumerate() {
            all.push(Clause {
                id: party.id.clone(),
                title: party.name.clone(),
                ..whole(
                    ClauseKind::Party,
                    self.place_of_party(&party.id),
                    terms(&|sheet| sheet.party_terms(position)),
                )
            });
        }
        for (position, evaluation) in self.evaluations.iter().enumerate() {
            all.push(Clause {
                id: evaluation.at.to_string(),
                title: Text {
                    en: wording::day(evaluation.at, Language::En),
                    ja: wording::day(evaluation.at, Language::Ja),
                },
                ..whole(
                    ClauseKind::Evaluation,
                    at("evaluations"),
                    terms(&|sheet| sheet.evaluation_terms(position)),
                )
            });
        }
        let limits =
            terms(&|sheet| sheet.limit_terms().into_iter().map(|(_, told)| told).collect());
        for (term, (word, _)) in limits.into_iter().zip(sheets[0].limit_terms()) {
            let title = term.item.clone();
            let place = at(word).or_else(|| at("contract"));
            let clause = whole(ClauseKind::Limit, place, vec![term]);
            all.push(Clause { id: word.to_owned(), title, ..clause });
        }
        let early_end = terms(&|sheet| sheet.captured(|sheet| sheet.early_end()));
        if let Some(ending) = &self.early_end {
            let clause = whole(ClauseKind::EarlyEnd, at("early_end"), early_end);
            all.push(Clause { clause: ending.clause.clone(), ..clause });
        }
        let finance = terms(&|sheet| sheet.captured(|sheet| sheet.finance()));
        if !finance.is_empty() {
            all.push(whole(ClauseKind::Finance, at("invest"), finance));
        }
        for indicator in 0..self.indicators.len() {
            let own = &self.indicators[indicator];
            let told = |sheet: &Sheet<'_>| sheet.indicator(&sheet.contract.indicators[indicator]);
            all.push(Clause {
                id: own.id.clone(),
                title: own.title.clone(),
                clause: own.clause.clone(),
                ..whole(ClauseKind::Indicator, own.place.clone(), terms(&told))
            });
        }
        for (kind, deducted) in [(ClauseKind::Payment, false), (ClauseKind::Deduction, true)] {
            let lines = |contract: &'_ Contract| match deducted {
                true => contract.offsets.clone(),
                false => contract.lines.clone(),
            };
            for (position, own) in lines(self).into_iter().enumerate() {
                let told = |sheet: &Sheet<'_>| {
                    let line = &lines(sheet.contract)[position];
                    sheet.terms_of(line, deducted)
                };
                let clause = whole(kind, own.place.clone(), terms(&told));
                all.push(Clause { id: own.id, title: own.title, clause: own.clause, ..clause });
            }
        }
        let evidence = terms(&|sheet| sheet.evidence_terms());
        all.push(whole(ClauseKind::Evidence, at("rows").or_else(|| at("contract")), evidence));
        for (position, example) in self.examples.iter().enumerate() {
            let told = |sheet: &Sheet<'_>| sheet.example_terms(position);
            all.push(Clause {
                id: example.name.en.clone(),
                title: example.name.clone(),
                ..whole(ClauseKind::Example, example.place.clone(), terms(&told))
            });
        }
        all
    }

    /// Where a party is declared: at its identifier behind the word.
    fn place_of_party(&self, id: &str) -> Option<Place> {
        let source = Source::new(self.file.as_str(), self.script.as_str());
        let written = format!("\"{id}\"");
        self.script.match_indices(&written).find_map(|(at, _)| {
            let before = self.script[..at].trim_end().strip_suffix('(')?.trim_end();
            before.ends_with("party").then(|| source.span(at..at + written.len()))
        })
    }
}

impl Sheet<'_> {
    fn whole(&self) -> Told {
        // The contract's own name is no term.
        let mut told: Told = self.general().into_iter().skip(1).collect();
        if let Some(due) = self.contract.due_words() {
            let item = phrase!(self.language, "Payments are due", "支払期限");
            told.push((item, due.within(self.language).to_owned()));
        }
        told
    }

    fn party_terms(&self, position: usize) -> Told {
        let (party, language) = (&self.contract.parties[position], self.language);
        vec![
            (phrase!(language, "Role", "役割"), role_name(party.role, language)),
            (phrase!(language, "Name", "名称"), party.name.within(language).to_owned()),
        ]
    }

    fn evaluation_terms(&self, position: usize) -> Told {
        let (evaluation, language) = (&self.contract.evaluations[position], self.language);
        let year = wording::fiscal_year(evaluation.fiscal_year(), language);
        vec![
            (
                phrase!(language, "Outcomes measured", "成果の評価日"),
                wording::day(evaluation.at, language),
            ),
            (phrase!(language, "Paid", "支払日"), wording::day(evaluation.paid, language)),
            (phrase!(language, "Fiscal year of payment", "支払の会計年度"), year),
        ]
    }

    fn limit_terms(&self) -> Vec<(&'static str, (String, String))> {
        let limits = self.stated_limits().into_iter();
        limits.map(|(word, name, value)| (word, (name, self.amount(value)))).collect()
    }

    fn evidence_terms(&self) -> Told {
        let language = self.language;
        let RowKeys { participant, at, kind, .. } = &self.contract.rows;
        let mut told = vec![
            (phrase!(language, "Column of the participant", "対象者の列"), participant.clone()),
            (phrase!(language, "Column of the date", "評価日の列"), at.clone()),
        ];
        if let Some(kind) = kind {
            let words = kind.words().within(language).to_owned();
            told.push((phrase!(language, "Kind of data", "データの種類"), words));
        }
        let columns = self.contract.columns.iter();
        told.extend(columns.map(|column| (column_named(column, language), self.holds(column))));
        told
    }

    /// What a column holds.
    pub(super) fn holds(&self, column: &Column) -> String {
        let language = self.language;
        match &column.kind {
            ColumnKind::Number { unit, low, high } => {
                let mut words = phrase!(language, "a number", "数");
                if let Some(unit) = unit {
                    let words_of_unit = unit.words();
                    let unit = words_of_unit.within(language);
                    words += &phrase!(language, " in {unit}", "（{unit}）");
                }
                let end = |end: &Option<rust_decimal::Decimal>| {
                    end.map_or_else(|| "…".to_owned(), |end| end.normalize().to_string())
                };
                if low.is_some() || high.is_some() {
                    let (low, high) = (end(low), end(high));
                    words +=
                        &phrase!(language, ", from {low} to {high}", "、{low} から {high} まで");
                }
                words
            }
            ColumnKind::YesNo => phrase!(language, "yes or no", "はい／いいえ"),
            ColumnKind::Text(choices) if choices.is_empty() => phrase!(language, "text", "文字"),
            ColumnKind::Text(choices) => {
                let named = |choice: &String| {
                    let titled = column.values.iter().find(|(value, _)| value == choice);
                    titled.map_or_else(
                        || choice.clone(),
                        |(value, title)| title.beside_name(value, language),
                    )
                };
                let choices: Vec<String> = choices.iter().map(named).collect();
                let choices = choices.join(language.comma());
                phrase!(language, "one of {choices}", "{choices} のいずれか")
            }
            ColumnKind::Date => phrase!(language, "a date", "日付"),
        }
    }

    fn example_terms(&self, position: usize) -> Told {
        let (example, language) = (&self.contract.examples[position], self.language);
        let outcomes: Vec<String> =
            example.dates.iter().map(|date| self.example_outcomes(date)).collect();
        let mut told = vec![(phrase!(language, "Outcomes", "成果"), outcomes.join("\n"))];
        if !example.paid_before.is_zero() {
            let before = self.amount(example.paid_before);
            told.push((phrase!(language, "Paid before", "既払額"), before));
        }
        told.push((phrase!(language, "Stated", "記載の金額"), self.amount(example.expected)));
        told
    }

    /// What a section of the term sheet says, line by line: bullets and rows of tables by their
    /// name, other lines without one.
    fn captured(&self, write: impl Fn(&mut Sheet<'_>)) -> Told {
        let mut sheet =
            Sheet { contract: self.contract, language: self.language, lines: Vec::new() };
        write(&mut sheet);
        let mark = if self.language == Language::En { ": " } else { "：" };
        let told = sheet.lines.iter().enumerate().filter_map(|(at, line)| {
            // The titles of a table's columns, and the rule below them, say nothing.
            let is_rule = |line: &String| line.starts_with("| ---");
            if is_rule(line) || sheet.lines.get(at + 1).is_some_and(is_rule) {
                return None;
            }
            if let Some(bullet) = line.trim_start().strip_prefix("- ") {
                let (item, words) = bullet.split_once(mark).unwrap_or(("", bullet));
                return Some((item.to_owned(), words.to_owned()));
            }
            if let Some(row) = line.strip_prefix("| ") {
                let (item, words) = row.trim_end_matches(" |").split_once(" | ")?;
                return Some((item.to_owned(), words.to_owned()));
            }
            let heading = line.is_empty() || line.starts_with("## ");
            (!heading).then(|| (String::new(), line.trim_start_matches('#').trim().to_owned()))
        });
        told.collect()
    }
}

/// A column with its title: `systolic blood pressure (`sbp`)`.
fn column_named(column: &Column, language: Language) -> String {
    column.title.beside_name(&format!("`{}`", column.name), language)
}
