//! How the program ends.

/// What the exit status tells the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done; there may be warnings.
    Done,
    /// The command or its input cannot be used. Nothing was done, and nothing was written to
    /// standard output but, with `--json`, the errors.
    Unusable,
    /// `check` read the contract, but an example fails or a finding is an error.
    NotSound,
    /// The command line is wrong.
    WrongCommandLine,
}

impl Exit {
    /// The exit status: 0 done, 1 unusable, 2 not sound or a wrong command line.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Unusable => 1,
            Exit::NotSound | Exit::WrongCommandLine => 2,
        }
    }
}
