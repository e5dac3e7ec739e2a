//! The encodings in which offices save text: UTF-8, UTF-16 and Shift_JIS (CP932).

use encoding_rs::{DecoderResult, Encoding, SHIFT_JIS, UTF_16BE, UTF_16LE};

use crate::problem::{Place, Problem, Source, Text, say};

/// The text that `bytes` are: by their byte order mark, else UTF-8 when they are that, else CP932.
///
/// Line ends are left as they are, but for files that end their lines with a lone CR.
///
/// # Errors
/// The first byte that stands for no character, with its row and column.
pub(super) fn decode(path: &str, bytes: Vec<u8>) -> Result<String, Problem> {
    let text = match bytes.as_slice() {
        [0xEF, 0xBB, 0xBF, ..] => {
            let mut bytes = bytes;
            bytes.drain(..3);
            String::from_utf8(bytes).map_err(|error| broken_utf8(path, &error))?
        }
        [0xFF, 0xFE, rest @ ..] => decoded(path, rest, UTF_16LE)?,
        [0xFE, 0xFF, rest @ ..] => decoded(path, rest, UTF_16BE)?,
        _ => match utf16_without_mark(&bytes) {
            Some(encoding) => decoded(path, &bytes, encoding)?,
            None => utf8_or_cp932(path, bytes)?,
        },
    };
    if text.contains('\0') {
        return Err(Problem::error(
            "not-text",
            say!("`{path}` is no text file", "`{path}` はテキストファイルではありません"),
        )
        .expected(say!(
            "CSV or TSV text, or an Excel workbook (.xlsx)",
            "CSV・TSV のテキスト、または Excel ブック（.xlsx）"
        ))
        .at(Source::new(path, "").whole()));
    }
    if text.contains('\r') && !text.contains('\n') {
        return Ok(text.replace('\r', "\n"));
    }
    Ok(text)
}

/// Latin letters and digits in UTF-16 have a zero beside each.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = &bytes[..bytes.len().min(1000)];
    let zeros = |first: usize| start.iter().skip(first).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let many = start.len() / 8;
    if odd > many && even == 0 {
        Some(UTF_16LE)
    } else if even > many && odd == 0 {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// So many characters of three bytes in UTF-8 before the first fault are no accident of CP932.
const PLAINLY_UTF8: usize = 8;

fn utf8_or_cp932(path: &str, bytes: Vec<u8>) -> Result<String, Problem> {
    let error = match String::from_utf8(bytes) {
        Ok(text) => return Ok(text),
        Err(error) => error,
    };
    let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
    if valid.iter().filter(|byte| (0xE0..0xF0).contains(*byte)).count() >= PLAINLY_UTF8 {
        return Err(broken_utf8(path, &error));
    }
    decoded(path, error.as_bytes(), SHIFT_JIS)
}

fn broken_utf8(path: &str, error: &std::string::FromUtf8Error) -> Problem {
    let (bytes, at) = (error.as_bytes(), error.utf8_error().valid_up_to());
    let before = String::from_utf8_lossy(&bytes[..at]);
    undecodable(path, &before, &bytes[at..], "UTF-8")
}

fn decoded(path: &str, bytes: &[u8], encoding: &'static Encoding) -> Result<String, Problem> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::new();
    let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len());
    text.reserve(room.unwrap_or_default());
    let (result, read) = decoder.decode_to_string_without_replacement(bytes, &mut text, true);
    match result {
        DecoderResult::InputEmpty => Ok(text),
        DecoderResult::Malformed(bad, behind) => {
            let at = read.saturating_sub(usize::from(bad) + usize::from(behind));
            let name = if encoding == SHIFT_JIS { "Shift_JIS (CP932)" } else { encoding.name() };
            Err(undecodable(path, &text, &bytes[at..], name))
        }
        // There was room for everything.
        DecoderResult::OutputFull => Err(undecodable(path, &text, &[], encoding.name())),
    }
}

fn undecodable(path: &str, before: &str, rest: &[u8], encoding: &str) -> Problem {
    let row = 1 + before.matches('\n').count();
    let line = before.rsplit('\n').next().unwrap_or_default();
    let column = line.chars().count() + 1;
    let bytes: Vec<String> = rest.iter().take(2).map(|byte| format!("{byte:02X}")).collect();
    Problem::error(
        "undecodable",
        say!(
            "`{path}` has a byte at row {row}, column {column} that is no character of {encoding}",
            "`{path}` の {row} 行 {column} 文字目に {encoding} として読めないバイトがあります"
        ),
    )
    .found(Text::from(bytes.join(" ")))
    .help(say!(
        "mend that character and save the file again as UTF-8 (in Excel: CSV UTF-8)",
        "その文字を直し、UTF-8 で保存し直してください（Excel では「CSV UTF-8」）"
    ))
    .at(Place {
        file: path.to_owned(),
        line: row,
        column,
        length: 1,
        excerpt: format!("{line}\u{fffd}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 氏名,値 in the bytes that Python's codecs write.
    const CP932: &[u8] = b"\x8e\x81\x96\xbc,\x92\x6c\n";
    const UTF16LE: &[u8] = b"\xff\xfe\x0f\x6c\x0d\x54\x2c\x00\x24\x50\x0a\x00";
    const UTF16BE: &[u8] = b"\xfe\xff\x6c\x0f\x54\x0d\x00\x2c\x50\x24\x00\x0a";

    #[test]
    fn the_same_words_come_out_of_every_encoding() {
        let words = "氏名,値\n";
        let marked = [b"\xef\xbb\xbf", words.as_bytes()].concat();
        for bytes in [words.as_bytes(), &marked, CP932, UTF16LE, UTF16BE] {
            assert_eq!(decode("a.csv", bytes.to_vec()).unwrap(), words);
        }
    }

    #[test]
    fn what_only_cp932_has_is_read() {
        // NEC and IBM extensions: ①, ㈱, 髙 (FBFC), 﨑 (ED95 in the NEC selection).
        let bytes = b"\x87\x40\x87\x8a\xfb\xfc\xed\x95".to_vec();
        assert_eq!(decode("a.csv", bytes).unwrap(), "①㈱髙﨑");
    }

    #[test]
    fn utf16_without_a_mark_is_known_by_its_zeros() {
        let bytes: Vec<u8> = "id,a\n1,2\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode("a.csv", bytes).unwrap(), "id,a\n1,2\n");
    }

    #[test]
    fn a_byte_that_is_no_character_names_its_row_and_column() {
        let problem = decode("a.csv", b"a,b\n\x8e\x81,\xff\n".to_vec()).unwrap_err();
        let place = problem.place.unwrap();
        assert_eq!((problem.id, place.line, place.column), ("undecodable", 2, 3));
        // Ten kana in UTF-8 and then a cut character: not taken for Shift_JIS.
        let cut = [("あ".repeat(10) + "\n").as_bytes(), b"x\xe3\x81,1\n"].concat();
        let problem = decode("a.csv", cut).unwrap_err();
        let place = problem.place.unwrap();
        assert!(problem.message.en.contains("UTF-8"), "{}", problem.message.en);
        assert_eq!((place.line, place.column), (2, 2));
        let odd = decode("a.csv", b"\xff\xfea\x00b".to_vec()).unwrap_err();
        assert_eq!(odd.id, "undecodable");
    }

    #[test]
    fn lone_carriage_returns_end_lines() {
        assert_eq!(decode("a.csv", b"a\r1\r".to_vec()).unwrap(), "a\n1\n");
    }
}
