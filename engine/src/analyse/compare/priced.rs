//! Both contracts priced on the same possible futures.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::Versions;
use super::figures::{Compared, differences};
use super::regions::{self, OutcomeRegions};
use super::versions::either;
use crate::Files;
use crate::analyse::known::Known;
use crate::analyse::{Counted, Measure};
use crate::contract::Contract;
use crate::expr::NodeId;
use crate::problem::{Problem, Source, Text, say};
use crate::scenario::{Frozen, Scenario};
use crate::simulate::{Settings, Spread, Wanted, Watch, columns};

/// A path on which the payments lie furthest apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Furthest {
    /// Its number, from 0.
    pub path: u64,
    /// What `A` pays in all.
    pub a: f64,
    /// What `B` pays in all.
    pub b: f64,
    /// The outcomes: indicator and evaluation, its value; none where too few were measured.
    pub outcomes: Vec<(String, Date, Option<f64>)>,
}

/// What both contracts pay on the same possible futures.
#[derive(Debug, Clone)]
pub struct Priced {
    /// The scenarios' titles, one where both are priced under the same.
    pub scenarios: Vec<Text>,
    /// How many paths.
    pub paths: u64,
    /// The seed of both.
    pub seed: u64,
    /// How what each pays in all is spread.
    pub payments: [Spread; 2],
    /// Payment, savings, what each party is left with, returns.
    pub figures: Vec<Compared>,
    /// Each line; one that only one contract has is 0 in the other.
    pub lines: Vec<Compared>,
    /// What is owed at each evaluation.
    pub evaluations: Vec<Compared>,
    /// What is owed in each fiscal year.
    pub years: Vec<Compared>,
    /// Where the payments differ, outcome by outcome; the one that tells most first.
    pub regions: Vec<OutcomeRegions>,
    /// Where `B` pays most less than `A`, and where most more.
    pub furthest: Vec<Furthest>,
}

/// A contract under a scenario, on the paths of a run.
pub(super) struct Side<'s> {
    pub(super) scenario: &'s Scenario,
    known: Option<&'s Known>,
}

impl Side<'_> {
    fn columns(
        &self,
        settings: &Settings,
        watch: &dyn Watch,
        wanted: &[Wanted],
    ) -> Result<Vec<Vec<f64>>, Vec<Problem>> {
        match self.known {
            Some(known) => Ok(known.values(&self.scenario.model.graph, wanted)),
            None => columns(self.scenario, settings, watch, wanted, None),
        }
    }
}

impl Versions {
    /// Prices both contracts on the outcomes of one scenario, read from `path`.
    ///
    /// A contract that reads outcomes as the scenario's own is priced on the same columns; one that
    /// reads them otherwise, on the same cells with the same random numbers.
    ///
    /// # Errors
    /// A scenario that cannot be simulated; a contract that measures what the scenario does not
    /// draw.
    pub fn priced_under(
        &self,
        (files, path): (&dyn Files, &str),
        settings: &Settings,
        watch: &dyn Watch,
    ) -> Result<Priced, Vec<Problem>> {
        let scenario = &Scenario::read(files, path)?;
        let frozen = Frozen::of(scenario);
        let with = |contract: &Contract| -> Result<(Scenario, bool), Vec<Problem>> {
            let refusal = match frozen.with(contract.clone()) {
                Ok(scenario) => return Ok((scenario, true)),
                Err(problem) => problem,
            };
            let again = Scenario::read_for(files, path, contract).map_err(|_| {
                let file = &contract.file;
                vec![refusal.help(say!(
                    "write a scenario for {file} too, and compare the two scenarios",
                    "{file} のシナリオも作り、二つのシナリオを比較してください"
                ))]
            })?;
            Ok((again, false))
        };
        let sides = [with(&self.a)?, with(&self.renamed)?];
        let nodes: Vec<Wanted> = frozen.columns().iter().copied().map(Wanted::everywhere).collect();
        let (paths, seed) =
            (settings.paths.unwrap_or(scenario.paths), settings.seed.unwrap_or(scenario.seed));
        let settings = Settings { paths: Some(paths), seed: Some(seed), ..settings.clone() };
        let columns = columns(scenario, &settings, watch, &nodes, None)?;
        let known = Known { columns, paths: paths as usize };
        let sides = sides
            .each_ref()
            .map(|(scenario, on_columns)| Side { scenario, known: on_columns.then_some(&known) });
        let run = Run { settings: &settings, watch, seed, paths };
        self.priced(&sides, &run, vec![scenario.title.clone()])
    }

    /// Prices each contract under a scenario of its own: cells of one name have the same random
    /// numbers in both.
    ///
    /// # Errors
    /// A scenario that cannot be simulated.
    pub fn priced_each(
        &self,
        scenarios: [&Scenario; 2],
        settings: &Settings,
        watch: &dyn Watch,
    ) -> Result<Priced, Vec<Problem>> {
        let [a, b] = scenarios;
        // Both draw as many paths from the seed of the first.
        let seed = settings.seed.unwrap_or(a.seed);
        let paths = settings.paths.unwrap_or(a.paths.min(b.paths));
        let settings = Settings { paths: Some(paths), seed: Some(seed), ..settings.clone() };
        // The second has the first one's identifiers.
        let renamed = Scenario { contract: self.renamed.clone(), ..b.clone() };
        let renamed = self.with_names(renamed);
        let sides = [a, &renamed].map(|scenario| Side { scenario, known: None });
        let run = Run { settings: &settings, watch, seed, paths };
        let mut titles = vec![a.title.clone(), b.title.clone()];
        titles.dedup();
        self.priced(&sides, &run, titles)
    }

    /// A scenario of `B` whose lines and investors have the names that `A` gives them.
    fn with_names(&self, mut scenario: Scenario) -> Scenario {
        let rename = |id: &mut String| {
            let line = self.lines.iter().map(|(a, b)| (&self.a.lines[*a].id, &self.b.lines[*b].id));
            let offset = (self.offsets.iter())
                .map(|(a, b)| (&self.a.offsets[*a].id, &self.b.offsets[*b].id));
            if let Some((new, _)) = line.chain(offset).find(|(_, old)| *old == id) {
                id.clone_from(new);
            }
        };
        scenario.model.lines.iter_mut().for_each(|line| rename(&mut line.name));
        let party = |id: &mut String| {
            let mut pairs = self.parties.iter();
            if let Some((a, _)) = pairs.find(|(_, b)| self.b.parties[*b].id == *id) {
                id.clone_from(&self.a.parties[*a].id);
            }
        };
        scenario.model.investors.iter_mut().for_each(|investor| party(&mut investor.name));
        let benefits = scenario.model.benefits.iter_mut();
        benefits.flat_map(|benefit| &mut benefit.shares).for_each(|share| party(&mut share.id));
        scenario.model.savings.iter_mut().for_each(|saving| party(&mut saving.name));
        scenario.model.parties.iter_mut().for_each(|of| party(&mut of.name));
        scenario
    }

    fn priced(
        &self,
        sides: &[Side<'_>; 2],
        run: &Run<'_>,
        scenarios: Vec<Text>,
    ) -> Result<Priced, Vec<Problem>> {
        let measures = sides.each_ref().map(|side| Measure::all(side.scenario));
        let mut names: Vec<&Measure> = measures[0].iter().collect();
        names.extend(measures[1].iter().filter(|of| measures[0].iter().all(|a| a.name != of.name)));
        let mut columns = Vec::new();
        for (side, measures) in sides.iter().zip(&measures) {
            let mut wanted: Vec<Wanted> = measures.iter().map(|measure| measure.wanted).collect();
            let model = &side.scenario.model;
            let payments = model.effect.evaluations.iter().map(|at| at.payment);
            wanted.extend(payments.map(Wanted::everywhere));
            wanted.extend(outcomes_of(side).into_iter().map(|(_, _, wanted)| wanted));
            columns.push(side.columns(run.settings, run.watch, &wanted)?);
        }
        let nothing = vec![0.0; run.paths as usize];
        let by_name = |side: usize, name: &str| {
            let at = measures[side].iter().position(|measure| measure.name == name)?;
            Some(columns[side][at].as_slice())
        };
        let (mut figures, mut lines) = (Vec::new(), Vec::new());
        for measure in names {
            let [a, b] = [0, 1].map(|side| by_name(side, &measure.name));
            let other = measures[1].iter().find(|of| of.name == measure.name);
            let title = either(&measure.title, &other.unwrap_or(measure).title);
            let told = (measure.name.clone(), title, measure.counted);
            match measure.name.strip_prefix("line.") {
                Some(line) => {
                    let told = (line.to_owned(), told.1, told.2);
                    let own = |values| Some(values).flatten().or(Some(nothing.as_slice()));
                    lines.push(Compared::of(told, own(a), own(b)));
                }
                None => figures.push(Compared::of(told, a, b)),
            }
        }
        let dated = [0, 1].map(|side| {
            let contract = &sides[side].scenario.contract;
            let first = measures[side].len();
            let each = contract.evaluations.iter().enumerate();
            each.map(|(at, evaluation)| (*evaluation, columns[side][first + at].as_slice()))
                .collect::<Vec<_>>()
        });
        let dates = summed(&dated, &nothing, |evaluation| evaluation.at);
        let years = summed(&dated, &nothing, |evaluation| evaluation.fiscal_year());
        let money = |name: String, title: Text, [a, b]: &[Vec<f64>; 2]| {
            Compared::of((name, title, Counted::Money), Some(a), Some(b))
        };
        let outcomes = [0, 1].map(|side| {
            let first = measures[side].len() + dated[side].len();
            let known = outcomes_of(&sides[side]).into_iter().zip(&columns[side][first..]);
            known.map(|((id, at, _), values)| ((id, at), values.as_slice())).collect()
        });
        let total = [0, 1].map(|side| by_name(side, "payment").unwrap_or(&nothing));
        Ok(Priced {
            scenarios,
            paths: run.paths,
            seed: run.seed,
            payments: total.map(Spread::of_values),
            figures,
            lines,
            evaluations: dates
                .iter()
                .map(|(at, both)| {
                    let title = Text {
                        en: crate::contract::wording::day(*at, crate::problem::Language::En),
                        ja: crate::contract::wording::day(*at, crate::problem::Language::Ja),
                    };
                    money(at.to_string(), title, both)
                })
                .collect(),
            years: years
                .iter()
                .map(|(year, both)| {
                    let words = |language| crate::contract::wording::fiscal_year(*year, language);
                    let title = Text {
                        en: words(crate::problem::Language::En),
                        ja: words(crate::problem::Language::Ja),
                    };
                    money(year.to_string(), title, both)
                })
                .collect(),
            regions: regions::of(self, &outcomes, &dates, total),
            furthest: furthest(&outcomes, total),
        })
    }
}

/// What a run is told.
struct Run<'r> {
    settings: &'r Settings,
    watch: &'r dyn Watch,
    seed: u64,
    paths: u64,
}

/// The columns of outcomes of one side, by indicator and evaluation.
pub(super) type Outcomes<'v> = Vec<((String, Date), &'v [f64])>;

fn outcomes_of(side: &Side<'_>) -> Vec<(String, Date, Wanted)> {
    let contract = &side.scenario.contract;
    let evaluations = side.scenario.model.effect.evaluations.iter();
    let measured = evaluations.flat_map(|at| &at.outcomes);
    measured
        .map(|(position, value, available): &(usize, NodeId, NodeId)| {
            let outcome = &contract.terms.outcomes[*position];
            (
                contract.indicators[outcome.indicator].id.clone(),
                contract.evaluations[outcome.evaluation].at,
                Wanted { node: *value, where_available: Some(*available) },
            )
        })
        .collect()
}

/// Payments of both sides added up by something of their evaluation.
fn summed<K: Ord>(
    dated: &[Vec<(crate::contract::Evaluation, &[f64])>; 2],
    nothing: &[f64],
    key: impl Fn(&crate::contract::Evaluation) -> K,
) -> BTreeMap<K, [Vec<f64>; 2]> {
    let mut all: BTreeMap<K, [Vec<f64>; 2]> = BTreeMap::new();
    for (side, payments) in dated.iter().enumerate() {
        for (evaluation, values) in payments {
            let both =
                all.entry(key(evaluation)).or_insert_with(|| [nothing.to_vec(), nothing.to_vec()]);
            both[side].iter_mut().zip(*values).for_each(|(sum, value)| *sum += value);
        }
    }
    all
}

/// The paths on which `B` pays most less than `A`, and most more; none where they pay the same.
fn furthest(outcomes: &[Outcomes<'_>; 2], [a, b]: [&[f64]; 2]) -> Vec<Furthest> {
    let apart = differences(a, b);
    let extreme = |sign: f64| {
        let mut best: Option<usize> = None;
        for (path, difference) in apart.iter().enumerate() {
            let more = sign * difference > best.map_or(0.0, |best| sign * apart[best]);
            if more {
                best = Some(path);
            }
        }
        best
    };
    let told = [-1.0, 1.0].into_iter().filter_map(extreme);
    told.map(|path| {
        let mut all: Vec<(String, Date, Option<f64>)> = Vec::new();
        for ((id, at), values) in outcomes.iter().flatten() {
            if all.iter().all(|(known, on, _)| (known, on) != (id, at)) {
                let value = Some(values[path]).filter(|value| !value.is_nan());
                all.push((id.clone(), *at, value));
            }
        }
        Furthest { path: path as u64, a: a[path], b: b[path], outcomes: all }
    })
    .collect()
}

/// What is said of a pair of inputs that do not go together.
pub(super) fn whole(contract: &Contract) -> crate::problem::Place {
    Source::new(contract.file.as_str(), "").whole()
}
