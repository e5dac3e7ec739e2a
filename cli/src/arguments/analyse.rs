//! What the analyses take: reports, searches, sensitivity, comparisons, information, stresses.

use clap::{ArgGroup, Args, ValueEnum};
use engine::analyse::sensitivity::{AxisAsked, GridAsked, Steps};
use engine::analyse::stress::LimitWritten;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::values::{Expected, amount, at_least_one, date, plain};
use super::{FilesArguments, RunArguments};

/// What `report` takes.
#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    /// The scenario, such as scenarios/my-contract.toml
    pub(crate) scenario: String,

    /// Whose report: `payer`, `provider`, `investor` or `evaluator`
    #[arg(id = "report_for", long = "for", value_name = "ROLE", hide_possible_values = true)]
    pub(crate) reported: Reported,

    /// One party of that role, by its identifier or its name; all of them unless given
    #[arg(long, value_name = "PARTY")]
    pub(crate) party: Option<String>,

    #[command(flatten)]
    pub(crate) run: RunArguments,

    /// For the investor: files that each patch the scenario, to be told beside it on the same random
    /// numbers; may be repeated
    #[arg(long = "with", value_name = "FILE", num_args = 1..)]
    pub(crate) with: Vec<String>,

    /// For the evaluator: how often a two-sided test may find an effect that is not there
    #[arg(long, value_name = "P", default_value = "0.05", value_parser = probability)]
    pub(crate) alpha: f64,

    /// For the evaluator: how often a test is to find an effect that is there
    #[arg(long, value_name = "P", default_value = "0.8", value_parser = probability)]
    pub(crate) power: f64,

    #[command(flatten)]
    pub(crate) files: FilesArguments,
}

/// Whose report is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Reported {
    /// Who pays.
    Payer,
    /// Who is paid.
    Provider,
    /// Who finances.
    Investor,
    /// Who measures.
    Evaluator,
}

/// What `design` takes.
#[derive(Debug, Args)]
pub(crate) struct DesignArguments {
    /// The design file: the scenario, what may vary, what is wanted, what is aimed at
    pub(crate) design: String,

    /// How many sets of values to try, instead of the file's number
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) candidates: Option<u64>,

    #[command(flatten)]
    pub(crate) run: RunArguments,

    /// Write every set of values that was tried as a row of this CSV file too
    #[arg(long, value_name = "FILE")]
    pub(crate) tried: Option<String>,
}

/// What `sensitivity` takes.
#[derive(Debug, Args)]
pub(crate) struct SensitivityArguments {
    /// The scenario, such as scenarios/my-contract.toml
    pub(crate) scenario: String,

    /// The figure, such as payment, net, line.X or benefit.X; net unless given, or payment where
    /// the scenario has no benefits
    #[arg(long, value_name = "NAME")]
    pub(crate) figure: Option<String>,

    /// Look at the chance that the figure is above this, in the place of its mean
    #[arg(long, value_name = "X", value_parser = number, allow_hyphen_values = true)]
    pub(crate) above: Option<Decimal>,

    /// Look at the chance that the figure is below this, in the place of its mean
    #[arg(
        long,
        value_name = "X",
        value_parser = number,
        allow_hyphen_values = true,
        conflicts_with = "above"
    )]
    pub(crate) below: Option<Decimal>,

    /// Divide the figure's variance: Sobol' indices, at the cost of a run for each factor
    #[arg(long)]
    pub(crate) sobol: bool,

    /// The figure over values of two cells or parameters, such as uptake,top_step; values may be
    /// stated as effect=0:6:7, seven from 0 to 6; may be repeated
    #[arg(long, value_name = "A,B", value_parser = grid)]
    pub(crate) grid: Vec<GridAsked>,

    #[command(flatten)]
    pub(crate) run: RunArguments,

    #[command(flatten)]
    pub(crate) files: FilesArguments,
}

/// What `compare` takes.
#[derive(Debug, Args)]
pub(crate) struct CompareArguments {
    /// The first contract, or a scenario of it
    #[arg(value_name = "A")]
    pub(crate) a: String,

    /// The second contract, or a scenario of it
    #[arg(value_name = "B")]
    pub(crate) b: String,

    /// The scenario under which both contracts are priced
    #[arg(id = "scenario_of_both", long = "scenario", value_name = "FILE")]
    pub(crate) scenario: Option<String>,

    /// Files of measured data or of an evaluator's figures, to settle both contracts on; may be repeated
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "compared_ledger")]
    pub(crate) evidence: Vec<String>,

    /// The evaluation to settle; every one that the evidence covers unless given
    #[arg(id = "compared_at", long = "at", value_name = "DATE", value_parser = date, requires = "evidence")]
    pub(crate) at: Option<Date>,

    /// The ledger whose settlements are computed again under both contracts
    #[arg(id = "compared_ledger", long = "ledger", value_name = "FILE")]
    pub(crate) ledger: Option<String>,

    #[command(flatten)]
    pub(crate) run: RunArguments,

    #[command(flatten)]
    pub(crate) files: FilesArguments,
}

/// What `information` takes.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("sizes").multiple(true))]
pub(crate) struct InformationArguments {
    /// The scenario, such as scenarios/my-contract.toml
    pub(crate) scenario: String,

    /// What is decided about: signing leaves this figure, not signing 0
    #[arg(id = "decided_figure", long = "figure", value_name = "FIGURE", default_value = "net")]
    pub(crate) figure: String,

    /// Another option: a scenario, or a patch of this one; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) against: Vec<String>,

    /// Cells that would be known together, such as effect,uptake; may be repeated. Each uncertain
    /// cell alone unless given
    #[arg(long, value_name = "CELLS", value_parser = group)]
    pub(crate) of: Vec<Group>,

    /// How many decisions like this one the information serves
    #[arg(long, value_name = "N", default_value = "1", value_parser = at_least_one)]
    pub(crate) times: u64,

    /// What if so many people were measured, such as 200,400
    #[arg(long, value_name = "N,N", value_delimiter = ',', value_parser = at_least_one, group = "sizes")]
    pub(crate) people: Vec<u64>,

    /// What if so many more people were measured than the scenario says, such as 200
    #[arg(long, value_name = "N,N", value_delimiter = ',', value_parser = at_least_one, group = "sizes")]
    pub(crate) more: Vec<u64>,

    /// The indicators that are measured on more people; all that are sampled unless given
    #[arg(long, value_name = "INDICATORS", value_delimiter = ',', requires = "sizes")]
    pub(crate) indicator: Vec<String>,

    /// The evaluation that measures more people; every one unless given
    #[arg(id = "measured_at", long = "at", value_name = "DATE", value_parser = date, requires = "sizes")]
    pub(crate) at: Option<Date>,

    /// What measuring one person once costs
    #[arg(long, value_name = "AMOUNT", default_value = "0", value_parser = amount, requires = "sizes")]
    pub(crate) cost: Decimal,

    /// What changing the evaluation costs, whatever the number of people
    #[arg(long, value_name = "AMOUNT", default_value = "0", value_parser = amount, requires = "sizes")]
    pub(crate) cost_fixed: Decimal,

    #[command(flatten)]
    pub(crate) run: RunArguments,
}

/// Cells that would be known together.
#[derive(Debug, Clone)]
pub(crate) struct Group(pub(crate) Vec<String>);

/// What `stress` takes.
#[derive(Debug, Args)]
pub(crate) struct StressArguments {
    /// The scenario, such as scenarios/my-contract.toml
    pub(crate) scenario: String,

    /// Patch files, each a stress, or folders of them; those of the folder stress/my-contract beside
    /// the scenario unless given
    #[arg(value_name = "PATCH")]
    pub(crate) patches: Vec<String>,

    #[command(flatten)]
    pub(crate) run: RunArguments,

    /// The figures to tell, such as net or result.city, instead of the usual ones
    #[arg(id = "figures", long = "figure", value_name = "NAME", num_args = 1.., conflicts_with_all = ["reverse", "reverse_below"])]
    pub(crate) figures: Vec<String>,

    /// Find the mildest change of the uncertain cells with which this party loses on average, by its
    /// identifier or its name; patches that are named are put on first
    #[arg(long, value_name = "PARTY")]
    pub(crate) reverse: Option<String>,

    /// The same for any figure and limit, such as net=0
    #[arg(id = "reverse_below", long = "below", value_name = "FIGURE=VALUE", value_parser = limit, conflicts_with = "reverse")]
    pub(crate) below: Option<LimitWritten>,

    #[command(flatten)]
    pub(crate) files: FilesArguments,
}

fn group(written: &str) -> Result<Group, Expected> {
    let names: Vec<String> =
        written.split([',', '、']).map(|name| name.trim().to_owned()).collect();
    if names.iter().any(String::is_empty) {
        return Err(Expected(text!(
            "the names of cells such as effect,uptake",
            "effect,uptake のようなセルの名前"
        )));
    }
    Ok(Group(names))
}

/// A part between 0 and 1: `0.05`, or `5%`.
fn probability(written: &str) -> Result<f64, Expected> {
    let (digits, whole) = match written.strip_suffix('%') {
        Some(digits) => (digits, 100.0),
        None => (written, 1.0),
    };
    let value: Option<f64> = digits.parse().ok().map(|value: f64| value / whole);
    value.filter(|value| *value > 0.0 && *value < 1.0).ok_or_else(|| {
        Expected(text!(
            "a number above 0 and below 1 such as 0.05",
            "0.05 のような、0 より大きく 1 より小さい数"
        ))
    })
}

fn limit(written: &str) -> Result<LimitWritten, Expected> {
    LimitWritten::parse(written).map_err(Expected)
}

fn number(written: &str) -> Result<Decimal, Expected> {
    plain(written).parse().map_err(|_| {
        Expected(text!("a number such as 0 or -5_000_000", "0 や -5_000_000 のような数"))
    })
}

/// The most values a side of a grid may have.
const GRID_MOST: u32 = 50;

fn grid(written: &str) -> Result<GridAsked, Expected> {
    let sides = || {
        Expected(text!(
            "two cells or parameters, such as uptake,effect or effect=0:6:7,top_step",
            "二つのセルかパラメータ。例 uptake,effect や effect=0:6:7,top_step"
        ))
    };
    let steps = || {
        Expected(text!(
            "values as low:high:count, from 2 to {GRID_MOST} of them: effect=0:6:7",
            "値は 下限:上限:個数（2 個から {GRID_MOST} 個）。例 effect=0:6:7"
        ))
    };
    let side = |written: &str| -> Result<AxisAsked, Expected> {
        let (name, values) = match written.split_once('=') {
            None => (written, None),
            Some((name, values)) => (name, Some(values)),
        };
        if name.trim().is_empty() {
            return Err(sides());
        }
        let values = values.map(|values| {
            let parts: Vec<&str> = values.split(':').map(str::trim).collect();
            let [low, high, count] = parts[..] else { return Err(steps()) };
            let (low, high) =
                (number(low).map_err(|_| steps())?, number(high).map_err(|_| steps())?);
            let count: u32 = plain(count).parse().map_err(|_| steps())?;
            if low >= high || !(2..=GRID_MOST).contains(&count) {
                return Err(steps());
            }
            Ok(Steps { low, high, count })
        });
        Ok(AxisAsked { name: name.trim().to_owned(), steps: values.transpose()? })
    };
    match written.split(',').collect::<Vec<_>>()[..] {
        [down, across] => Ok(GridAsked([side(down)?, side(across)?])),
        _ => Err(sides()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_has_two_sides() {
        let GridAsked([down, across]) = grid("effect=0:6_000:7, top").unwrap();
        let steps = Steps { low: Decimal::ZERO, high: Decimal::from(6_000), count: 7 };
        assert_eq!((down.name.as_str(), down.steps), ("effect", Some(steps)));
        assert_eq!((across.name.as_str(), across.steps), ("top", None));
        for wrong in ["effect", "a,b,c", "a,", "a=1,b", "a=2:1:3,b", "a=1:2:1,b", "a=1:2:51,b"] {
            assert!(grid(wrong).is_err(), "{wrong}");
        }
    }
}
