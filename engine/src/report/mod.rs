//! A statement as people sign it: a page that prints to A4, and a workbook whose sums are alive.
//!
//! In: a [`Statement`] with its contract, the language, the evidence it rests on. Out: bytes of
//! HTML ([`Report::html`]) or of an Excel workbook ([`Report::xlsx`]), the same for the same input.
//!
//! Small counts are hidden as [`disclosure`] says. Never here: files, clocks, estimates, payment
//! rules: every amount is the statement's own.

pub mod chart;
mod compared;
pub mod disclosure;
pub mod document;
mod estimate;
#[cfg(test)]
mod example;
pub mod figures;
mod finance;
pub mod font;
mod html;
mod parties;
mod portfolio;
mod projection;
mod restated;
mod sensitivity;
mod shown;
mod stressed;
mod terms;
mod words;
mod workbook;

pub use compared::{Under, compared};
pub use disclosure::{Count, Disclosed, HideUnder, ValueShown};
pub use parties::to_parties;
pub use portfolio::portfolio_shown;
pub use projection::projected;
pub use restated::restated;
pub use sensitivity::sensitivity;
pub use shown::Shown;
pub use stressed::{reversed, stressed};
pub use terms::{terms_fragment, terms_page};

use std::cell::RefCell;
use std::io;

use crate::Files;
use crate::canonical::sha256;
use crate::contract::Contract;
use crate::problem::Language;
use crate::settle::Statement;

/// A file a statement rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceFile {
    /// Its name, as the user gave it.
    pub name: String,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// Reads files and keeps the hash of each.
pub struct Hashed<'f> {
    files: &'f dyn Files,
    read: RefCell<Vec<EvidenceFile>>,
}

impl<'f> Hashed<'f> {
    /// Reads through `files`.
    #[must_use]
    pub fn new(files: &'f dyn Files) -> Hashed<'f> {
        Hashed { files, read: RefCell::default() }
    }

    /// The files read so far, in the order they were first read.
    #[must_use]
    pub fn files(self) -> Vec<EvidenceFile> {
        self.read.into_inner()
    }
}

impl Files for Hashed<'_> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let bytes = self.files.read(path)?;
        let mut read = self.read.borrow_mut();
        if read.iter().all(|known| known.name != path) {
            read.push(EvidenceFile { name: path.to_owned(), sha256: sha256(&bytes) });
        }
        Ok(bytes)
    }
}

/// A statement to be shown to people.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The contract it was settled under.
    pub contract: &'a Contract,
    /// The statement.
    pub statement: &'a Statement,
    /// The language it is read in.
    pub language: Language,
    /// The files it rests on.
    pub evidence: &'a [EvidenceFile],
    /// Which counts are hidden.
    pub hide_under: HideUnder,
}

impl Report<'_> {
    /// The SHA-256 of the contract's script, in hexadecimal.
    #[must_use]
    pub fn script_sha256(&self) -> String {
        sha256(self.contract.script.as_bytes())
    }
}
