//! The statement as files: a page and a workbook.

use engine::problem::{Language, Problem, Source};
use engine::report::Report;

use crate::arguments::SettleArguments;
use crate::{Failure, file};

/// A statement that will be written, checked before anything is computed.
pub(super) struct Wanted<'a> {
    html: Option<&'a str>,
    xlsx: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    /// What the command line asks for.
    ///
    /// # Errors
    /// A file that is an input, or that is to hold both.
    pub(super) fn of(arguments: &'a SettleArguments) -> Result<Wanted<'a>, Vec<Problem>> {
        let wanted = Wanted { html: arguments.html.as_deref(), xlsx: arguments.xlsx.as_deref() };
        let mut problems = Vec::new();
        let outs: Vec<&str> =
            [&arguments.html, &arguments.xlsx, &arguments.receipt, &arguments.figures_out]
                .into_iter()
                .filter_map(|out| out.as_deref())
                .collect();
        for (position, out) in outs.iter().copied().enumerate() {
            let inputs = std::iter::once(&arguments.request.contract)
                .chain(&arguments.request.evidence)
                .chain(&arguments.request.earlier)
                .chain(&arguments.ledger);
            if inputs.into_iter().any(|input| file::same(input, out)) {
                problems.push(file::is_input(out));
            }
            if outs[..position].iter().any(|other| file::same(other, out)) {
                problems.push(
                    Problem::error(
                        "file-twice",
                        text!("`{out}` is given twice", "`{out}` が二度指定されています"),
                    )
                    .at(Source::new(out, "").whole())
                    .help(text!(
                        "each output is a file of its own",
                        "出力はそれぞれ別のファイルにしてください"
                    )),
                );
            }
        }
        if problems.is_empty() { Ok(wanted) } else { Err(problems) }
    }

    /// Whether any file is asked for.
    pub(super) fn any(&self) -> bool {
        self.html.is_some() || self.xlsx.is_some()
    }

    /// Writes them, each whole or not at all; says which.
    pub(super) fn write(&self, report: &Report<'_>, language: Language) -> Result<String, Failure> {
        let mut written = Vec::new();
        let workbook = self.xlsx.map(|path| Ok((path, report.xlsx()?))).transpose();
        let workbook = workbook.map_err(|problem: Problem| Failure::Problems(vec![problem]))?;
        if let Some(path) = self.html {
            let page = report.html();
            file::write(path, language, |file| Ok(file.write_all(page.as_bytes())?))?;
            written.push(path);
        }
        if let Some((path, workbook)) = workbook {
            file::write(path, language, |file| Ok(file.write_all(&workbook)?))?;
            written.push(path);
        }
        let line = |path: &&str| {
            let path = *path;
            pick!(language, "Written to {path}\n", "{path} に書き込みました\n")
        };
        Ok(written.iter().map(line).collect())
    }
}
