//! A first look at every contract of a portfolio: what there is to sum up, and whether it goes together.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rayon::prelude::*;
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
    /// The shared cells: names, titles, and how many contracts have them.
    pub(super) shared: Vec<(String, Text, u64)>,
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
    /// Whether it says what is saved.
    pub(super) benefits_stated: bool,
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
    file: String,
    currency: String,
    from: Date,
    /// The yearly rate, and the first year that is discounted.
    discount: (f64, u64),
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
        super::super::run::countable(paths).map_err(|problem| vec![problem])?;
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
            benefits_stated: !scenario.model.benefits.is_empty(),
            investors: investors.iter().map(|of| (of.name.clone(), of.title.clone())).collect(),
            digest: *digest,
            scales: tallies.iter().map(Tally::scale).collect(),
        },
        first: keys.into_iter().zip(sums).collect(),
        shared,
        file: scenario.file.clone(),
        currency: contract.currency.clone(),
        from: contract.from,
        discount: (scenario.discount_rate, scenario.discount_from_year),
    })
}

/// What was seen so far.
struct Fold<'p> {
    portfolio: &'p Portfolio,
    problems: Vec<Problem>,
    /// Each shared cell with the first contract that has it, and how many do.
    shared: Vec<(SharedCell, String, u64)>,
    first: BTreeMap<Amount, Vec<f64>>,
    /// Currency and discounting, and of which contract; the first day of all.
    seen: Option<(String, (f64, u64), String, Date)>,
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
        let Self { problems, .. } = self;
        let place = || Source::new(seen.file.as_str(), "").whole();
        match &mut self.seen {
            None => self.seen = Some((seen.currency, seen.discount, name.clone(), seen.from)),
            Some((currency, discount, first, from)) => {
                *from = (*from).min(seen.from);
                if *currency != seen.currency {
                    problems.push(
                        differs(say!("currency", "通貨"), first, &name)
                            .found(Text::from(seen.currency))
                            .expected(Text::from(currency.as_str()))
                            .help(say!(
                                "only amounts of one currency can be summed: make a portfolio for each",
                                "合計できるのは同じ通貨の金額だけです。通貨ごとに分けてください"
                            ))
                            .at(place()),
                    );
                }
                if discount.0 != seen.discount.0 {
                    let rate = discount.0;
                    problems.push(
                        differs(say!("discount rate", "割引率"), first, &name)
                            .found(Text::from(seen.discount.0.to_string()))
                            .expected(Text::from(rate.to_string()))
                            .help(say!(
                                "state one for all contracts in portfolio.toml: discount_rate = {rate}",
                                "全契約の割引率を portfolio.toml に書いてください: discount_rate = {rate}"
                            ))
                            .at(place()),
                    );
                } else if discount.1 != seen.discount.1 && discount.0 != 0.0 {
                    let year = discount.1;
                    problems.push(
                        differs(say!("first discounted year", "割引を始める年"), first, &name)
                            .found(Text::from(seen.discount.1.to_string()))
                            .expected(Text::from(year.to_string()))
                            .help(say!(
                                "state one for all contracts in portfolio.toml: discount_from_year = {year}",
                                "全契約に共通の年を portfolio.toml に書いてください: discount_from_year = {year}"
                            ))
                            .at(place()),
                    );
                }
            }
        }
        for cell in seen.shared {
            match self.shared.iter_mut().find(|(known, ..)| known.name == cell.name) {
                None => self.shared.push((cell, name.clone(), 1)),
                Some((known, _, count)) if known.is_that_of(&cell) => {
                    known.values.extend(cell.values);
                    *count += 1;
                }
                Some((known, first, _)) => {
                    problems.push(shared_differs(&cell, known, first, &name))
                }
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
            .filter(|name| self.shared.iter().all(|(cell, ..)| cell.name != **name));
        for name in missing.filter(|_| self.problems.is_empty()).collect::<Vec<_>>() {
            self.problems.push(
                Problem::error(
                    "unknown-cell",
                    say!(
                        "no contract has a cell `{name}` to share",
                        "`{name}` というセルを持つ契約がありません"
                    ),
                )
                .help(say!(
                    "name a cell of [assume] or [assume.each] as the scenarios write it, or lay one over them with `patches`",
                    "シナリオの [assume]・[assume.each] にあるセルの名前をそのまま書くか、`patches` で加えてください"
                ))
                .at(self.portfolio.shared_place.clone()),
            );
        }
        let seen = self.seen.filter(|_| self.problems.is_empty());
        let Some((currency, (rate, _), _, from)) = seen else { return Err(self.problems) };
        let (amounts, first) = self.first.into_iter().unzip();
        Ok(Survey {
            title: self.portfolio.title.clone(),
            currency,
            paths,
            seed,
            rate,
            from,
            shared: (self.shared.into_iter())
                .map(|(cell, _, count)| (cell.name, cell.title, count))
                .collect(),
            members: self.members,
            amounts,
            first,
            investors: self.investors,
        })
    }
}

/// Two contracts that do not go together.
fn differs(what: Text, first: &str, name: &str) -> Problem {
    Problem::error(
        "contracts-differ",
        say!(
            "`{name}` has another {} than `{first}`",
            "`{name}` と `{first}` の{}が異なります",
            what
        ),
    )
}

/// A shared cell that is another one in another contract.
fn shared_differs(cell: &SharedCell, known: &SharedCell, first: &str, name: &str) -> Problem {
    let cell_name = &cell.name;
    let problem = Problem::error(
        "shared-differs",
        say!(
            "the shared cell `{cell_name}` is not the same in `{first}` and in `{name}`",
            "共有のセル `{cell_name}` が `{first}` と `{name}` で異なります"
        ),
    )
    .at(cell.place.clone());
    let [told, expected] = [cell, known].map(|cell| match &cell.is.1 {
        Some(no_effect) => format!("{} (no_effect: {no_effect})", cell.is.0),
        None => cell.is.0.clone(),
    });
    if told != expected {
        return problem.found(Text::from(told)).expected(Text::from(expected)).help(say!(
            "state it once, in a patch that portfolio.toml lays over every scenario: patches = [\"…\"]",
            "全シナリオに重ねるパッチに一度だけ書いてください（portfolio.toml の patches = [\"…\"]）"
        ));
    }
    // Written alike, it takes other values in the same fiscal year.
    problem.found(Text::from(told)).help(say!(
        "it is written alike, but takes other values: it counts evaluations (`t`, `before`), reads another table, or is correlated otherwise; state it by calendar alone, with the same table and correlations",
        "書き方は同じでも値が異なります。評価の回数（`t`、`before`）を数えているか、別の表を読んでいるか、相関が異なります。暦だけで決まるように書き、表と相関をそろえてください"
    ))
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
