//! From a folder to a [`Portfolio`].

use std::sync::Arc;

use rayon::prelude::*;
use rust_decimal::Decimal;
use rustc_hash::FxHashSet;

use crate::evidence;
use crate::problem::{Place, Problem, Source, Text, say};
use crate::random::Stream;
use crate::scenario::{Document, Patch, Scenario, Section, beside};
use crate::{Files, FilesRead, PORTFOLIO_FILE, Recorded, portfolio_folder};

/// Paths when neither the portfolio nor the command says how many.
const PATHS_DEFAULT: u64 = 100_000;
/// The most contracts: what is kept of each is some kilobytes.
const CONTRACTS_MOST: u64 = 100_000;

/// What it may state, and what each `[[contract]]` may.
const ENTRIES: [&str; 8] = [
    "title",
    "paths",
    "seed",
    "discount_rate",
    "discount_from_year",
    "shared",
    "patches",
    "contract",
];
const CONTRACT_ENTRIES: [&str; 4] = ["scenario", "name", "count", "patches"];

/// Contracts that are looked at together.
///
/// A portfolio is a folder. Every TOML file in it is the scenario of a contract, unless a file
/// `portfolio.toml` beside them lists the contracts; it may also say which cells they share:
///
/// ```toml
/// title = { ja = "県内の事業", en = "Programmes of the prefecture" }
/// paths = 100_000
/// seed = 7
/// shared = ["epidemic"]                 # cells that are the same in every contract
/// patches = ["epidemic.toml"]           # laid over every scenario
///
/// [[contract]]
/// scenario = "tama.toml"
/// count = 12                            # twelve such contracts, each with its own luck
/// ```
#[derive(Debug, Clone)]
pub struct Portfolio {
    /// The folder.
    pub folder: String,
    /// What it is called; its folder where it has no title.
    pub title: Text,
    /// Number of paths.
    pub paths: u64,
    /// Seed of the random numbers.
    pub seed: u64,
    /// The yearly discount rate of all contracts, where it is stated; otherwise that of the
    /// scenarios, which must be one.
    pub discount_rate: Option<Decimal>,
    /// The names of the cells that are the same in every contract.
    pub shared: Vec<String>,
    /// The contracts.
    pub members: Vec<Member>,
    /// The scenarios, of which members that are alike share one.
    pub(super) entries: Vec<Entry>,
    /// Where a cell that is shared is named, for messages.
    pub(super) shared_place: Place,
}

/// A contract of a portfolio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name: by it its random numbers are its own, whatever other contracts there are.
    pub name: String,
    /// Its scenario, as a position among the portfolio's.
    pub(super) entry: usize,
}

impl Member {
    /// The seed of its own random numbers: `seika simulate SCENARIO --seed` with it gives the contract
    /// by itself.
    #[must_use]
    pub fn seed(&self, portfolio: u64) -> u64 {
        Stream::seed_of(portfolio, &self.name)
    }
}

/// A scenario with what is laid over it.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) scenario: String,
    pub(super) patches: Arc<Vec<Patch>>,
    /// Where it is named.
    place: Place,
}

impl Entry {
    /// Reads the scenario and its contract. A file that is not there, or is no scenario, is told where
    /// it is named.
    pub(super) fn read(&self, files: &dyn Files) -> Result<Scenario, Vec<Problem>> {
        Scenario::read_with(files, &self.scenario, &self.patches).map_err(|mut problems| {
            for problem in &mut problems {
                let no_scenario = ["unreadable-file", "wrong-kind"].contains(&problem.id);
                if no_scenario && problem.place.as_ref().is_some_and(|at| at.file == self.scenario)
                {
                    problem.place = Some(self.place.clone());
                }
            }
            problems
        })
    }
}

impl Portfolio {
    /// Reads what a folder holds; its scenarios are read when they are simulated. The folder may be
    /// named by its `portfolio.toml`.
    ///
    /// # Errors
    /// A folder that cannot be read or holds no scenario, and every problem of its `portfolio.toml`.
    pub fn read(files: &dyn Files, folder: &str) -> Result<Portfolio, Vec<Problem>> {
        let file = portfolio_folder(folder);
        let folder = match file.unwrap_or(folder) {
            "" => ".",
            folder if folder.trim_end_matches('/').is_empty() => "/",
            folder => folder.trim_end_matches('/'),
        };
        let within = |name: &str| match folder {
            "." => name.to_owned(),
            folder => format!("{}/{name}", folder.trim_end_matches('/')),
        };
        let names =
            files.list(folder).map_err(|error| vec![unreadable(folder, &error.to_string())])?;
        let scenarios: Vec<String> = names
            .iter()
            .filter(|name| {
                name.ends_with(".toml") && !name.starts_with('.') && *name != PORTFOLIO_FILE
            })
            .map(|name| within(name))
            .collect();
        // A file that is named must be there.
        let there = file.is_some() || names.iter().any(|name| name == PORTFOLIO_FILE);
        let source = match there {
            true => evidence::read_text(files, &within(PORTFOLIO_FILE))
                .map_err(|problem| vec![problem])?,
            false => Source::new(within(PORTFOLIO_FILE), ""),
        };
        let document = Document::parse_as("portfolio", &source).map_err(|problem| vec![problem])?;
        let root = document.root();
        root.known(&ENTRIES);
        let paths = root.count("paths", 1).unwrap_or(PATHS_DEFAULT);
        let seed = root.count("seed", 0).unwrap_or_default();
        let discount_rate = root.number("discount_rate");
        if discount_rate.is_some_and(|rate| rate <= -Decimal::ONE || rate > Decimal::ONE) {
            root.wrong(
                "discount_rate",
                say!("a share per year such as 0.02", "年率の割合。例 0.02"),
            );
        }
        let from_year = root.count("discount_from_year", 1);
        let title = root.has("title").then(|| root.title("title")).flatten();
        let mut reader = Reader { files, source: &source, problems: Vec::new() };
        let mut common = reader.patches(&root);
        // What is stated for all counts in each scenario, so that its own amounts are discounted so.
        let mut stated = String::new();
        if let Some(rate) = discount_rate {
            stated += &format!("discount_rate = {rate}\n");
        }
        if let Some(year) = from_year {
            stated += &format!("discount_from_year = {year}\n");
        }
        if !stated.is_empty() {
            common.push(Patch::untitled(Source::new(within(PORTFOLIO_FILE), stated)));
        }
        let shared = root.texts("shared").unwrap_or_default();
        let (mut entries, mut members) = (Vec::new(), Vec::<Member>::new());
        let mut places: Vec<Place> = Vec::new();
        let listed = root.has("contract");
        for section in root.sections("contract") {
            section.known(&CONTRACT_ENTRIES);
            if !section.has("scenario") {
                section.missing("scenario", say!("the path of a scenario", "シナリオのパス"));
                continue;
            }
            let Some(scenario) = section.text("scenario") else { continue };
            let stem = scenario.rsplit_once('.').map_or(scenario.as_str(), |(stem, _)| stem);
            let name = section.text("name").unwrap_or_else(|| stem.to_owned());
            let count = section.count("count", 1).unwrap_or(1);
            if count > CONTRACTS_MOST - members.len() as u64 {
                section.wrong(
                    "count",
                    say!(
                        "at most {CONTRACTS_MOST} contracts in all",
                        "契約は全部で {CONTRACTS_MOST} 件まで"
                    ),
                );
                continue;
            }
            let mut patches = common.clone();
            patches.extend(reader.patches(&section));
            for copy in 1..=count {
                let name = if count == 1 { name.clone() } else { format!("{name} {copy}") };
                members.push(Member { name, entry: entries.len() });
                places.push(section.here());
            }
            entries.push(Entry {
                scenario: beside(source.file(), &scenario),
                patches: Arc::new(patches),
                place: section.place("scenario"),
            });
        }
        if !listed {
            let patched: Vec<&str> = common.iter().map(Patch::file).collect();
            if scenarios.len() as u64 > CONTRACTS_MOST {
                return Err(vec![too_many(folder)]);
            }
            let own = scenarios.iter().filter(|path| !patched.contains(&path.as_str()));
            let patches = Arc::new(common.clone());
            for path in own {
                let name = path.rsplit_once('/').map_or(path.as_str(), |(_, name)| name);
                let name = name.trim_end_matches(".toml").to_owned();
                members.push(Member { name, entry: entries.len() });
                let place = Source::new(path.as_str(), "").whole();
                places.push(place.clone());
                entries.push(Entry { scenario: path.clone(), patches: patches.clone(), place });
            }
        }
        let mut problems = document.problems();
        problems.append(&mut reader.problems);
        if members.is_empty() && problems.is_empty() {
            problems.push(empty(folder));
        }
        problems.extend(same_names(&members, &places));
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Portfolio {
            folder: folder.to_owned(),
            title: title.unwrap_or_else(|| Text::from(folder)),
            paths,
            seed,
            discount_rate,
            shared_place: root.place("shared"),
            shared,
            members,
            entries,
        })
    }
}

impl Portfolio {
    /// The paths of the scenarios.
    pub fn scenarios(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.scenario.as_str())
    }

    /// The path of a contract's scenario.
    #[must_use]
    pub fn scenario_of(&self, member: &Member) -> &str {
        &self.entries[member.entry].scenario
    }

    /// The files that the portfolio in a folder is read from: what another machine needs to run it.
    ///
    /// # Errors
    /// As [`read`](Self::read), and every problem of a contract or its scenario.
    pub fn files(files: &(dyn Files + Sync), folder: &str) -> Result<FilesRead, Vec<Problem>> {
        let recorded = Recorded::new(files);
        let portfolio = Portfolio::read(&recorded, folder)?;
        let read = |entry: &Entry| -> Result<FilesRead, Vec<Problem>> {
            let recorded = Recorded::new(files);
            entry.read(&recorded)?;
            Ok(recorded.read_so_far())
        };
        let each: Vec<Result<FilesRead, Vec<Problem>>> =
            portfolio.entries.par_iter().map(read).collect();
        let (mut all, mut problems) = (recorded.read_so_far(), Vec::new());
        let mut known: FxHashSet<String> = all.iter().map(|(path, _)| path.clone()).collect();
        for read in each {
            match read {
                Ok(read) => {
                    all.extend(read.into_iter().filter(|(path, _)| known.insert(path.clone())))
                }
                Err(more) => problems.extend(more),
            }
        }
        if problems.is_empty() { Ok(all) } else { Err(problems) }
    }
}

struct Reader<'a> {
    files: &'a dyn Files,
    source: &'a Source,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    /// The patches that a section names.
    fn patches(&mut self, section: &Section<'_>) -> Vec<Patch> {
        let named = section.texts("patches").unwrap_or_default();
        let read = named.iter().filter_map(|path| {
            match Patch::read(self.files, &beside(self.source.file(), path)) {
                Ok(patch) => Some(patch),
                Err(problems) => {
                    let place = section.place("patches");
                    self.problems.extend(problems.into_iter().map(|problem| match problem.id {
                        "unreadable-file" => problem.at(place.clone()),
                        _ => problem,
                    }));
                    None
                }
            }
        });
        read.collect()
    }
}

fn unreadable(folder: &str, said: &str) -> Problem {
    Problem::error(
        "unreadable-folder",
        say!("the folder `{folder}` cannot be read", "フォルダ `{folder}` を読めません"),
    )
    .found(Text::from(said))
    .expected(say!(
        "a folder with a scenario (.toml) for each contract",
        "契約ごとのシナリオ（.toml）を置いたフォルダ"
    ))
    .at(Source::new(folder, "").whole())
}

fn empty(folder: &str) -> Problem {
    Problem::error(
        "no-contracts",
        say!("there is no scenario in `{folder}`", "`{folder}` にシナリオがありません"),
    )
    .expected(Text::from(format!("{folder}/*.toml")))
    .help(say!(
        "put a scenario there for each contract, or name them in {folder}/{PORTFOLIO_FILE}: [[contract]] and scenario = \"…\"",
        "契約ごとのシナリオをそこに置くか、{folder}/{PORTFOLIO_FILE} に [[contract]] と scenario = \"…\" で列挙してください"
    ))
    .at(Source::new(folder, "").whole())
}

fn too_many(folder: &str) -> Problem {
    Problem::error(
        "too-many-contracts",
        say!("there are too many scenarios in `{folder}`", "`{folder}` のシナリオが多すぎます"),
    )
    .expected(say!("at most {CONTRACTS_MOST}", "{CONTRACTS_MOST} 件以下"))
    .help(say!(
        "name contracts that are alike once, with `count`, or make several portfolios",
        "同じ契約は `count` でまとめるか、いくつかのポートフォリオに分けてください"
    ))
    .at(Source::new(folder, "").whole())
}

/// Contracts of one name would have the same luck.
fn same_names(members: &[Member], places: &[Place]) -> Vec<Problem> {
    let mut seen = FxHashSet::default();
    let twice = members.iter().zip(places).filter(|(member, _)| !seen.insert(member.name.as_str()));
    twice
        .map(|(Member { name, .. }, place)| {
            Problem::error(
                "same-name",
                say!("two contracts are called `{name}`", "`{name}` という契約が二つあります"),
            )
            .help(say!(
                "give each entry a `name` of its own; several contracts that are alike are one entry with `count`",
                "それぞれに別の `name` を付けてください。同じ契約を並べるときは一つの項目に `count` を書きます"
            ))
            .at(place.clone())
        })
        .collect()
}
