//! Outcome-based contracts, written once as a script and used three ways.
//!
//! A contract is **checked** ([`contract::check`]), **simulated** ([`simulate`]) and **settled**
//! ([`settle`]). All three read the same expression graph ([`expr`]), which tracing the script
//! ([`script`]) builds once.
//!
//! What was settled is kept in a [`ledger`], and a receipt lets the other party compute it again.
//!
//! The engine knows no terminal and no HTTP. It reads files only through the [`Files`] its caller
//! hands it (the ledger alone opens its own database), draws random numbers only from a stated seed, and never asks what day it is.

// A test may compare with the functions of the system.
#![cfg_attr(test, allow(clippy::disallowed_methods))]

pub mod analyse;
mod canonical;
pub mod contract;
pub mod disk;
pub mod evidence;
pub mod expr;
mod files;
pub mod finance;
pub mod ledger;
mod numeric;
pub mod problem;
pub mod random;
pub mod report;
pub mod scenario;
pub mod script;
pub mod settle;
pub mod simulate;

pub use files::{Files, FilesRead, PORTFOLIO_FILE, Recorded, portfolio_folder};

/// The engine's version, stated beside every result that depends on it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
