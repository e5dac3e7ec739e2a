//! Texts that are not saved: a scenario with other entries, a file that is being written. Whoever
//! writes them decides what they name, so they reach no further than what is saved does.

use std::io::{self, ErrorKind};

use engine::Files;
use engine::contract::{Contract, Overrides};
use engine::problem::{Problem, Source};
use engine::scenario::Scenario;

use crate::app::App;
use crate::roles::Act;
use crate::visitor::Visitor;
use crate::workspace::{Brought, Kind};

/// The files that a scenario may read: those that it reads as it is saved.
struct Within<'a> {
    named: &'a [String],
    brought: &'a Brought<'a>,
}

impl Files for Within<'_> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        match self.named.iter().any(|named| named == path) {
            true => self.brought.read(path),
            false => Err(ErrorKind::NotFound.into()),
        }
    }
}

/// A scenario of the folder, where the text of its file is another one.
///
/// Who may change every contract may name any file of the folder. Others may name what the scenario
/// names already: a file of data, or another contract, may be about people that are none of theirs.
pub(crate) fn scenario(
    app: &App,
    visitor: &Visitor,
    path: &str,
    text: &str,
) -> Result<Scenario, Vec<Problem>> {
    let files = [(path.to_owned(), text.as_bytes().to_vec())];
    let brought = Brought { files: &files, workspace: &app.workspace };
    if visitor.may(Act::Edit, "") {
        return Scenario::read(&brought, path);
    }
    let mut named = app.named(path).as_ref().clone();
    named.push(path.to_owned());
    let read = Scenario::read(&Within { named: &named, brought: &brought }, path);
    read.map_err(|problems| told(problems, path))
}

/// A contract, where the text of its file is another one.
pub(crate) fn contract(path: &str, text: &str) -> Result<Contract, Vec<Problem>> {
    Contract::parse(Source::new(path, text), &Overrides::new())
}

/// Problems without lines of data: a table of people may be among what a scenario names.
fn told(problems: Vec<Problem>, path: &str) -> Vec<Problem> {
    let plain = |mut problem: Problem| {
        let data = |file: &str| file != path && Kind::of(file) != Some(Kind::Contract);
        if let Some(place) = problem.place.as_mut().filter(|place| data(&place.file)) {
            place.excerpt = String::new();
            problem.found = None;
        }
        problem
    };
    problems.into_iter().map(plain).collect()
}
