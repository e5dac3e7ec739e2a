//! The value of information in a scenario.

use std::sync::atomic::{AtomicU64, Ordering};

use super::cells::{Cells, each_alone};
use super::question::Question;
use super::{Choice, Decision, Found, Knowledge, Quantity, larger, worth};
use crate::Files;
use crate::analyse::sensitivity::Factor;
use crate::analyse::{Counted, Measure};
use crate::evidence;
use crate::problem::{Language, Place, Problem, Source, Text, did_you_mean, say};
use crate::scenario::document::Document;
use crate::scenario::{Patch, Scenario};
use crate::simulate::{Fresh, Settings, Wanted, Watch, columns, on_threads};

/// Answers a question about a scenario: whether to sign its contract, what it would be worth to know
/// more before that, and what a larger evaluation would add for later contracts of the same kind.
///
/// # Errors
/// A scenario that cannot be read or simulated; a figure, cell or indicator that it does not have; a
/// cell that is certain; an indicator whose model does not say how many people are measured.
pub fn ask(
    files: &dyn Files,
    path: &str,
    question: &Question,
    settings: &Settings,
    watch: &dyn Watch,
) -> Result<Found, Vec<Problem>> {
    let one = |problem| vec![problem];
    let scenario = Scenario::read(files, path)?;
    let settings = Settings {
        paths: Some(settings.paths.unwrap_or(scenario.paths)),
        seed: Some(settings.seed.unwrap_or(scenario.seed)),
        threads: settings.threads,
        ..Settings::default()
    };
    let figure = money(&scenario, &question.figure).map_err(one)?;
    let asked = groups(&scenario, &question.of)?;
    let others = others(files, path, &question.against)?;
    let sizes = match &question.evaluation {
        Some(evaluation) => Some(larger::sizes(files, path, &scenario, evaluation)?),
        None => None,
    };
    let runs = 1 + others.len() + sizes.as_ref().map_or(0, larger::Sizes::runs);
    let watch = &Runs { watch, done: AtomicU64::new(0), all: runs as u64 };
    let cells = Cells::of(&scenario);
    let mut wanted = vec![figure.wanted];
    wanted.extend(cells.nodes().map(Wanted::everywhere));
    let mut drawn = watch.columns(&scenario, &settings, &wanted, None)?;
    let quantities = cells.quantities(&scenario, drawn.split_off(1));
    let sign = drawn.remove(0);
    let mut options = vec![vec![0.0; sign.len()], sign];
    let mut choices = vec![
        ("not".to_owned(), say!("Do not sign", "締結しない")),
        ("sign".to_owned(), say!("Sign", "締結する")),
    ];
    for (file, other) in question.against.iter().zip(&others) {
        let figure = money(other, &question.figure).map_err(one)?;
        options.extend(watch.columns(other, &settings, &[figure.wanted], None)?);
        choices.push((file.clone(), other.title.clone()));
    }
    let decision =
        Decision::new(&options).map_err(|problem| one(problem.at(whole(&scenario.file))))?;
    drop(options);
    let asked = match asked {
        Some(asked) => uncertain(&scenario, &quantities, asked)?,
        None => each_alone(&quantities),
    };
    if asked.is_empty() {
        return Err(one(nothing_uncertain(&scenario)));
    }
    let title = |cells: &[String]| {
        let titles = |language| {
            let titles = cells.iter().map(|cell| scenario.cell_title(cell, language));
            titles.collect::<Vec<_>>().join(", ")
        };
        Text { en: titles(Language::En), ja: titles(Language::Ja) }
    };
    let known =
        on_threads(settings.threads, || known((&decision, &quantities), &asked, &title, watch));
    let known = known.map_err(one)?;
    let larger = match sizes {
        Some(sizes) => {
            let study = (&decision, &quantities[..], question.times);
            Some(larger::value(&sizes, &scenario, study, &settings, watch)?)
        }
        None => None,
    };
    let options = choices.into_iter().enumerate().map(|(at, (name, title))| Choice {
        name,
        title,
        mean: decision.means()[at],
        often: decision.often()[at],
    });
    let beside = Factor::beside_cells(&scenario.model, figure.wanted);
    Ok(Found {
        beside_cells: beside.iter().map(|of| of.title(&scenario)).collect(),
        contract: scenario.contract.clone(),
        title: scenario.title.clone(),
        figure,
        paths: decision.paths() as u64,
        seed: settings.seed.unwrap_or_default(),
        times: question.times,
        options: options.collect(),
        best: decision.best(),
        perfect: decision.perfect(),
        known,
        larger,
    })
}

/// A watch over several runs.
pub(super) struct Runs<'w> {
    watch: &'w dyn Watch,
    done: AtomicU64,
    all: u64,
}

impl Runs<'_> {
    /// The values of results on every path: the next run.
    pub(super) fn columns(
        &self,
        scenario: &Scenario,
        settings: &Settings,
        wanted: &[Wanted],
        fresh: Option<&Fresh>,
    ) -> Result<Vec<Vec<f64>>, Vec<Problem>> {
        let drawn = columns(scenario, settings, self, wanted, fresh);
        self.done.fetch_add(1, Ordering::Relaxed);
        drawn
    }
}

impl Watch for Runs<'_> {
    fn progress(&self, done: u64, all: u64) {
        self.watch.progress(self.done.load(Ordering::Relaxed) * all + done, self.all * all);
    }

    fn should_stop(&self) -> bool {
        self.watch.should_stop()
    }
}

/// What each group is worth; no less than any other that was asked for and that it contains.
fn known(
    (decision, quantities): (&Decision, &[Quantity]),
    asked: &[Vec<usize>],
    title: &(dyn Fn(&[String]) -> Text + Sync),
    watch: &dyn Watch,
) -> Result<Vec<Knowledge>, Problem> {
    let mut alone = Vec::with_capacity(asked.len());
    for group in asked {
        if watch.should_stop() {
            return Err(Problem::error(
                "stopped",
                say!("the analysis was stopped", "分析を中止しました"),
            ));
        }
        let worth = worth(decision, quantities, group);
        alone.push((worth.value, worth.changes));
    }
    let most = |group: &Vec<usize>| {
        let inside = asked.iter().zip(&alone);
        let inside = inside.filter(|(other, _)| other.iter().all(|at| group.contains(at)));
        let more = inside
            .map(|(_, worth)| *worth)
            .reduce(|best, other| if other.0.value > best.0.value { other } else { best });
        more.unwrap_or_else(|| unreachable!("a group contains itself"))
    };
    let told = asked.iter().zip(&alone).map(|(group, own)| {
        let (value, changes) = most(group);
        let (value, changes) = if value.value > own.0.value { (value, changes) } else { *own };
        let cells: Vec<String> = group.iter().map(|at| quantities[*at].name.clone()).collect();
        Knowledge { title: title(&cells), cells, value, changes }
    });
    Ok(told.collect())
}

/// The place of a file as a whole.
fn whole(file: &str) -> Place {
    Source::new(file, "").whole()
}

/// The figure that is decided about.
fn money(scenario: &Scenario, name: &str) -> Result<Measure, Problem> {
    let figure = Measure::named(scenario, name)?;
    if figure.counted == Counted::Money {
        return Ok(figure);
    }
    let money = Measure::all(scenario).into_iter().filter(|one| one.counted == Counted::Money);
    let names: Vec<String> = money.map(|one| one.name).collect();
    Err(Problem::error(
        "not-money",
        say!(
            "`{name}` is no amount of money, and what information is worth is one",
            "`{name}` は金額ではありません。情報の価値は金額で表します"
        ),
    )
    .expected(Text::from(names.join(", ")))
    .at(whole(&scenario.file)))
}

/// The scenarios of the other options: files of their own, or patches laid over this one.
fn others(
    files: &dyn Files,
    path: &str,
    against: &[String],
) -> Result<Vec<Scenario>, Vec<Problem>> {
    let read = |file: &String| {
        let source = evidence::read_text(files, file).map_err(|problem| vec![problem])?;
        let alone = match Document::parse(&source) {
            Ok(document) => document.root().has("base") || document.root().has("contract"),
            Err(problem) => return Err(vec![problem]),
        };
        if alone {
            return Scenario::read(files, file);
        }
        let patch = Patch::parse(source)?;
        let title = patch.title.clone();
        Ok(Scenario { title, ..Scenario::read_with(files, path, &[patch])? })
    };
    against.iter().map(read).collect()
}

/// The groups that are asked for, as positions of cells.
fn groups(
    scenario: &Scenario,
    of: &[Vec<String>],
) -> Result<Option<Vec<Vec<usize>>>, Vec<Problem>> {
    if of.is_empty() {
        return Ok(None);
    }
    let cells = Cells::of(scenario);
    let names: Vec<&str> = cells.names().collect();
    let mut problems = Vec::new();
    let mut place = |name: &String| {
        let found = names.iter().position(|known| known == name);
        if found.is_none() {
            let problem = Problem::error(
                "unknown-cell",
                say!(
                    "the scenario has no cell `{name}`",
                    "シナリオに `{name}` というセルはありません"
                ),
            )
            .expected(Text::from(names.join(", ")))
            .at(whole(&scenario.file));
            problems.push(match did_you_mean(name, names.iter().copied()) {
                Some(near) => problem.help(near),
                None => problem,
            });
        }
        found
    };
    let groups: Vec<Vec<usize>> =
        of.iter().map(|names| names.iter().filter_map(&mut place).collect()).collect();
    if problems.is_empty() { Ok(Some(groups)) } else { Err(problems) }
}

/// Refuses a cell that leaves nothing to know.
fn uncertain(
    scenario: &Scenario,
    quantities: &[Quantity],
    asked: Vec<Vec<usize>>,
) -> Result<Vec<Vec<usize>>, Vec<Problem>> {
    let mut problems = Vec::new();
    for at in asked.iter().flatten().filter(|at| !quantities[**at].is_uncertain()) {
        let name = &quantities[*at].name;
        let stated = scenario.assumptions.iter().find(|known| known.name == *name);
        problems.push(
            Problem::error(
                "certain-cell",
                say!(
                    "`{name}` is the same on every path: there is nothing to know about it",
                    "`{name}` はどのパスでも同じ値です。知るべき不確実性がありません"
                ),
            )
            .expected(say!(
                "a cell that is drawn, such as normal(3.6, 1.3), or that depends on one",
                "normal(3.6, 1.3) のように乱数で引くセル、またはそれに依存するセル"
            ))
            .at(stated.map_or_else(|| whole(&scenario.file), |known| known.place.clone())),
        );
    }
    if problems.is_empty() { Ok(asked) } else { Err(problems) }
}

fn nothing_uncertain(scenario: &Scenario) -> Problem {
    Problem::error(
        "nothing-uncertain",
        say!(
            "no cell of the scenario is uncertain: there is nothing to know",
            "シナリオに不確実なセルがありません。知るべきことがありません"
        ),
    )
    .expected(say!(
        "a cell that is drawn: [assume] effect = \"normal(3.6, 1.3)\"",
        "乱数で引くセル: [assume] effect = \"normal(3.6, 1.3)\""
    ))
    .at(whole(&scenario.file))
}
