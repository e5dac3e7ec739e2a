//! Files of evidence that two contracts are settled on.

use super::figures;
use super::table::Table;
use crate::contract::Contract;
use crate::problem::Problem;
use crate::settle::quoted;
use crate::{Files, FilesRead};

/// Files as one of two contracts reads them: figures that only the other asks for are left out.
pub(crate) struct Shared<'f> {
    files: &'f dyn Files,
    changed: FilesRead,
    /// The files that are left.
    pub(crate) paths: Vec<String>,
    /// What was left out: indicator and evaluation.
    pub(crate) left_out: Vec<(String, String)>,
}

impl Files for Shared<'_> {
    fn read(&self, path: &str) -> std::io::Result<Vec<u8>> {
        let changed = self.changed.iter().find(|(known, _)| known == path);
        changed.map_or_else(|| self.files.read(path), |(_, bytes)| Ok(bytes.clone()))
    }
}

/// Reads what `own` is settled on, of files that `other` is settled on too.
///
/// # Errors
/// A file that is no table.
pub(crate) fn read<'f>(
    own: &Contract,
    other: &Contract,
    files: &'f dyn Files,
    paths: &[String],
) -> Result<Shared<'f>, Vec<Problem>> {
    let mut shared = Shared { files, changed: Vec::new(), paths: Vec::new(), left_out: Vec::new() };
    for path in paths {
        let table = Table::read(files, path)?;
        let columns = ["indicator", "at"].map(|heading| table.column(heading));
        let (true, [Some(indicator), Some(at)]) = (figures::is_figures(&table), columns) else {
            shared.paths.push(path.clone());
            continue;
        };
        let line = |fields: &[String]| {
            let fields: Vec<String> = fields.iter().map(|field| quoted(field)).collect();
            fields.join(",") + "\n"
        };
        let (mut kept, mut left_out) = (line(&table.headings), Vec::new());
        let mut any = false;
        for record in table.records() {
            let (id, on) = (&record.fields[indicator], &record.fields[at]);
            if !measures(own, id, on) && measures(other, id, on) {
                left_out.push((id.clone(), on.clone()));
            } else {
                any = true;
                kept += &line(&record.fields);
            }
        }
        if left_out.is_empty() {
            shared.paths.push(path.clone());
        } else if any {
            let name = path.replace('#', "-");
            shared.changed.push((name.clone(), kept.into_bytes()));
            shared.paths.push(name);
        }
        shared.left_out.extend(left_out);
    }
    Ok(shared)
}

/// Whether a contract measures an indicator at a date, both as a figures file names them.
fn measures(contract: &Contract, id: &str, at: &str) -> bool {
    let found = || {
        let indicator = contract.indicator_named(id)?;
        let evaluation = contract.evaluation_at(super::field::date(at)?)?;
        Some(contract.indicators[indicator].measured.contains(&evaluation))
    };
    found().unwrap_or(false)
}
