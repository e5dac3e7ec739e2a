//! A design file: which parameters may vary, what is wanted, what is aimed at.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::goal::{Goals, Reader};
use crate::Files;
use crate::analyse::Measure;
use crate::contract::Parameter;
use crate::evidence;
use crate::expr::NodeId;
use crate::problem::{Place, Problem, Text, did_you_mean, say};
use crate::scenario::document::{Document, Section};
use crate::scenario::{Scenario, beside};

/// Candidates when the file does not say how many.
const CANDIDATES_DEFAULT: u64 = 1_000;
/// Paths when the file does not say how many.
const PATHS_DEFAULT: u64 = 10_000;
/// Into how many steps a range is divided, about, where the file states no step.
const STEPS: u32 = 100;

/// A parameter that a search varies.
#[derive(Debug, Clone, PartialEq)]
pub struct Varied {
    /// Its name in the contract's script.
    pub name: String,
    /// The least value tried.
    pub low: Decimal,
    /// The greatest value tried.
    pub high: Decimal,
    /// Values tried lie so far apart, from `low` on.
    pub by: Decimal,
    /// Its value in the scenario.
    pub value: Decimal,
    /// Whether it is an amount of money.
    pub money: bool,
}

/// What a party wants of the terms.
#[derive(Debug, Clone)]
pub struct Want {
    /// What it is called; how it is written where it has no title.
    pub title: Text,
    /// The number that is compared, as it is written.
    pub value: String,
    /// Its limit, as it is written.
    pub limit: String,
    /// Whether the limit is the most the value may be, or else the least.
    pub at_most: bool,
    /// Whether both are amounts of money.
    pub money: bool,
    pub(super) value_node: NodeId,
    pub(super) limit_node: NodeId,
}

/// What should be as small or as large as it can.
#[derive(Debug, Clone)]
pub struct Aim {
    /// What it is called; how it is written where it has no title.
    pub title: Text,
    /// The number, as it is written.
    pub value: String,
    /// Whether less is better.
    pub minimise: bool,
    /// Whether it is an amount of money.
    pub money: bool,
    pub(super) node: NodeId,
}

/// A search for terms, as a file states it.
#[derive(Debug)]
pub struct Design {
    /// The file it was read from.
    pub file: String,
    /// Its title.
    pub title: Text,
    /// The scenario whose outcomes terms are priced on.
    pub scenario: Scenario,
    /// How many sets of values are tried.
    pub candidates: u64,
    /// On how many paths.
    pub paths: u64,
    /// What may vary.
    pub varied: Vec<Varied>,
    /// What is wanted: terms that miss any of it are no answer.
    pub wants: Vec<Want>,
    /// What is aimed at: of two answers neither is better if each is better in one aim.
    pub aims: Vec<Aim>,
    pub(super) goals: Goals,
}

impl Design {
    /// Reads a design file, its scenario and the contract that names.
    ///
    /// # Errors
    /// Every problem of the file, or of the scenario.
    pub fn read(files: &dyn Files, path: &str) -> Result<Design, Vec<Problem>> {
        let one = |problem| vec![problem];
        evidence::expect_kind(path, evidence::Kind::Scenario).map_err(one)?;
        let source = evidence::read_text(files, path).map_err(one)?;
        let document = Document::parse(&source).map_err(one)?;
        let root = document.root();
        root.known(&["title", "scenario", "candidates", "paths", "vary", "want", "aim"]);
        if !root.has("scenario") {
            document.report(
                Problem::error(
                    "no-scenario",
                    say!(
                        "the design names no scenario",
                        "設計ファイルにシナリオの指定がありません"
                    ),
                )
                .expected(say!("scenario = \"base.toml\"", "scenario = \"base.toml\""))
                .at(root.here()),
            );
        }
        let Some(scenario) = root.text("scenario") else { return Err(document.problems()) };
        let scenario = Scenario::read(files, &beside(source.file(), &scenario));
        let scenario = scenario.map_err(|mut problems| {
            for problem in problems.iter_mut().filter(|problem| problem.id == "unreadable-file") {
                problem.place = Some(root.place("scenario"));
            }
            problems
        })?;
        let varied = varied(&document, &root, &scenario);
        let contract = &scenario.contract;
        let reader = Reader::new(&document, &Measure::all(&scenario), contract);
        let wants = wants(&document, &root, &reader);
        let aims = aims(&root, &reader);
        if aims.is_empty() && !root.has("aim") {
            document.report(
                Problem::error(
                    "no-aim",
                    say!("the design aims at nothing", "設計ファイルに目標がありません"),
                )
                .expected(say!(
                    "what should be small or large: [[aim]] with minimise = \"mean(payment)\" or maximise = …",
                    "小さく、または大きくしたいもの: [[aim]] に minimise = \"mean(payment)\" か maximise = …"
                ))
                .at(root.here()),
            );
        }
        let design = Design {
            file: path.to_owned(),
            title: root.title("title").unwrap_or_else(|| scenario.title.clone()),
            candidates: root.count("candidates", 1).unwrap_or(CANDIDATES_DEFAULT),
            paths: root.count("paths", 100).unwrap_or(PATHS_DEFAULT),
            varied,
            wants,
            aims,
            goals: reader.finish(),
            scenario,
        };
        let problems = document.problems();
        if problems.is_empty() { Ok(design) } else { Err(problems) }
    }

    /// The values of all parameters in the scenario, by name.
    pub(super) fn values(&self) -> BTreeMap<String, Decimal> {
        let parameters = self.scenario.contract.parameters.iter();
        parameters.map(|parameter| (parameter.name.clone(), parameter.value)).collect()
    }
}

/// The parameters of `[vary]`, or every one that the script gives a range.
fn varied(document: &Document<'_>, root: &Section<'_>, scenario: &Scenario) -> Vec<Varied> {
    let known = &scenario.contract.parameters;
    let script = &scenario.contract.file;
    let Some(section) = root.has("vary").then(|| root.section("vary")).flatten() else {
        let ranged = known.iter().filter_map(|parameter| {
            let (low, high) = parameter.range?;
            Some(of(parameter, low, high, None))
        });
        let varied: Vec<Varied> = ranged.collect();
        if varied.is_empty() {
            document.report(
                Problem::error(
                    "nothing-varies",
                    say!("nothing of {script} may vary", "{script} には変更できる値がありません"),
                )
                .help(say!(
                    "give a value of the script a name and a range: param(\"top_step\", yen(4_000_000), [yen(1_000_000), yen(6_000_000)])",
                    "スクリプトの値に名前と範囲を付けてください: param(\"top_step\", yen(4_000_000), [yen(1_000_000), yen(6_000_000)])"
                ))
                .at(root.here()),
            );
        }
        return varied;
    };
    let mut varied = Vec::new();
    for name in section.keys() {
        let Some(parameter) = known.iter().find(|parameter| parameter.name == name) else {
            document.report(unknown_parameter(name, known, section.key_place(name)));
            continue;
        };
        let Some(entry) = section.section(name) else { continue };
        entry.known(&["from", "to", "by"]);
        let number = |key: &str| entry.has(key).then(|| entry.number(key)).flatten();
        let range = parameter.range;
        let low = number("from").or(range.map(|(low, _)| low));
        let high = number("to").or(range.map(|(_, high)| high));
        let (Some(low), Some(high)) = (low, high) else {
            entry.missing("from", say!("the range to try: from and to", "試す範囲: from と to"));
            continue;
        };
        if low >= high {
            entry.wrong("to", say!("more than `from`, {low}", "`from` の {low} より大きい数"));
            continue;
        }
        let by = number("by");
        if by.is_some_and(|by| by <= Decimal::ZERO || by > high - low) {
            entry.wrong(
                "by",
                say!("a step above 0 within the range", "0 より大きく範囲に収まる刻み"),
            );
            continue;
        }
        varied.push(of(parameter, low, high, by));
    }
    varied
}

fn of(parameter: &Parameter, low: Decimal, high: Decimal, by: Option<Decimal>) -> Varied {
    let by = by.unwrap_or_else(|| round_step((high - low) / Decimal::from(STEPS)));
    let by = if parameter.unit.is_money() { by.max(Decimal::ONE) } else { by };
    let Parameter { name, value, unit, .. } = parameter.clone();
    Varied { name, low, high, by, value, money: unit.is_money() }
}

/// The largest of 1, 2 or 5 times a power of ten that is not above `step`.
fn round_step(step: Decimal) -> Decimal {
    let mut power = Decimal::ONE;
    while power > step {
        power /= Decimal::TEN;
    }
    while power * Decimal::TEN <= step {
        power *= Decimal::TEN;
    }
    let times = [5, 2, 1].map(Decimal::from).into_iter().find(|times| *times * power <= step);
    (times.unwrap_or(Decimal::ONE) * power).normalize()
}

fn unknown_parameter(name: &str, known: &[Parameter], place: Place) -> Problem {
    let names: Vec<&str> = known.iter().map(|parameter| parameter.name.as_str()).collect();
    let problem = Problem::error(
        "unknown-parameter",
        say!("the contract has no parameter `{name}`", "`{name}` という値は契約にありません"),
    )
    .expected(Text::from(names.join(", ")))
    .at(place);
    match did_you_mean(name, names) {
        Some(near) => problem.help(near),
        None => problem.help(say!(
            "declare it in the script: param(\"{name}\", …, [low, high])",
            "スクリプトで宣言してください: param(\"{name}\", …, [下限, 上限])"
        )),
    }
}

fn wants(document: &Document<'_>, root: &Section<'_>, reader: &Reader<'_>) -> Vec<Want> {
    let mut wants = Vec::new();
    for section in root.sections("want") {
        section.known(&["title", "value", "at_most", "at_least"]);
        let (most, least) = (section.has("at_most"), section.has("at_least"));
        if !section.has("value") {
            section.missing(
                "value",
                say!("a number such as \"mean(payment)\"", "\"mean(payment)\" のような数"),
            );
        }
        if most == least {
            let one = say!("one limit: at_most or at_least", "限度を一つ: at_most か at_least");
            match most {
                true => section.wrong("at_least", one),
                false => section.missing("at_most", one),
            }
            continue;
        }
        let key = if most { "at_most" } else { "at_least" };
        let (Some(value), Some(limit)) = (section.expression("value"), section.expression(key))
        else {
            continue;
        };
        let (Some(value_node), Some(limit_node)) = (reader.read(&value), reader.read(&limit))
        else {
            continue;
        };
        if let Err(problem) = reader.comparable(value_node, limit_node) {
            document.report(problem.at(document.place(&limit)));
            continue;
        }
        let sign = if most { "≤" } else { "≥" };
        let written = Text::from(format!("{} {sign} {}", value.text, limit.text));
        wants.push(Want {
            title: section
                .has("title")
                .then(|| section.title("title"))
                .flatten()
                .unwrap_or(written),
            value: value.text,
            limit: limit.text,
            at_most: most,
            money: reader.is_money(value_node) || reader.is_money(limit_node),
            value_node,
            limit_node,
        });
    }
    wants
}

fn aims(root: &Section<'_>, reader: &Reader<'_>) -> Vec<Aim> {
    let mut aims = Vec::new();
    for section in root.sections("aim") {
        section.known(&["title", "minimise", "maximise"]);
        let (less, more) = (section.has("minimise"), section.has("maximise"));
        if less == more {
            let one = say!("one of minimise and maximise", "minimise か maximise のどちらか一方");
            match less {
                true => section.wrong("maximise", one),
                false => section.missing("minimise", one),
            }
            continue;
        }
        let key = if less { "minimise" } else { "maximise" };
        let Some(value) = section.expression(key) else { continue };
        let Some(node) = reader.read(&value) else { continue };
        let written = Text::from(value.text.clone());
        aims.push(Aim {
            title: section
                .has("title")
                .then(|| section.title("title"))
                .flatten()
                .unwrap_or(written),
            value: value.text,
            minimise: less,
            money: reader.is_money(node),
            node,
        });
    }
    aims
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_numbers() {
        for (step, round) in [("34567", "20000"), ("0.0031", "0.002"), ("1", "1"), ("9.9", "5")] {
            let of = |text: &str| text.parse::<Decimal>().unwrap();
            assert_eq!(round_step(of(step)), of(round), "{step}");
        }
    }
}
