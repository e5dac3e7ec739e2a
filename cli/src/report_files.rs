//! A result as files: pages and workbooks.

use engine::contract::Contract;
use engine::problem::{Language, Problem};
use engine::report::document::Document;
use engine::report::{Report, terms_page};

use crate::arguments::Expected;
use crate::{Failure, file};

/// A file that a result is written to, beside what is printed.
#[derive(Debug, Clone)]
pub(crate) struct ReportFile {
    /// Where.
    pub(crate) path: String,
    form: Form,
}

/// What is written.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// HTML.
    Page,
    /// An Excel workbook.
    Workbook,
}

impl ReportFile {
    /// The ending of the file says what is written.
    pub(crate) fn named(path: &str) -> Result<ReportFile, Expected> {
        let ending = path.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
        let form = match ending.as_deref() {
            Some("html") => Form::Page,
            Some("xlsx") => Form::Workbook,
            _ => {
                return Err(Expected(text!(
                    "a file that ends in .html (a page) or .xlsx (an Excel workbook)",
                    ".html（ページ）または .xlsx（Excel ブック）で終わるファイル名"
                )));
            }
        };
        Ok(ReportFile { path: path.to_owned(), form })
    }
}

impl ReportFile {
    /// One that is a page, as of what is no table of figures.
    pub(crate) fn page(path: &str) -> Result<ReportFile, Expected> {
        let file = ReportFile::named(path);
        file.ok().filter(|file| matches!(file.form, Form::Page)).ok_or_else(|| {
            Expected(text!(
                "a file that ends in .html (a page)",
                ".html（ページ）で終わるファイル名"
            ))
        })
    }
}

/// What can be written to such a file.
pub(crate) trait Reported {
    /// As a page.
    fn page(&self) -> String;
    /// As a workbook.
    fn workbook(&self) -> Result<Vec<u8>, Problem>;
}

impl Reported for Document {
    fn page(&self) -> String {
        self.html()
    }

    fn workbook(&self) -> Result<Vec<u8>, Problem> {
        self.xlsx()
    }
}

impl Reported for Report<'_> {
    fn page(&self) -> String {
        self.html()
    }

    fn workbook(&self) -> Result<Vec<u8>, Problem> {
        self.xlsx()
    }
}

/// The terms of a contract, in one language.
pub(crate) struct Terms<'c>(pub(crate) &'c Contract, pub(crate) Language);

impl Reported for Terms<'_> {
    fn page(&self) -> String {
        terms_page(self.0, self.1)
    }

    fn workbook(&self) -> Result<Vec<u8>, Problem> {
        let words = text!("terms are written as a page", "条件はページとして書き出します");
        Err(Problem::error("no-workbook", words))
    }
}

/// Writes a result to each file, whole or not at all; says to which.
///
/// Every file is made before the first is written.
pub(crate) fn write(
    files: &[ReportFile],
    reported: &impl Reported,
    language: Language,
) -> Result<String, Failure> {
    let made: Result<Vec<Vec<u8>>, Problem> = files
        .iter()
        .map(|file| match file.form {
            Form::Page => Ok(reported.page().into_bytes()),
            Form::Workbook => reported.workbook(),
        })
        .collect();
    let made = made.map_err(|problem| vec![problem])?;
    let mut said = String::new();
    for (report, bytes) in files.iter().zip(made) {
        let path = report.path.as_str();
        file::write(path, language, |file| Ok(file.write_all(&bytes)?))?;
        said += &pick!(language, "Written to {path}\n", "{path} に書き込みました\n");
    }
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_what_is_written() {
        assert!(matches!(ReportFile::named("a/b.c.HTML").unwrap().form, Form::Page));
        assert!(matches!(ReportFile::named("報告.xlsx").unwrap().form, Form::Workbook));
        assert!(ReportFile::page("a.html").is_ok() && ReportFile::page("a.xlsx").is_err());
        for wrong in ["a.pdf", "a", "html", "a.html.zip", ""] {
            assert!(ReportFile::named(wrong).is_err(), "{wrong}");
        }
    }
}
