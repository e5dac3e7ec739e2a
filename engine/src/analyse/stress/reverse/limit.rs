//! What a figure is not to fall below.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::analyse::Measure;
use crate::analyse::stress::compare::{RESULT, has_result};
use crate::problem::{Problem, Source, Text, did_you_mean, say};
use crate::scenario::Scenario;

/// A figure and its limit, as they are written: `net=0`.
///
/// ```
/// use engine::analyse::stress::LimitWritten;
/// assert!(LimitWritten::parse("net = 1_000_000").is_ok());
/// assert!(LimitWritten::parse("net").is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitWritten {
    /// The name of the figure.
    pub figure: String,
    /// What its mean is to reach.
    pub below: Decimal,
}

impl LimitWritten {
    /// Reads `net=0`.
    ///
    /// # Errors
    /// What was expected instead.
    pub fn parse(written: &str) -> Result<LimitWritten, Text> {
        let expected = || {
            say!(
                "a figure and a number, such as net=0 or payment=20_000_000",
                "net=0 や payment=20_000_000 のような指標値と数"
            )
        };
        let (figure, below) = written.split_once('=').ok_or_else(expected)?;
        let below = below.trim().replace(['_', ','], "").parse().map_err(|_| expected())?;
        match figure.trim() {
            "" => Err(expected()),
            figure => Ok(LimitWritten { figure: figure.to_owned(), below }),
        }
    }
}

/// What the mean of a figure is to reach.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// The figure.
    pub measure: Measure,
    /// The limit, in its unit.
    pub below: f64,
}

impl Limit {
    /// A party loses: it is left with less than nothing; an investor, with less than it paid.
    ///
    /// # Errors
    /// A party of which no result is told.
    pub fn loss_of(scenario: &Scenario, party: &str) -> Result<Limit, Problem> {
        // What an investor loses is money, whatever it is worth by the time it comes back.
        let gain = scenario.model.investors.iter().any(|investor| investor.name == party);
        if gain {
            let measure = Measure::named(scenario, &format!("gain.{party}"))?;
            return Ok(Limit { measure, below: 0.0 });
        }
        let all: Vec<Measure> = (Measure::all(scenario).into_iter())
            .filter(|measure| has_result(scenario, measure))
            .collect();
        let name = format!("{RESULT}{party}");
        let own = scenario.model.parties.iter().find(|own| own.name == party);
        if own.is_some_and(|own| !own.loss_is_known()) {
            return Err(Problem::error(
                "costs-unstated",
                say!(
                    "what the programme costs `{party}` is not stated, so whether it loses is not known",
                    "`{party}` の費用が契約に書かれていないため、損をするかどうかは分かりません"
                ),
            )
            .help(say!(
                "state it in the contract, cost(\"delivery\", …), or ask for a least receipt: --below {name}=15_000_000",
                "契約に cost(\"delivery\", …) で書くか、受取額の下限を指定してください: --below {name}=15_000_000"
            ))
            .at(Source::new(scenario.contract.file.as_str(), "").whole()));
        }
        if let Some(measure) = all.iter().find(|measure| measure.name == name) {
            return Ok(Limit { measure: measure.clone(), below: 0.0 });
        }
        let known: Vec<&str> =
            all.iter().filter_map(|measure| measure.name.strip_prefix(RESULT)).collect();
        let problem = Problem::error(
            "unknown-party",
            say!(
                "there is no party `{party}` with a result of its own",
                "`{party}` という、損益を計算する当事者はいません"
            ),
        )
        .expected(Text::from(known.join(", ")))
        .at(Source::new(scenario.file.as_str(), "").whole());
        Err(match did_you_mean(party, known) {
            Some(near) => problem.help(near),
            None => problem.help(say!(
                "a payer, a provider or an investor of the contract",
                "契約の支払者、提供者、資金提供者のいずれかの識別子です"
            )),
        })
    }

    /// As it is written.
    ///
    /// # Errors
    /// A figure that the scenario does not have, or that not every path has.
    pub fn of(scenario: &Scenario, written: &LimitWritten) -> Result<Limit, Problem> {
        let measure = Measure::named(scenario, &written.figure)?;
        if measure.wanted.where_available.is_some() {
            let name = &measure.name;
            return Err(Problem::error(
                "not-on-every-path",
                say!("not every path has `{name}`", "`{name}` のないパスがあります"),
            )
            .expected(say!("a figure that every path has", "すべてのパスにある指標値"))
            .help(say!(
                "take the investor's result or multiple instead of its rate: result.…=0, multiple.…=1",
                "収益率の代わりに損益か回収倍率を使ってください: result.…=0、multiple.…=1"
            ))
            .at(Source::new(scenario.file.as_str(), "").whole()));
        }
        Ok(Limit { measure, below: written.below.to_f64().unwrap_or_default() })
    }
}
