//! What the commands of a ledger take.

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;

use super::RequestArguments;
use super::values::{count, date, time};

/// What to do with a ledger.
#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    /// Begin a ledger in a new file
    Init(InitArguments),
    /// Settle an evaluation and submit it for approval
    Submit(SubmitArguments),
    /// Approve a settlement that another person submitted
    Approve(ActArguments),
    /// Refuse a settlement that another person submitted
    Reject(CloseArguments),
    /// Take back one's own settlement
    Withdraw(CloseArguments),
    /// Record that an approved settlement was paid
    Pay(PayArguments),
    /// List the settlements and where they stand
    List(LedgerArguments),
    /// Show a settlement: its statement and what became of it
    Show(ShowArguments),
    /// Compute every entry again, and find any that was altered
    Verify(LedgerVerifyArguments),
    /// Copy the ledger to a new file
    Backup(BackupArguments),
    /// Write the entries as CSV, or the amounts as a journal of hledger
    Export(ExportArguments),
}

/// A ledger.
#[derive(Debug, Args)]
pub(crate) struct LedgerArguments {
    /// The ledger's file
    #[arg(id = "ledger_file", value_name = "LEDGER")]
    pub(crate) file: String,

    /// How long to wait for others who use the ledger, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = count)]
    pub(crate) wait: u64,
}

/// Who acts.
#[derive(Debug, Args)]
pub(crate) struct ByArguments {
    /// The name of who acts, as declared; it is recorded and not checked
    #[arg(long, value_name = "NAME")]
    pub(crate) by: String,

    /// Compute and check everything, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// The time that is recorded instead of the clock's
    #[arg(long, value_name = "TIME", hide = true, value_parser = time)]
    pub(crate) now: Option<Timestamp>,
}

/// What `ledger init` takes.
#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    /// The file to be made
    #[arg(id = "ledger_file", value_name = "LEDGER")]
    pub(crate) file: String,

    /// The time that is recorded instead of the clock's
    #[arg(long, value_name = "TIME", hide = true, value_parser = time)]
    pub(crate) now: Option<Timestamp>,
}

/// What `ledger submit` takes.
#[derive(Debug, Args)]
pub(crate) struct SubmitArguments {
    #[command(flatten)]
    pub(crate) ledger: LedgerArguments,

    #[command(flatten)]
    pub(crate) request: RequestArguments,

    /// Why an evaluation that was settled before is settled again
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,

    /// Keep the evidence itself in the ledger; it may be about people
    #[arg(long)]
    pub(crate) evidence_inside: bool,

    #[command(flatten)]
    pub(crate) by: ByArguments,
}

/// What `ledger approve` takes.
#[derive(Debug, Args)]
pub(crate) struct ActArguments {
    #[command(flatten)]
    pub(crate) ledger: LedgerArguments,

    /// The number of the settlement's entry
    #[arg(value_parser = count)]
    pub(crate) entry: u64,

    #[command(flatten)]
    pub(crate) by: ByArguments,
}

/// What `ledger reject` and `ledger withdraw` take.
#[derive(Debug, Args)]
pub(crate) struct CloseArguments {
    #[command(flatten)]
    pub(crate) act: ActArguments,

    /// Why
    #[arg(id = "why", long = "reason", value_name = "TEXT")]
    pub(crate) reason: String,
}

/// What `ledger pay` takes.
#[derive(Debug, Args)]
pub(crate) struct PayArguments {
    #[command(flatten)]
    pub(crate) act: ActArguments,

    /// The day of the payment
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) on: Date,

    /// What identifies the payment: the number of a voucher or a transfer
    #[arg(long, value_name = "TEXT")]
    pub(crate) reference: Option<String>,
}

/// What `ledger show` takes.
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    #[command(flatten)]
    pub(crate) ledger: LedgerArguments,

    /// The number of the settlement's entry
    #[arg(value_parser = count)]
    pub(crate) entry: u64,

    /// Write a receipt of the settlement
    #[arg(id = "receipt_out", long = "receipt", value_name = "FILE")]
    pub(crate) receipt: Option<String>,
}

/// What `ledger verify` takes.
#[derive(Debug, Args)]
pub(crate) struct LedgerVerifyArguments {
    #[command(flatten)]
    pub(crate) ledger: LedgerArguments,

    /// The hash of an entry, noted elsewhere, that must be in the ledger
    #[arg(long, value_name = "HASH")]
    pub(crate) holds: Option<String>,
}

/// What `ledger backup` takes.
#[derive(Debug, Args)]
pub(crate) struct BackupArguments {
    #[command(flatten)]
    pub(crate) ledger: LedgerArguments,

    /// The file to be made
    pub(crate) to: String,
}

/// What `ledger export` takes.
#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    #[command(flatten)]
    pub(crate) ledger: LedgerArguments,

    /// `csv` or `hledger`
    #[arg(long, value_name = "FORMAT", hide_possible_values = true)]
    pub(crate) format: ExportFormat,

    /// The file to be written; standard output unless given
    #[arg(id = "export_out", long = "out", value_name = "FILE")]
    pub(crate) out: Option<String>,
}

/// A format of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// One line per entry.
    Csv,
    /// A journal in which every transaction sums to zero.
    Hledger,
}
