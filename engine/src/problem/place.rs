//! A place in a file.

use serde::Serialize;

/// Where something stands in a text file, with the line itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Place {
    /// The file, as the user named it.
    pub file: String,
    /// Line, from 1; 0 when the whole file is meant.
    pub line: usize,
    /// Column in characters, from 1; 0 when the whole line is meant.
    pub column: usize,
    /// How many characters are meant, at least 1.
    pub length: usize,
    /// The text of the line.
    pub excerpt: String,
}

/// A text file that was read, to find places in.
#[derive(Debug, Clone)]
pub struct Source {
    file: String,
    text: String,
}

impl Source {
    /// A file called `file` with this text.
    #[must_use]
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self { file: file.into(), text: text.into() }
    }

    /// The file, as the user named it.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The place at `line` and `column` (characters, from 1), as long as the word that starts
    /// there.
    #[must_use]
    pub fn place(&self, line: usize, column: usize) -> Place {
        let excerpt = self.text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
        let rest = excerpt.chars().skip(column.saturating_sub(1));
        let word = rest.take_while(|c| c.is_alphanumeric() || *c == '_').count();
        Place {
            file: self.file.clone(),
            line,
            column,
            length: word.max(1),
            excerpt: excerpt.to_owned(),
        }
    }

    /// The place of a byte range.
    #[must_use]
    pub fn span(&self, range: std::ops::Range<usize>) -> Place {
        let before = self.text.get(..range.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let meant = self.text.get(range).unwrap_or_default();
        let length = meant.lines().next().unwrap_or_default().chars().count().max(1);
        Place { length, ..self.place(line, column) }
    }

    /// The file as a whole.
    #[must_use]
    pub fn whole(&self) -> Place {
        Place { file: self.file.clone(), line: 0, column: 0, length: 1, excerpt: String::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_not_bytes() {
        let source = Source::new("a.rhai", "let 市 = 1;\nlet 血圧 = wrong;");
        let at = source.text().find("wrong").unwrap();
        let place = source.span(at..at + 5);
        assert_eq!((place.line, place.column, place.length), (2, 10, 5));
        assert_eq!(source.place(2, 10), place);
    }
}
