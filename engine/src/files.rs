//! Where the engine reads from.

use std::io;

/// A source of named files: a disk, an upload, or texts held in memory by a test.
///
/// Paths are given as the user wrote them, or joined to the folder of the file that named them
/// with `/`; the implementation decides what they may reach.
pub trait Files {
    /// Returns the bytes of the file at `path`.
    ///
    /// # Errors
    /// Whatever kept the file from being read, as the operating system or the holder says it.
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;
}
