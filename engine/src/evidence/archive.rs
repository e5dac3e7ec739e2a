//! Whether a workbook is as small as it looks: a workbook is packed, and a small file may unpack to
//! more than any machine holds.

use std::io::{self, Cursor, Read as _};

use zip::ZipArchive;

use crate::problem::{Problem, Source, say};

/// The most that a workbook unpacks to, in bytes: a sheet of a million rows with thirty columns.
const UNPACKED_MOST: u64 = 1 << 30;
/// The most files in a workbook.
const FILES_MOST: usize = 4_096;

/// Unpacks a workbook, keeping nothing, and refuses what is too large. What a file says of its own
/// size is not believed.
///
/// # Errors
/// A workbook that unpacks to too much. One that cannot be unpacked is left to who reads it.
pub(super) fn check(path: &str, bytes: &[u8]) -> Result<(), Problem> {
    within(path, bytes, UNPACKED_MOST)
}

fn within(path: &str, bytes: &[u8], most: u64) -> Result<(), Problem> {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else { return Ok(()) };
    let mut left = most;
    for at in 0..archive.len() {
        // Nobody can read such a file, but others may be read beside it.
        let Ok(file) = archive.by_index(at) else { continue };
        let mut unpacked = Counted(0);
        // What is damaged further on is told by who reads it.
        let _ = io::copy(&mut file.take(left.saturating_add(1)), &mut unpacked);
        match left.checked_sub(unpacked.0) {
            Some(rest) if at < FILES_MOST => left = rest,
            _ => return Err(too_large(path, most)),
        }
    }
    Ok(())
}

/// Counts what is written to it, and keeps nothing.
struct Counted(u64);

impl io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn too_large(path: &str, most: u64) -> Problem {
    let megabytes = most >> 20;
    Problem::error(
        "workbook-too-large",
        say!(
            "`{path}` unpacks to more than {megabytes} MB",
            "`{path}` は展開すると {megabytes} MB を超えます"
        ),
    )
    .help(say!(
        "delete sheets and columns that are not needed, or save the sheet as CSV UTF-8",
        "不要なシートや列を削除するか、シートを「CSV UTF-8」で保存し直してください"
    ))
    .at(Source::new(path, "").whole())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn packed(files: &[(&str, usize)]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, size) in files {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(&vec![b' '; *size]).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn what_unpacks_to_too_much_in_one_file_or_in_all_is_refused() {
        let bomb = packed(&[("xl/worksheets/sheet1.xml", 4 << 20)]);
        assert!(bomb.len() < 10_000, "{} bytes", bomb.len());
        assert!(within("a.xlsx", &bomb, 4 << 20).is_ok());
        let refused = within("a.xlsx", &bomb, (4 << 20) - 1).unwrap_err();
        assert_eq!(refused.id, "workbook-too-large");
        let several = packed(&[("a", 1 << 20), ("b", 1 << 20), ("c", 1 << 20)]);
        assert!(within("a.xlsx", &several, 3 << 20).is_ok());
        assert!(within("a.xlsx", &several, (3 << 20) - 1).is_err());
    }

    #[test]
    fn a_file_that_understates_its_size_is_not_believed() {
        let mut liar = packed(&[("xl/worksheets/sheet1.xml", 1 << 20)]);
        let stated = (1_u32 << 20).to_le_bytes();
        // The size stands in the file's own head, and in the list at the end.
        let places: Vec<usize> =
            (0..liar.len() - 4).filter(|at| liar[*at..*at + 4] == stated).collect();
        assert!(!places.is_empty());
        for at in places {
            liar[at..at + 4].copy_from_slice(&10_u32.to_le_bytes());
        }
        // Either it is unpacked and counted, or nobody can unpack it.
        let mut archive = ZipArchive::new(Cursor::new(&liar)).unwrap();
        let mut unpacked = Counted(0);
        let _ = io::copy(&mut archive.by_index(0).unwrap(), &mut unpacked);
        assert!(within("a.xlsx", &liar, 1 << 19).is_err() || unpacked.0 <= 1 << 19);
    }

    #[test]
    fn a_file_that_nobody_can_open_hides_no_other() {
        let mut bomb = packed(&[("locked", 100), ("xl/worksheets/sheet1.xml", 4 << 20)]);
        // The first bit of a file's flags says that it is encrypted: in its head, and in the list at
        // the end.
        let heads = [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)];
        for (mark, flags) in heads {
            let at = bomb.windows(4).position(|four| four == mark).unwrap();
            bomb[at + flags] |= 1;
        }
        assert!(ZipArchive::new(Cursor::new(&bomb)).unwrap().by_index(0).is_err());
        assert!(within("a.xlsx", &bomb, (4 << 20) - 1).is_err());
    }

    #[test]
    fn what_is_no_workbook_is_left_to_who_reads_it() {
        assert!(within("a.xlsx", b"PK\x03\x04 and no more", 10).is_ok());
    }
}
