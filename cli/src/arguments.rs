//! The command line: what may be written, and the help in English.
//!
//! The help in Japanese is in [`japanese`](crate::japanese).

mod analyse;
mod ledger;
mod serve;
mod values;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use engine::problem::Language;
use engine::report::HideUnder;
use engine::settle::Request;
use engine::simulate::{Part, Settings, Target};
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::report_files::ReportFile;

pub(crate) use analyse::{
    CompareArguments, DesignArguments, InformationArguments, ReportArguments, Reported,
    SensitivityArguments, StressArguments,
};
pub(crate) use ledger::{
    ActArguments, ByArguments, ExportArguments, ExportFormat, InitArguments, LedgerArguments,
    LedgerCommand, LedgerVerifyArguments, ShowArguments, SubmitArguments,
};
pub(crate) use serve::{AccountAddArguments, AccountCommand, RoleName, RoleOf, ServeArguments};
pub(crate) use values::{Expected, money};
use values::{amount, at_least_one, count, date, hide_under, name, part, target, threads};

/// Write an outcome-based contract once; check it, simulate it, settle it
#[derive(Debug, Parser)]
#[command(
    name = "seika",
    version,
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Print the result as JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Language of what is printed: `ja` or `en`; that of the environment unless given
    #[arg(long, global = true, value_name = "ja|en", hide_possible_values = true)]
    pub(crate) lang: Option<Lang>,

    /// Print this help
    #[arg(short, long, global = true, action = ArgAction::Help)]
    help: Option<bool>,

    /// Print the version
    #[arg(short = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,
}

/// A language, as the command line names it.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Lang {
    /// Japanese.
    Ja,
    /// English.
    En,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Ja => Language::Ja,
            Lang::En => Language::En,
        }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check a contract: its worked examples, what it can pay, likely mistakes
    Check(CheckArguments),
    /// Print a contract's terms in plain words
    Explain(ExplainArguments),
    /// Simulate what a contract pays under a scenario's assumptions
    Simulate(SimulateArguments),
    /// Tell a party what it needs to know before it signs
    Report(ReportArguments),
    /// Search a contract's parameters for terms that its parties want
    Design(DesignArguments),
    /// Tell what a figure depends on: assumptions nobody knows, and terms that can be chosen
    Sensitivity(SensitivityArguments),
    /// Lay two contracts side by side: clauses, payments, outcomes of the past
    Compare(CompareArguments),
    /// Tell what it would be worth to know more before signing, or to measure more people
    Information(InformationArguments),
    /// Tell what stresses change, each alone and all together, or how far it takes for a party to lose
    Stress(StressArguments),
    /// Simulate many contracts on the same possible futures, with the risks they share
    Portfolio(PortfolioArguments),
    /// Put the chunks of a simulation together
    Merge(MergeArguments),
    /// Compute what is owed on measured outcomes
    Settle(SettleArguments),
    /// Compute a statement again from the receipt that was handed over with it
    Verify(VerifyArguments),
    /// Keep settlements: submitted, approved by another person, paid, corrected
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// Put keys in the place of names, so that files of several departments can be linked
    Link(LinkArguments),
    /// Open a folder of contracts and scenarios in a browser
    Serve(ServeArguments),
    /// Keep the accounts of those who may open a served folder
    #[command(subcommand)]
    Account(AccountCommand),
    /// Start a contract and its scenario from a template
    New(NewArguments),
    /// Print a completion script for a shell
    Completions(CompletionsArguments),
}

/// A contract and nothing else.
#[derive(Debug, Args)]
pub(crate) struct ContractArguments {
    /// The contract script, such as scripts/contracts/my-contract.rhai
    pub(crate) contract: String,
}

/// What `explain` takes.
#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    #[command(flatten)]
    pub(crate) contract: ContractArguments,

    /// Write the terms to a page too (.html), with a diagram of each payment; it prints to A4
    #[arg(id = "report_page", long = "report", value_name = "FILE", value_parser = ReportFile::page)]
    pub(crate) report: Vec<ReportFile>,
}

/// What `check` takes.
#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// The contract script, such as scripts/contracts/my-contract.rhai
    pub(crate) contract: String,

    /// Show every finding in full, with notes and what is accepted
    #[arg(long)]
    pub(crate) all: bool,
}

/// How a scenario is run, instead of as it says.
#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// How many possible futures to draw, instead of the file's number, such as 100_000
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) paths: Option<u64>,

    /// The seed of the random numbers, instead of the file's
    #[arg(long, value_name = "N", value_parser = count)]
    pub(crate) seed: Option<u64>,

    /// How many threads to use; all cores unless given. The result is the same
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<usize>,
}

impl RunArguments {
    /// What a run changes of its scenario.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            paths: self.paths,
            seed: self.seed,
            threads: self.threads,
            ..Settings::default()
        }
    }
}

/// The files a result is written to, beside what is printed.
#[derive(Debug, Args)]
pub(crate) struct FilesArguments {
    /// Write the result to a file too: a page that prints to A4 (.html) or an Excel workbook (.xlsx),
    /// with its charts; may be repeated
    #[arg(id = "report_files", long = "report", value_name = "FILE", value_parser = ReportFile::named)]
    pub(crate) report: Vec<ReportFile>,
}

/// What `simulate` takes.
#[derive(Debug, Args)]
pub(crate) struct SimulateArguments {
    /// The scenario, such as scenarios/my-contract.toml
    pub(crate) scenario: String,

    #[command(flatten)]
    pub(crate) run: RunArguments,

    /// Let every second future mirror the one before, which makes most means more precise
    #[arg(long)]
    pub(crate) antithetic: bool,

    /// Draw until the standard error is this small: 0.1% (of the mean payment), net=1%,
    /// payment.p95=0.5% or net=100_000. `--paths` then is the most that is drawn
    #[arg(long, value_name = "[FIGURE=]ERROR", value_parser = target, conflicts_with = "chunk")]
    pub(crate) until: Option<Target>,

    /// Compute only part I of N, to be merged with the others by `seika merge`
    #[arg(
        long,
        value_name = "I/N",
        value_parser = part,
        requires = "out",
        conflicts_with = "report_files"
    )]
    pub(crate) chunk: Option<Part>,

    /// The file the chunk is written to
    #[arg(long, value_name = "FILE", requires = "chunk")]
    pub(crate) out: Option<String>,

    /// Write every possible future as a row of this CSV file too: cells, outcomes, payments
    #[arg(long, value_name = "FILE", conflicts_with = "chunk")]
    pub(crate) draws: Option<String>,

    #[command(flatten)]
    pub(crate) files: FilesArguments,
}

/// What `portfolio` takes.
#[derive(Debug, Args)]
pub(crate) struct PortfolioArguments {
    /// A folder with a scenario for each contract, or its portfolio.toml, which says what they share
    #[arg(id = "portfolio_folder", value_name = "FOLDER")]
    pub(crate) folder: String,

    #[command(flatten)]
    pub(crate) run: RunArguments,

    /// Compute only part I of N of the futures, to be merged with the others by `seika merge`
    #[arg(
        long,
        value_name = "I/N",
        value_parser = part,
        requires = "out",
        conflicts_with = "report_files"
    )]
    pub(crate) chunk: Option<Part>,

    /// The file the chunk is written to
    #[arg(long, value_name = "FILE", requires = "chunk")]
    pub(crate) out: Option<String>,

    #[command(flatten)]
    pub(crate) files: FilesArguments,
}

/// What `merge` takes.
#[derive(Debug, Args)]
pub(crate) struct MergeArguments {
    /// The files of all chunks of one run, in any order
    #[arg(required = true, value_name = "FILE")]
    pub(crate) chunks: Vec<String>,

    #[command(flatten)]
    pub(crate) files: FilesArguments,
}

/// What is to be settled.
#[derive(Debug, Args)]
pub(crate) struct RequestArguments {
    /// The contract script
    pub(crate) contract: String,

    /// Files of measured data or of an evaluator's figures (CSV, TSV, rows.xlsx#Sheet); may be repeated
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub(crate) evidence: Vec<String>,

    /// The evaluation to settle; may be left out when the contract has one
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) at: Option<Date>,

    /// What was paid before, with tax, instead of what the earlier evaluations, or the ledger, come to
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    pub(crate) paid_before: Option<Decimal>,

    /// The day on which the contract ended, where it ended early
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) ended: Option<Date>,

    /// The day on which the invoice was received, from which the term of payment counts
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) invoiced: Option<Date>,

    /// An earlier extract of the evidence, to see which values moved since; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) earlier: Vec<String>,
}

impl RequestArguments {
    /// The request, as the engine takes it.
    pub(crate) fn request(&self) -> Request {
        Request {
            evidence: self.evidence.clone(),
            at: self.at,
            paid_before: self.paid_before,
            ended: self.ended,
            invoiced: self.invoiced,
            earlier: self.earlier.clone(),
        }
    }
}

/// What `settle` takes.
#[derive(Debug, Args)]
pub(crate) struct SettleArguments {
    #[command(flatten)]
    pub(crate) request: RequestArguments,

    /// Write the statement to a file too: a page that prints to A4, to be signed (.html), or an Excel
    /// workbook with its formulas (.xlsx); may be repeated
    #[arg(id = "statement_files", long = "report", value_name = "FILE", value_parser = ReportFile::named)]
    pub(crate) report: Vec<ReportFile>,

    /// Hide counts of 1 to N-1 people, and what they could be worked out from. The page and the
    /// workbook hide counts under 10 unless this says otherwise; 0 hides none. Given, it applies to
    /// what is printed too
    #[arg(long, value_name = "N", value_parser = hide_under)]
    pub(crate) hide_counts_under: Option<HideUnder>,

    /// A ledger: what it paid for earlier evaluations is what was paid before
    #[arg(long, value_name = "FILE")]
    pub(crate) ledger: Option<String>,

    /// Write a receipt, from which the other party computes the statement again with `seika verify`
    #[arg(long, value_name = "FILE")]
    pub(crate) receipt: Option<String>,

    /// Put the evidence itself into the receipt; it may be about people
    #[arg(long, requires = "receipt")]
    pub(crate) evidence_inside: bool,

    /// Write the outcomes as a file of figures (CSV), on which the same statement can be settled
    #[arg(long, value_name = "FILE")]
    pub(crate) figures_out: Option<String>,
}

/// What `verify` takes.
#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// The receipt (JSON)
    #[arg(value_name = "RECEIPT")]
    pub(crate) receipt_file: String,

    /// The files of evidence, to be compared with those the receipt names and estimated again
    #[arg(id = "evidence_compared", long = "evidence", value_name = "FILE", num_args = 1..)]
    pub(crate) evidence: Vec<String>,
}

/// What `link` takes.
#[derive(Debug, Args)]
pub(crate) struct LinkArguments {
    /// The file with names or numbers of people (CSV, TSV, rows.xlsx#Sheet)
    pub(crate) file: String,

    /// The columns that together say who somebody is, such as 氏名,生年月日
    #[arg(long, value_name = "COLUMNS", required = true, value_delimiter = ',')]
    pub(crate) key: Vec<String>,

    /// A file with the secret that all departments share: at least 32 characters
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_file: String,

    /// The CSV file with keys in the place of those columns
    #[arg(long = "out", value_name = "FILE")]
    pub(crate) linked: String,

    /// Other columns to leave out, such as 住所,電話番号
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) drop: Vec<String>,
}

/// What `new` takes.
#[derive(Debug, Args)]
pub(crate) struct NewArguments {
    /// The contract's name: letters a-z, digits and `-`
    #[arg(value_parser = name)]
    pub(crate) name: String,

    /// What to start from: `blood-pressure` (unless given), `care-prevention`, `screening`,
    /// `medication`, `health-points` or `employment`
    #[arg(
        long,
        value_name = "TEMPLATE",
        default_value = "blood-pressure",
        hide_possible_values = true,
        hide_default_value = true
    )]
    pub(crate) template: TemplateName,

    /// Who pays, such as a city
    #[arg(long, value_name = "NAME")]
    pub(crate) payer: Option<String>,

    /// Who delivers the programme
    #[arg(long, value_name = "NAME")]
    pub(crate) provider: Option<String>,

    /// The contract's first day
    #[arg(long = "from", value_name = "DATE")]
    pub(crate) first_day: Option<String>,

    /// The contract's last day
    #[arg(long = "to", value_name = "DATE")]
    pub(crate) last_day: Option<String>,

    /// The most that may be paid in all, in yen
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) cap: Option<String>,

    /// The value of the main indicator from which its full amount is paid, such as 5 (mmHg) or 70 (%)
    #[arg(long, value_name = "VALUE")]
    pub(crate) target: Option<String>,

    /// Ask nothing: assume what no option states
    #[arg(long)]
    pub(crate) yes: bool,
}

/// A contract to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TemplateName {
    /// Paid by the fall in blood pressure and by participation.
    BloodPressure,
    /// Paid by how many keep their strength and how many take part.
    CarePrevention,
    /// Paid by how many are screened and how many of those found are worked up.
    Screening,
    /// Paid by how many improve their medication and how many talk to a pharmacist.
    Medication,
    /// Paid by how much more people walk and how many take part.
    HealthPoints,
    /// Paid by how many stay in work and how many take part.
    Employment,
}

/// What `completions` takes.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell: bash, elvish, fish, powershell or zsh
    #[arg(hide_possible_values = true)]
    pub(crate) shell: clap_complete::Shell,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
