//! Writing SVG: elements with attributes, everything escaped.

use std::fmt::Write as _;

use crate::report::font::FAMILIES;

/// Text with the characters escaped that XML would take for its own; those it cannot hold are left
/// out.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(' '),
            control if control.is_control() => {}
            '\u{fffe}' | '\u{ffff}' => {}
            other => out.push(other),
        }
    }
    out
}

/// A length in pixels: to a tenth, which no screen shows finer, and without a trailing `.0`.
pub(super) fn length(value: f64) -> String {
    let tenths = (value * 10.0).round() / 10.0;
    // A negative zero is a zero.
    format!("{}", tenths + 0.0)
}

/// A picture that is being written.
pub(super) struct Svg(String);

impl Svg {
    /// A picture of this size, with its title and description for those who do not see it. `style`
    /// is CSS, which may be empty.
    pub(super) fn new(
        (width, height): (f64, f64),
        name: &str,
        (title, note): (&str, &str),
        style: &str,
    ) -> Svg {
        let (width, height, name) = (length(width), length(height), escaped(name));
        let mut out = String::new();
        let _ = write!(
            out,
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-labelledby="{name}-title {name}-note" font-family="{FAMILIES}" font-size="{SIZE}" fill="{INK}">"#
        );
        let (title, note) = (escaped(title), escaped(note));
        let _ = write!(out, r#"<title id="{name}-title">{title}</title>"#);
        let _ = write!(out, r#"<desc id="{name}-note">{note}</desc>"#);
        if !style.is_empty() {
            let _ = write!(out, "<style>{style}</style>");
        }
        let _ = write!(out, r##"<rect width="{width}" height="{height}" fill="#ffffff"/>"##);
        Svg(out)
    }

    /// An element; with `within`, what it encloses, which is SVG already.
    pub(super) fn element(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        within: Option<&str>,
    ) {
        self.0.push('<');
        self.0.push_str(name);
        for (attribute, value) in attributes {
            let _ = write!(self.0, r#" {attribute}="{}""#, escaped(value));
        }
        match within {
            Some(within) => {
                let _ = write!(self.0, ">{within}</{name}>");
            }
            None => self.0.push_str("/>"),
        }
    }

    /// Words, their baseline beginning (or, by `anchor`, in the middle or ending) at a place.
    pub(super) fn words(
        &mut self,
        (x, y): (f64, f64),
        anchor: &str,
        text: &str,
        more: &[(&str, &str)],
    ) {
        let (x, y) = (length(x), length(y));
        let mut attributes = vec![("x", x.as_str()), ("y", y.as_str())];
        if anchor != "start" {
            attributes.push(("text-anchor", anchor));
        }
        attributes.extend(more);
        self.element("text", &attributes, Some(&escaped(text)));
    }

    /// Words in lines below each other, the first on a baseline.
    pub(super) fn lines(
        &mut self,
        (x, y): (f64, f64),
        anchor: &str,
        lines: &[String],
        height: f64,
        more: &[(&str, &str)],
    ) {
        for (at, line) in lines.iter().enumerate() {
            self.words((x, y + at as f64 * height), anchor, line, more);
        }
    }

    /// The whole picture.
    pub(super) fn finish(mut self) -> String {
        self.0.push_str("</svg>");
        self.0
    }
}

/// The colour of words.
pub(super) const INK: &str = "#1f2328";

/// The size of words, in pixels: on a telephone, where a picture is 360 pixels wide, still more
/// than 9.
pub(super) const SIZE: f64 = 13.0;

/// How wide ASCII from the space on is, in hundredths of its size: the wider of BIZ UDPGothic, which
/// travels with the program, and of Arial.
const ASCII: [u8; 95] = [
    34, 33, 48, 92, 80, 100, 90, 29, 50, 50, 50, 84, 31, 48, 31, 50, 76, 63, 76, 76, 76, 76, 76,
    76, 76, 76, 31, 31, 84, 84, 84, 78, 102, 76, 77, 80, 84, 71, 67, 84, 82, 42, 54, 75, 60, 98,
    82, 86, 75, 90, 76, 71, 71, 84, 75, 98, 80, 73, 75, 50, 50, 50, 50, 56, 50, 65, 71, 65, 71, 69,
    50, 67, 71, 32, 38, 63, 33, 94, 71, 69, 71, 71, 46, 59, 48, 71, 58, 88, 60, 61, 58, 52, 44, 52,
    59,
];

/// How wide text is at most, in parts of its size. Kana are as wide as in fonts that give each letter
/// the same width.
pub(super) fn width(text: &str) -> f64 {
    let of = |letter: char| match letter {
        '\u{ff61}'..='\u{ffdc}' => 0.5,
        '\u{2e80}'.. => 1.0,
        ' '..='~' => f64::from(ASCII[letter as usize - 32]) / 100.0,
        '…' | '→' | '←' | '—' => 1.0,
        _ => 0.85,
    };
    text.chars().map(of).sum()
}

/// Text in lines no wider than `most`, in parts of its size. Japanese breaks anywhere, other text
/// at spaces and behind hyphens, and what is longer than a line where it must.
pub(super) fn wrapped(text: &str, most: f64) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    let mut word = String::new();
    let flush = |word: &mut String, lines: &mut Vec<String>| {
        let Some(line) = lines.last_mut() else { return };
        if !line.is_empty() && width(line) + width(word.trim_end()) > most {
            let whole = line.trim_end().len();
            line.truncate(whole);
            lines.push(std::mem::take(word));
        } else {
            line.push_str(word);
            word.clear();
        }
    };
    for letter in text.chars() {
        let wide = letter >= '\u{2e80}';
        // What closes a phrase does not begin a line.
        let closes = "、。，．）」』】〕：；・％円".contains(letter);
        if wide && !closes {
            flush(&mut word, &mut lines);
        }
        // A hyphen within a word or a date, not a sign.
        let hyphen = letter == '-' && word.ends_with(char::is_alphanumeric);
        word.push(letter);
        if letter == ' ' || hyphen || width(&word) > most {
            flush(&mut word, &mut lines);
        }
    }
    flush(&mut word, &mut lines);
    lines.retain(|line| !line.is_empty());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_would_take_for_its_own_is_escaped() {
        assert_eq!(escaped("a<b & \"c\"\u{0}"), "a&lt;b &amp; &quot;c&quot;");
    }

    #[test]
    fn lengths_are_tenths_without_a_sign_of_zero() {
        assert_eq!([length(-0.01), length(3.0512), length(10.0)], ["0", "3.1", "10"]);
    }

    #[test]
    fn lines_break_at_spaces_and_between_japanese_letters() {
        assert_eq!(wrapped("the quick brown fox", 6.3), ["the quick", "brown fox"]);
        assert_eq!(wrapped("2027-02-28", 4.0), ["2027-", "02-28"]);
        assert_eq!(wrapped("from -12 to -34", 4.5), ["from", "-12 to", "-34"]);
        assert_eq!(wrapped("要介護認定の減少", 4.0), ["要介護認", "定の減少"]);
        // A closing mark stays on the line of what it closes.
        assert!(wrapped("支払（税込）の分布。", 5.0).iter().all(|line| !line.starts_with('）')));
        assert!(wrapped("", 4.0).is_empty());
    }
}
