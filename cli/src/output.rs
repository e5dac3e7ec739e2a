//! Where the program writes: results to standard output, everything else to standard error.

use std::io::{self, IsTerminal, Write};

use serde_json::Value;

/// Whether colours may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Text alone: a file, a pipe, or `NO_COLOR`.
    Plain,
    /// A terminal that shows colours.
    Styled,
}

impl Look {
    /// The look that suits a stream.
    pub(crate) fn of(stream: &impl IsTerminal) -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if stream.is_terminal() && !refused { Look::Styled } else { Look::Plain }
    }
}

/// The two streams of a command.
pub(crate) struct Output<'a> {
    data: &'a mut dyn Write,
    talk: &'a mut dyn Write,
    /// The look of what [`data`](Self::data) writes.
    pub(crate) data_look: Look,
    /// The look of what [`talk`](Self::talk) writes.
    pub(crate) talk_look: Look,
}

impl<'a> Output<'a> {
    /// Standard output and standard error, or what a test puts in their place.
    ///
    /// The streams must not be locked: progress is drawn from other threads.
    pub(crate) fn new(
        (data, data_look): (&'a mut dyn Write, Look),
        (talk, talk_look): (&'a mut dyn Write, Look),
    ) -> Self {
        Self { data, talk, data_look, talk_look }
    }

    /// Writes a result, in one piece.
    pub(crate) fn data(&mut self, text: &str) -> io::Result<()> {
        self.data.write_all(text.as_bytes())?;
        self.data.flush()
    }

    /// Writes a result as JSON.
    pub(crate) fn json(&mut self, value: &Value) -> io::Result<()> {
        self.data(&format!("{value:#}\n"))
    }

    /// Writes what is said beside a result. Nobody listening is no failure.
    pub(crate) fn talk(&mut self, text: &str) {
        let _ = self.talk.write_all(text.as_bytes()).and_then(|()| self.talk.flush());
    }
}
