//! Seika in the browser: contracts are read, checked, simulated and settled on pages, by the same
//! engine calls as the command line.
//!
//! In: a folder of contracts and scenarios, and what a visitor brings. Out: pages in Japanese and
//! English, and under `/api/v1` the JSON that the command line prints.
//!
//! A request passes the layers of `server`, is asked who makes it (`visitor`) and whether that
//! person may do this (`roles`), and is answered by a page (`pages`) or the API (`api`). Long
//! work is done by `jobs`. Everything a page needs travels with the program.
//!
//! Never here: payment rules, estimates, random numbers. Nothing here stands on the command line.

mod accounts;
mod api;
mod app;
mod assets;
mod attempts;
mod audit;
mod changes;
mod drafts;
mod extract;
mod failure;
mod jobs;
mod known;
mod pages;
mod picture;
mod roles;
mod runs;
mod server;
mod unsaved;
mod visitor;
mod words;
mod workspace;

pub use accounts::{Account, Accounts, EVERY_CONTRACT, PASSWORD_LEAST, Refused};
pub use roles::{Act, Role};
pub use server::{Options, Tls, Unserved, serve};
