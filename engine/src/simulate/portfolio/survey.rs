//! A first look at every contract of a portfolio: what there is to sum up, and whether it goes together.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rayon::prelude::*;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use super::super::pass::BLOCK;
use super::super::summary::Scale;
use super::super::{Settings, Watch};
use super::member::{Amount, Loaded, Running, SharedCell, Shelf, amounts, shared_cells};
use super::read::Portfolio;
use super::tally::Tally;
use crate::problem::{Problem, Source, Text, say};

/// How many contracts are looked at together, for each thread.
pub(super) const TOGETHER: usize = 4;

/// Problems beyond this number are not looked for.
const PROBLEMS_MOST: usize = 20;

/// What is known of a portfolio before it is run; the same on every machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Survey {
    pub(super) title: Text,
    pub(super) currency: String,
    pub(super) paths: u64,
    pub(super) seed: u64,
    /// At which yearly rate amounts are brought to one day.
    pub(super) rate: f64,
    /// To which: the first day of the first contract.
    pub(super) from: Date,
    /// The shared cells: names and titles.
    pub(super) shared: Vec<(String, Text)>,
    pub(super) members: Vec<Surveyed>,
    /// What is summed over the contracts, in order.
    pub(super) amounts: Vec<Amount>,
    /// The sums on the first block of paths, amount by amount.
    pub(super) first: Vec<Vec<f64>>,
    /// The investors.
    pub(super) investors: Vec<(String, Text)>,
}

/// What is known of a contract.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Surveyed {
    pub(super) name: String,
    pub(super) contract: String,
    pub(super) title: Text,
    pub(super) scenario: Text,
    pub(super) seed: u64,
    /// Whether it says what is without effect.
    pub(super) no_effect_stated: bool,
    pub(super) investors: Vec<(String, Text)>,
    /// A hash of everything it was read from.
    pub(super) digest: [u8; 32],
    /// How its own figures become whole numbers.
    pub(super) scales: Vec<Scale>,
}

/// A contract as it was seen, with its sums on the first block.
struct Seen {
    surveyed: Surveyed,
    first: BTreeMap<Amount, Vec<f64>>,
    shared: Vec<SharedCell>,
    currency: String,
    from: Date,
    rate: f64,
}

impl Survey {
    /// Looks at every contract.
    pub(super) fn of(
        portfolio: &Portfolio,
        shelf: &Shelf<'_>,
        settings: &Settings,
        watch: &dyn Watch,
    ) -> Result<Survey, Vec<Problem>> {
        let paths = settings.paths.unwrap_or(portfolio.paths);
        let seed = settings.seed.unwrap_or(portfolio.seed);
        let mut fold = Fold {
            portfolio,
            problems: Vec::new(),
            shared: Vec::new(),
            first: BTreeMap::new(),
            seen: None,
            members: Vec::new(),
            investors: Vec::new(),
        };
        let all: Vec<usize> = (0..portfolio.members.len()).collect();
        for batch in all.chunks(TOGETHER * rayon::current_num_threads()) {
            if watch.should_stop() {
                return Err(vec![stopped()]);
            }
            match shelf.of(batch.iter().copied()) {
                Err(problems) => fold.problems.extend(problems),
                Ok(loaded) => {
                    let see = |at: &usize| {
                        let entry = portfolio.members[*at].entry;
                        see((portfolio, seed, paths), *at, &loaded[&entry])
                    };
                    let seen: Vec<Result<Seen, Problem>> = batch.par_iter().map(see).collect();
                    seen.into_iter().for_each(|seen| fold.add(seen));
                }
            }
            if fold.problems.len() >= PROBLEMS_MOST {
                break;
            }
        }
        fold.survey(seed, paths)
    }

    /// Where an amount is among those that are summed.
    pub(super) fn position(&self, amount: &Amount) -> usize {
        self.amounts
            .binary_search(amount)
            .unwrap_or_else(|_| unreachable!("every amount was surveyed"))
    }

    /// How many blocks there are.
    pub(super) fn blocks(&self) -> u64 {
        self.paths.div_ceil(BLOCK)
    }
}

pub(super) fn stopped() -> Problem {
    Problem::error("stopped", say!("the run was stopped", "試算を中止しました"))
}

/// Looks at one contract.
fn see(
    (portfolio, seed, paths): (&Portfolio, u64, u64),
    at: usize,
    Loaded { scenario, digest, .. }: &Loaded,
) -> Result<Seen, Problem> {
    let member = &portfolio.members[at];
    let keys: Vec<Amount> = amounts(scenario).into_keys().collect();
    let position = |amount: &Amount| keys.binary_search(amount).unwrap_or_default();
    let running = Running::new((portfolio, seed, paths), at, scenario, position)?;
    let mut workspace = running.workspace();
    let count = paths.min(BLOCK) as usize;
    let mut sums = vec![vec![0.0; count]; keys.len()];
    running.run(0, &mut workspace, &mut sums).map_err(|fault| running.problem(fault))?;
    let tallies = running.tallies(&workspace);
    let shared = match portfolio.shared.is_empty() {
        true => Vec::new(),
        false => shared_cells((portfolio, seed, count), at, scenario)?,
    };
    let contract = &scenario.contract;
    let investors = &scenario.model.investors;
    Ok(Seen {
        surveyed: Surveyed {
            name: member.name.clone(),
            contract: contract.id.clone(),
            title: contract.title.clone(),
            scenario: scenario.title.clone(),
            seed: member.seed(seed),
            no_effect_stated: scenario.assumptions.iter().any(|cell| cell.no_effect.is_some()),
            investors: investors.iter().map(|of| (of.name.clone(), of.title.clone())).collect(),
            digest: *digest,
            scales: tallies.iter().map(Tally::scale).collect(),
        },
        first: keys.into_iter().zip(sums).collect(),
        shared,
        currency: contract.currency.clone(),
        from: contract.from,
        rate: scenario.discount_rate,
    })
}

/// What was seen so far.
struct Fold<'p> {
    portfolio: &'p Portfolio,
    problems: Vec<Problem>,
    /// Each shared cell with the first contract that has it.
    shared: Vec<(SharedCell, String)>,
    first: BTreeMap<Amount, Vec<f64>>,
    /// Currency and rate, and of which contract; the first day of all.
    seen: Option<(String, f64, String, Date)>,
    members: Vec<Surveyed>,
    investors: Vec<(String, Text)>,
}

impl Fold<'_> {
    fn add(&mut self, seen: Result<Seen, Problem>) {
        let seen = match seen {
            Ok(seen) => seen,
            Err(problem) => {
                // Copies of one scenario have the same problems.
                let known =
                    |known: &Problem| known.id == problem.id && known.place == problem.place;
                if !self.problems.iter().any(known) {
                    self.problems.push(problem);
                }
                return;
            }
        };
        let name = seen.surveyed.name.clone();
        let Self { portfolio, problems, .. } = self;
        let place = || Source::new(portfolio.folder.as_str(), "").whole();
        match &mut self.seen {
            None => self.seen = Some((seen.currency, seen.rate, name.clone(), seen.from)),
            Some((currency, rate, first, from)) => {
                *from = (*from).min(seen.from);
                if *currency != seen.currency {
                    problems.push(differs("currency", first, &name).found(Text::from(seen.currency)).expected(Text::from(currency.as_str())).help(say!(
                        "only amounts of one currency can be summed: make a portfolio for each",
                        "合計できるのは同じ通貨の金額だけです。通貨ごとに分けてください"
                    )).at(place()));
                }
                if *rate != seen.rate && portfolio.discount_rate.is_none() {
                    problems.push(differs("discount_rate", first, &name).found(Text::from(seen.rate.to_string())).expected(Text::from(rate.to_string())).help(say!(
                        "state in portfolio.toml at which rate amounts are brought to one day: discount_rate = {rate}",
                        "金額を同じ日の価値に直す率を portfolio.toml に書いてください: discount_rate = {rate}"
                    )).at(place()));
                }
            }
        }
        for cell in seen.shared {
            match self.shared.iter().find(|(known, _)| known.name == cell.name) {
                None => self.shared.push((cell, name.clone())),
                Some((known, first)) if known.is != cell.is || known.values != cell.values => {
                    let told = |cell: &SharedCell| Text::from(cell.is.0.as_str());
                    let cell_name = &cell.name;
                    problems.push(
                        Problem::error(
                            "shared-differs",
                            say!(
                                "the shared cell `{cell_name}` is not the same in `{first}` and in `{name}`",
                                "共有のセル `{cell_name}` が `{first}` と `{name}` で異なります"
                            ),
                        )
                        .found(told(&cell))
                        .expected(told(known))
                        .help(say!(
                            "state it once, in a patch that portfolio.toml lays over every scenario: patches = [\"…\"]",
                            "全シナリオに重ねるパッチに一度だけ書いてください（portfolio.toml の patches = [\"…\"]）"
                        ))
                        .at(place()),
                    );
                }
                Some(_) => {}
            }
        }
        for (id, title) in &seen.surveyed.investors {
            match self.investors.iter().find(|(known, _)| known == id) {
                None => self.investors.push((id.clone(), title.clone())),
                Some((_, known)) if known != title => problems.push(
                    Problem::error(
                        "investor-differs",
                        say!(
                            "the investor `{id}` has another name in `{name}` than in contracts before it",
                            "資金提供者 `{id}` の名称が、`{name}` とそれより前の契約で異なります"
                        ),
                    )
                    .found(title.clone())
                    .expected(known.clone())
                    .help(say!(
                        "an investor is the same in all contracts that call it by the same identifier: give others another",
                        "同じ識別子の資金提供者は、どの契約でも同じ者とみなします。別の者には別の識別子を付けてください"
                    ))
                    .at(place()),
                ),
                Some(_) => {}
            }
        }
        for (amount, values) in seen.first {
            match self.first.get_mut(&amount) {
                None => drop(self.first.insert(amount, values)),
                Some(sums) => sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value),
            }
        }
        self.members.push(seen.surveyed);
    }

    fn survey(mut self, seed: u64, paths: u64) -> Result<Survey, Vec<Problem>> {
        let missing = self
            .portfolio
            .shared
            .iter()
            .filter(|name| self.shared.iter().all(|(cell, _)| cell.name != **name));
        for name in missing.filter(|_| self.problems.is_empty()).collect::<Vec<_>>() {
            self.problems.push(
                Problem::error(
                    "unknown-cell",
                    say!(
                        "no contract has a cell `{name}` to share",
                        "`{name}` というセルを持つ契約がありません"
                    ),
                )
                .at(self.portfolio.shared_place.clone()),
            );
        }
        let Some((currency, rate, _, from)) = self.seen.filter(|_| self.problems.is_empty()) else {
            return Err(self.problems);
        };
        let stated = self.portfolio.discount_rate.and_then(|rate| rate.to_f64());
        let (amounts, first) = self.first.into_iter().unzip();
        Ok(Survey {
            title: self.portfolio.title.clone(),
            currency,
            paths,
            seed,
            rate: stated.unwrap_or(rate),
            from,
            shared: self.shared.into_iter().map(|(cell, _)| (cell.name, cell.title)).collect(),
            members: self.members,
            amounts,
            first,
            investors: self.investors,
        })
    }
}

/// Two contracts that do not go together.
fn differs(what: &'static str, first: &str, name: &str) -> Problem {
    Problem::error(
        "contracts-differ",
        say!(
            "`{name}` has another {what} than `{first}`",
            "`{name}` と `{first}` の {what} が異なります"
        ),
    )
}

impl Survey {
    /// Whether it could be one: what comes from a file may say anything.
    pub(super) fn is_possible(&self) -> bool {
        let count = self.paths.min(BLOCK) as usize;
        let members = self.members.iter();
        self.paths > 0
            && !self.members.is_empty()
            && self.rate.is_finite()
            && self.amounts.len() == self.first.len()
            && self.amounts.is_sorted()
            && self.first.iter().all(|values| values.len() == count)
            && members.into_iter().all(|of| of.scales.len() == 3 + 2 * of.investors.len())
    }
}
