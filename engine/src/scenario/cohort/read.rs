//! `[cohort.NAME]` of a scenario.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::convention::{Convention, Counted};
use super::model::Counts;
use super::states::{ByState, Entry, Rests, duplicate, is_reserved, reserved};
use super::transitions::{Deaths, Row, is_one};
use crate::problem::{Place, Problem, Text, say};
use crate::scenario::Assumption;
use crate::scenario::assumption::Sourced;
use crate::scenario::cells::{Cells, Parsed};
use crate::scenario::document::{Document, Expression, Section};

/// The most states of a cohort, and the most states times cycles.
const STATES_MAX: usize = 100;
const CELLS_MAX: u64 = 20_000;
/// The most transitions times cycles.
const MOVES_MAX: u64 = 100_000;

/// The oldest age, and the most years of a cycle or of a life table's word.
pub(super) const AGE_MAX: Decimal = Decimal::from_parts(150, 0, 0, false, 0);
pub(super) const YEARS_MAX: Decimal = Decimal::ONE_HUNDRED;

/// What expressions of a cohort may use beside the cells.
pub(super) const VARIABLES: [&str; 4] = ["cycle", "age", "base", "cycle_years"];

/// A cohort as the scenario states it.
pub(in crate::scenario) struct Cohort {
    pub(in crate::scenario) name: String,
    pub(super) title: Text,
    pub(super) place: Place,
    pub(super) states: Vec<String>,
    pub(super) population: Parsed,
    pub(super) start: ByState,
    pub(super) cycles: usize,
    pub(super) cycle_years: Decimal,
    pub(super) counts: Counts,
    pub(super) age: Option<Decimal>,
    pub(super) rows: Vec<Option<Row>>,
    pub(super) deaths: Option<Deaths>,
    pub(super) cost: Option<ByState>,
    pub(super) utility: Option<ByState>,
    pub(in crate::scenario) cost_convention: Convention,
    pub(super) utility_convention: Convention,
    /// Rows that were divided by their sum: the state and the sum.
    pub(super) renormalised: Vec<(String, f64)>,
    /// What its numbers rest on.
    pub(in crate::scenario) assumptions: Vec<Assumption>,
}

/// Reads one cohort.
pub(super) struct Reader<'a, 'd> {
    document: &'a Document<'d>,
    pub(super) cells: &'a Cells<'d>,
    pub(super) states: Vec<String>,
    pub(super) rests: Vec<Rests>,
    pub(super) renormalised: Vec<(String, f64)>,
    /// Whether something was wrong that makes later complaints pointless.
    pub(super) broken: bool,
}

/// Reads every `[cohort.NAME]`.
pub(in crate::scenario) fn read<'d>(
    document: &Document<'d>,
    cells: &Cells<'d>,
    root: &Section<'_>,
) -> Vec<Cohort> {
    let Some(section) = root.section("cohort") else { return Vec::new() };
    let mut cohorts = Vec::new();
    for name in section.keys() {
        let Some(entry) = section.section(name) else { continue };
        cells.check_cohort_name(&section, name, &VARIABLES);
        let reader = Reader {
            document,
            cells,
            states: Vec::new(),
            rests: Vec::new(),
            renormalised: Vec::new(),
            broken: false,
        };
        cohorts.extend(reader.cohort(name, &entry));
    }
    cohorts
}

/// The names of the cohorts, those that cannot be read among them.
pub(in crate::scenario) fn names(root: &Section<'_>) -> Vec<String> {
    let section = if root.is_section("cohort") { root.section("cohort") } else { None };
    section.iter().flat_map(Section::keys).map(str::to_owned).collect()
}

impl Reader<'_, '_> {
    pub(super) fn report(&self, problem: Problem) {
        self.document.report(problem);
    }

    /// Reads an expression over the cells and the cohort's own words.
    pub(super) fn parse(&self, expression: Expression) -> Option<Parsed> {
        let mut names = self.cells.cell_names();
        names.extend(VARIABLES.map(str::to_owned));
        let parsed = self.cells.parse(expression, &names)?;
        if let Some(cell) = self.cells.drawn_at_evaluations(&parsed) {
            self.report(
                Problem::error(
                    "drawn-later",
                    say!(
                        "a cohort cannot use `{cell}`, which is drawn at every evaluation",
                        "コホートでは、評価ごとに引かれる `{cell}` を使えません"
                    ),
                )
                .help(say!(
                    "use a cell of [assume], and `cycle` for what changes with time",
                    "[assume] のセルを使い、時間による変化は `cycle` で表してください"
                ))
                .at(self.cells.place(&parsed)),
            );
            return None;
        }
        Some(parsed)
    }

    fn cohort(mut self, name: &str, section: &Section<'_>) -> Option<Cohort> {
        section.known(&[
            "title",
            "states",
            "population",
            "start",
            "cycles",
            "cycle_years",
            "counts",
            "age",
            "transitions",
            "deaths",
            "cost",
            "utility",
            "discount",
            "counted",
            "source",
            "note",
        ]);
        for (key, expected) in [
            ("states", say!("a list of names", "名前の並び")),
            ("population", say!("how many people, an expression", "人数の式")),
            ("start", say!("the share of each state", "状態ごとの割合")),
            ("cycles", say!("a whole number of at least 1", "1 以上の整数")),
        ] {
            if !section.has(key) {
                section.missing(key, expected);
                self.broken = true;
            }
        }
        if self.broken {
            return None;
        }
        self.states = self.read_states(section)?;
        let title = section.title("title").unwrap_or_else(|| Text::from(name));
        let source = self.sourced(section);
        let population = section.expression("population")?;
        let stated = vec![population.text.clone()];
        let mut place = section.clone();
        place.name = format!("{}.population", section.name);
        self.rests_on(&place, stated, source);
        let population = self.parse(population);
        let start = self.by_state(section, "start");
        let deaths = self.deaths(section);
        let rows = self.rows(section, deaths.as_ref());
        let (cost, utility) = (self.by_state(section, "cost"), self.by_state(section, "utility"));
        let cycles = section.count("cycles", 1);
        let cycles_max = CELLS_MAX / self.states.len() as u64;
        if cycles.is_some_and(|cycles| cycles > cycles_max) {
            let states = self.states.len();
            section.wrong(
                "cycles",
                say!(
                    "at most {cycles_max} cycles of {states} states",
                    "状態が {states} 個のとき {cycles_max} サイクルまで"
                ),
            );
        }
        if let (Some(cycles), Some(rows)) = (cycles, &rows) {
            self.check_size(section, cycles, rows, deaths.as_ref());
        }
        let cycle_years = self.positive(section, "cycle_years")?;
        let age = if section.has("age") { Some(self.age(section)?) } else { None };
        let counts = self.choice(
            section,
            "counts",
            &[("multinomial", Counts::Multinomial), ("expected", Counts::Expected)],
        )?;
        let (cost_convention, utility_convention) = self.conventions(section)?;
        if self.broken {
            return None;
        }
        let assumptions = self.rests.into_iter().map(assumption).collect();
        Some(Cohort {
            name: name.to_owned(),
            title,
            place: section.here(),
            states: self.states,
            population: population?,
            start: start?,
            cycles: cycles? as usize,
            cycle_years,
            counts,
            age,
            rows: rows?,
            deaths,
            cost,
            utility,
            cost_convention,
            utility_convention,
            renormalised: self.renormalised,
            assumptions,
        })
    }

    fn read_states(&self, section: &Section<'_>) -> Option<Vec<String>> {
        let states = section.texts("states")?;
        let mut whole = !states.is_empty() && states.len() <= STATES_MAX;
        if !whole {
            section
                .wrong("states", say!("1 to {STATES_MAX} names", "1 から {STATES_MAX} 個の名前"));
        }
        for (at, state) in states.iter().enumerate() {
            if states[..at].contains(state) {
                self.report(duplicate(state, section.place("states")));
                whole = false;
            }
            if state.is_empty() || state.contains('.') || is_reserved(state) {
                self.report(
                    Problem::error(
                        "wrong-name",
                        say!(
                            "`{state}` cannot be the name of a state",
                            "`{state}` は状態の名前に使えません"
                        ),
                    )
                    .expected(say!(
                        "a name without a dot that is none of {}",
                        "ピリオドを含まず、次のいずれでもない名前: {}",
                        Text::from(reserved())
                    ))
                    .at(section.place("states")),
                );
                whole = false;
            }
        }
        whole.then_some(states)
    }

    /// `deaths = { to = "dead", … }`
    fn deaths(&mut self, section: &Section<'_>) -> Option<Deaths> {
        if !section.has("deaths") {
            return None;
        }
        self.broken |= !section.is_section("deaths");
        let table = section.section("deaths")?;
        let to = table.has("to").then(|| table.text("to")).flatten();
        if to.is_none() {
            table.missing("to", say!("the state they lead to", "行き先の状態"));
        }
        let to = to.and_then(|to| self.state_named(&to, table.place("to")));
        let by_state = self.by_state(section, "deaths");
        self.broken |= to.is_none() || by_state.is_none();
        let (to, by_state) = (to?, by_state?);
        if let Some(entry) = &by_state.entries[to] {
            let state = &self.states[to];
            let place = match entry {
                Entry::Known { place, .. } => place.clone(),
                Entry::Expression(parsed) => self.cells.place(parsed),
            };
            self.report(
                Problem::error(
                    "death-of-the-dead",
                    say!(
                        "`{state}` is where deaths lead, so nobody dies there",
                        "`{state}` は deaths の行き先なので、そこで死亡する人はいません"
                    ),
                )
                .help(say!("leave out {state}", "{state} を除いてください"))
                .at(place),
            );
            self.broken = true;
        }
        Some(Deaths { to, by_state })
    }

    /// Every transition is drawn in every cycle, so their number is what a run costs.
    fn check_size(
        &self,
        section: &Section<'_>,
        cycles: u64,
        rows: &[Option<Row>],
        deaths: Option<&Deaths>,
    ) {
        let dying = deaths.iter().flat_map(|deaths| deaths.by_state.entries.iter().flatten());
        let each = rows.iter().flatten().map(Row::reach).sum::<usize>() + dying.count();
        let all = cycles.saturating_mul(each as u64);
        if all <= MOVES_MAX {
            return;
        }
        let most = MOVES_MAX / each as u64;
        self.report(
            Problem::error(
                "too-many-transitions",
                say!(
                    "{each} transitions over {cycles} cycles are too many",
                    "{cycles} サイクルにわたる {each} 個の推移は多すぎます"
                ),
            )
            .found(Text::from(all.to_string()))
            .expected(say!("at most {MOVES_MAX}", "{MOVES_MAX} 以下"))
            .help(say!(
                "state at most {most} cycles, or leave out transitions that nobody makes",
                "サイクルを {most} 以下にするか、起こらない推移を除いてください"
            ))
            .at(section.place("cycles")),
        );
    }

    fn age(&self, section: &Section<'_>) -> Option<Decimal> {
        let age = section.number("age")?;
        let possible = (Decimal::ZERO..=AGE_MAX).contains(&age);
        if !possible {
            section.wrong("age", say!("from 0 to {AGE_MAX} years", "0 歳から {AGE_MAX} 歳まで"));
        }
        possible.then_some(age)
    }

    /// A number of years above 0, 1 when it is not stated.
    fn positive(&self, section: &Section<'_>, key: &str) -> Option<Decimal> {
        if !section.has(key) {
            return Some(Decimal::ONE);
        }
        let number = section.number(key)?;
        if number <= Decimal::ZERO || number > YEARS_MAX {
            section.wrong(
                key,
                say!("above 0, at most {YEARS_MAX}", "0 より大きく {YEARS_MAX} 以下の数"),
            );
            return None;
        }
        Some(number)
    }

    /// One of a few words, the first when nothing is stated.
    fn choice<T: Copy>(
        &self,
        section: &Section<'_>,
        key: &str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        if !section.has(key) {
            return choices.first().map(|(_, choice)| *choice);
        }
        let text = section.text(key)?;
        let found = choices.iter().find(|(name, _)| *name == text).map(|(_, choice)| *choice);
        if found.is_none() {
            let names: Vec<String> =
                choices.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            section.wrong(key, Text::from(names.join(", ")));
        }
        found
    }

    /// `counted` and `discount`, of cost and of utility.
    fn conventions(&self, section: &Section<'_>) -> Option<(Convention, Convention)> {
        let counted = |key: &str| {
            if section.is_section("counted") {
                let table = section.section("counted")?;
                table.known(&["cost", "utility"]);
                self.choice(&table, key, &Counted::NAMES)
            } else {
                self.choice(section, "counted", &Counted::NAMES)
            }
        };
        let (cost, utility) = (counted("cost")?, counted("utility")?);
        let none = |counted| Convention { counted, rate: 0.0, from_year: 1.0 };
        if !section.has("discount") {
            return Some((none(cost), none(utility)));
        }
        let table = section.section("discount")?;
        table.known(&["cost", "utility", "from_year"]);
        if !table.has("from_year") {
            table.missing(
                "from_year",
                say!(
                    "the first year whose amounts are discounted: 1, or 2 as C2H has it",
                    "割り引く最初の年: 1、または C2H ガイドラインの 2"
                ),
            );
            return None;
        }
        let from_year = self.positive(&table, "from_year")?.to_f64()?;
        let rate = |key: &str| {
            if !table.has(key) {
                return Some(0.0);
            }
            let rate = table.number(key)?;
            if rate <= -Decimal::ONE || rate > Decimal::ONE {
                table.wrong(key, say!("a share per year such as 0.02", "年率の割合。例 0.02"));
                return None;
            }
            rate.to_f64()
        };
        let convention = |counted, rate| Convention { counted, rate, from_year };
        Some((convention(cost, rate("cost")?), convention(utility, rate("utility")?)))
    }
}

fn assumption(rests: Rests) -> Assumption {
    let assumed = matches!(rests.sourced, Sourced::Assumed(_));
    let (Sourced::From(source) | Sourced::Assumed(source)) = rests.sourced;
    let source = (!source.en.is_empty()).then_some(source);
    let Rests { name, is, place, .. } = rests;
    Assumption { name, title: None, is, no_effect: None, source, assumed, place }
}

/// The shares at the start sum to 1, when all are known.
pub(super) fn check_start(cohort: &Cohort, shares: &[f64]) -> Option<Problem> {
    let sum: f64 = shares.iter().sum();
    let negative = shares.iter().any(|share| *share < 0.0 || share.is_nan());
    (negative || !is_one(sum)).then(|| {
        Problem::error(
            "shares-do-not-sum",
            say!(
                "the shares at the start are no shares of 1",
                "開始時の割合が、合計 1 の割合になっていません"
            ),
        )
        .found(Text::from(rounded(sum)))
        .expected(say!("1, each at least 0", "1（どれも 0 以上）"))
        .at(cohort.start.place.clone())
    })
}

/// A sum without the noise of binary fractions.
pub(super) fn rounded(value: f64) -> String {
    Decimal::from_f64_retain(value)
        .map_or_else(|| value.to_string(), |value| value.round_dp(12).normalize().to_string())
}

/// Whether an entry must be looked at in every cycle.
pub(super) fn changes(entry: &Entry) -> bool {
    match entry {
        Entry::Known { .. } => false,
        Entry::Expression(parsed) => parsed.uses_any(&["cycle", "age", "t"]),
    }
}
