//! Files on disk.

use std::io::{self, ErrorKind};

use crate::Files;
use crate::contract::wording::phrase;
use crate::problem::Language;

/// Reads files as they are named, and says in the reader's language why one cannot be read.
#[derive(Debug, Clone, Copy)]
pub struct Disk(pub Language);

impl Files for Disk {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        std::fs::read(path).map_err(|error| match said(&error, self.0) {
            Some(said) => io::Error::new(error.kind(), said),
            None => error,
        })
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let entries = std::fs::read_dir(folder).map_err(|error| match said(&error, self.0) {
            Some(said) => io::Error::new(error.kind(), said),
            None => error,
        })?;
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry?;
            if !entry.path().is_dir() {
                names.extend(entry.file_name().into_string());
            }
        }
        names.sort();
        Ok(names)
    }
}

/// What the operating system says, in the reader's language, where it is common.
#[must_use]
pub fn said(error: &io::Error, language: Language) -> Option<String> {
    Some(match error.kind() {
        ErrorKind::NotFound => {
            phrase!(language, "no such file or folder", "ファイルやフォルダがありません")
        }
        ErrorKind::PermissionDenied => phrase!(language, "no permission", "権限がありません"),
        ErrorKind::IsADirectory => phrase!(language, "a folder", "フォルダです"),
        ErrorKind::NotADirectory => phrase!(language, "no folder", "フォルダではありません"),
        _ => return None,
    })
}
