//! Files on disk.

use std::io::{self, ErrorKind};

use engine::Files;
use engine::problem::Language;

/// Reads the files a command names, and says in the reader's language why one cannot be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Disk(pub(crate) Language);

impl Files for Disk {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        std::fs::read(path).map_err(|error| {
            let said = match error.kind() {
                ErrorKind::NotFound => pick!(self.0, "no such file", "ファイルがありません"),
                ErrorKind::PermissionDenied => {
                    pick!(self.0, "no permission to read it", "読み取る権限がありません")
                }
                ErrorKind::IsADirectory => pick!(self.0, "a folder", "フォルダです"),
                _ => return error,
            };
            io::Error::new(error.kind(), said)
        })
    }
}
