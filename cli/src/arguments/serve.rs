//! What `serve` and `account` take.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// What `serve` takes.
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// The folder of contracts and scenarios
    #[arg(default_value = ".")]
    pub(crate) folder: PathBuf,

    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) address: SocketAddr,

    /// The file of the accounts; without it one person works alone, on this machine only
    #[arg(long, value_name = "FILE")]
    pub(crate) accounts: Option<PathBuf>,

    /// Where to log who did what; beside the accounts unless given
    #[arg(long, value_name = "FILE", requires = "accounts")]
    pub(crate) log: Option<PathBuf>,

    /// The certificate to speak TLS with, as a PEM file
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) certificate: Option<PathBuf>,

    /// The private key of the certificate, as a PEM file
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub(crate) key: Option<PathBuf>,

    /// Say that a proxy in front of this server speaks TLS to visitors
    #[arg(long, conflicts_with = "certificate")]
    pub(crate) behind_proxy: bool,
}

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Add a person; the password is asked for, or read from standard input
    Add(AccountAddArguments),
    /// Give a person another password
    Password(AccountNamed),
    /// Give a person other roles
    Roles(AccountAddArguments),
    /// Take a person's account away; what was done stays in the ledger
    Remove(AccountNamed),
    /// List the accounts with their roles
    People(AccountsFile),
}

/// The file of the accounts.
#[derive(Debug, Args)]
pub(crate) struct AccountsFile {
    /// The file of the accounts
    #[arg(long, value_name = "FILE")]
    pub(crate) accounts: PathBuf,
}

/// A person.
#[derive(Debug, Args)]
pub(crate) struct AccountNamed {
    /// How the person is named in the ledger
    pub(crate) person: String,

    #[command(flatten)]
    pub(crate) file: AccountsFile,
}

/// A person with roles.
#[derive(Debug, Args)]
pub(crate) struct AccountAddArguments {
    #[command(flatten)]
    pub(crate) named: AccountNamed,

    /// What the person is: ROLE for every contract, or CONTRACT=ROLE; may be given several times
    #[arg(long = "role", value_name = "[CONTRACT=]ROLE", required = true)]
    pub(crate) roles: Vec<RoleOf>,
}

/// A role, for a contract or for every contract.
#[derive(Debug, Clone)]
pub(crate) struct RoleOf {
    pub(crate) contract: Option<String>,
    pub(crate) role: RoleName,
}

/// A role, as the command line names it.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum RoleName {
    /// Of those who pay.
    Payer,
    /// Of those who are paid.
    Provider,
    /// Of those who measure.
    Evaluator,
    /// Of those whose money is at stake.
    Investor,
    /// Who keeps the accounts.
    Administrator,
}

impl std::str::FromStr for RoleOf {
    type Err = String;

    fn from_str(text: &str) -> Result<RoleOf, String> {
        let (contract, role) = match text.split_once('=') {
            Some((contract, role)) => (Some(contract.to_owned()), role),
            None => (None, text),
        };
        Ok(RoleOf { contract, role: RoleName::from_str(role, false)? })
    }
}
