//! Text whose fields are separated by a comma or a tab.

/// A field of a record: bytes of the text, without its quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether it holds doubled quotes that stand for one.
    pub(super) doubled: bool,
}

/// What is wrong with the quotes of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum QuoteFault {
    /// The quote at this byte is never closed.
    Unclosed(usize),
    /// Something stands behind the closing quote at this byte.
    Stray(usize),
}

/// Splits the record that begins at `start` into `fields`; returns where the next one begins.
///
/// A field is quoted when a quote is its first character; line ends inside quotes belong to it.
pub(super) fn split(
    text: &[u8],
    start: usize,
    separator: u8,
    fields: &mut Vec<Field>,
) -> Result<usize, QuoteFault> {
    fields.clear();
    let mut at = start;
    loop {
        let (field, end) = match text.get(at) {
            Some(b'"') => quoted(text, at, separator)?,
            _ => {
                let rest = &text[at..];
                let length = rest
                    .iter()
                    .position(|byte| *byte == separator || *byte == b'\n')
                    .unwrap_or(rest.len());
                (Field { start: at, end: at + length, doubled: false }, at + length)
            }
        };
        fields.push(field);
        match text.get(end) {
            Some(byte) if *byte == separator => at = end + 1,
            Some(_) => return Ok(end + 1),
            None => return Ok(end),
        }
    }
}

/// The quoted field whose quote stands at `open`, and where it ends.
fn quoted(text: &[u8], open: usize, separator: u8) -> Result<(Field, usize), QuoteFault> {
    let (mut at, mut doubled) = (open + 1, false);
    loop {
        let Some(length) = text[at..].iter().position(|byte| *byte == b'"') else {
            return Err(QuoteFault::Unclosed(open));
        };
        let close = at + length;
        if text.get(close + 1) == Some(&b'"') {
            doubled = true;
            at = close + 2;
            continue;
        }
        let behind = &text[close + 1..];
        let end = behind
            .iter()
            .position(|byte| !matches!(byte, b' ' | b'\r') || *byte == separator)
            .map_or(text.len(), |length| close + 1 + length);
        return match text.get(end) {
            Some(byte) if *byte != separator && *byte != b'\n' => Err(QuoteFault::Stray(close)),
            _ => Ok((Field { start: open + 1, end: close, doubled }, end)),
        };
    }
}

/// Where each record begins that is not blank, the first being the headings.
pub(super) fn starts(text: &str, separator: u8) -> Result<Vec<usize>, QuoteFault> {
    let bytes = text.as_bytes();
    let mut starts = Vec::with_capacity(bytes.len() / 64);
    let mut at = 0;
    if bytes.contains(&b'"') {
        let mut fields = Vec::new();
        while at < bytes.len() {
            let next = split(bytes, at, separator, &mut fields)?;
            if !is_blank(&bytes[at..next], separator) {
                starts.push(at);
            }
            at = next;
        }
        return Ok(starts);
    }
    while at < bytes.len() {
        let length = bytes[at..].iter().position(|byte| *byte == b'\n');
        let next = length.map_or(bytes.len(), |length| at + length + 1);
        if !is_blank(&bytes[at..next], separator) {
            starts.push(at);
        }
        at = next;
    }
    Ok(starts)
}

fn is_blank(record: &[u8], separator: u8) -> bool {
    record.iter().all(|byte| *byte == separator || matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

/// A tab where the first line has tabs and no comma, else a comma.
pub(super) fn separator(path: &str, text: &str) -> u8 {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let named = path.to_lowercase().ends_with(".tsv");
    if first.contains('\t') && (named || !first.contains(',')) { b'\t' } else { b',' }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str) -> Result<Vec<Vec<&str>>, QuoteFault> {
        let mut fields = Vec::new();
        starts(text, b',')?
            .into_iter()
            .map(|start| {
                split(text.as_bytes(), start, b',', &mut fields)?;
                Ok(fields.iter().map(|field| &text[field.start..field.end]).collect())
            })
            .collect()
    }

    #[test]
    fn quotes_hold_separators_and_line_ends() {
        let found = records("a,b\r\n\"1,000\",\"x\ny\"\n,,\n\n\"\",5\" disk").unwrap();
        let wanted = [vec!["a", "b\r"], vec!["1,000", "x\ny"], vec!["", "5\" disk"]];
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_quote_that_swallows_rows_is_found() {
        assert_eq!(records("a\n\"b\nc\n"), Err(QuoteFault::Unclosed(2)));
        // Closed by the quote that opens another field three rows below.
        assert_eq!(records("a,b\n\"1,2\n3,\"x\"\n"), Err(QuoteFault::Stray(11)));
    }

    #[test]
    fn tabs_separate_where_the_headings_have_them() {
        assert_eq!(separator("a.txt", "a\tb\n"), b'\t');
        assert_eq!(separator("a.csv", "a,b\tc\n"), b',');
        assert_eq!(separator("a.TSV", "a,b\tc\n"), b'\t');
    }
}
