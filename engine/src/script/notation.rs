//! Numbers and signs as people write them on paper, which no script or file can read, and how they
//! are written here.

use rust_decimal::Decimal;

use crate::problem::{Place, Text, say};

/// What to write in the place of a paper notation at a place or just beside it.
pub(crate) fn hint(place: &Place) -> Option<Text> {
    let line: Vec<char> = place.excerpt.chars().collect();
    let at = place.column.checked_sub(1)?;
    let mut start = 0;
    while start < line.len() {
        let Some((end, hint)) = notation(&line, start) else {
            start += 1;
            continue;
        };
        // A parser notices some of them only at what follows.
        if start <= at + 1 && at <= end + 1 {
            return Some(hint);
        }
        start = end;
    }
    None
}

/// A number grouped by commas behind a place, on the same line.
pub(super) fn grouped_behind(place: &Place) -> Option<Text> {
    let line: Vec<char> = place.excerpt.chars().collect();
    let mut start = place.column.checked_sub(1)?;
    while start < line.len() {
        match number(&line, start) {
            Some(found) if found.grouped => return Some(found.without_commas()),
            Some(found) => start = found.end,
            None => start += 1,
        }
    }
    None
}

/// A number of digits, possibly grouped.
struct Number {
    written: String,
    value: Decimal,
    /// Whether its groups are separated by commas.
    grouped: bool,
    /// Just behind it.
    end: usize,
}

impl Number {
    fn without_commas(&self) -> Text {
        let (plain, written) = (underscored(self.value), &self.written);
        say!(
            "a comma separates values: write {plain}, not {written}",
            "コンマは値の区切りです。{written} は {plain} と書いてください"
        )
    }
}

/// The notation that starts at a character, and its end.
fn notation(line: &[char], start: usize) -> Option<(usize, Text)> {
    let sign = match line[start] {
        '×' | '✕' => Some("*"),
        '÷' => Some("/"),
        '−' | '–' => Some("-"),
        '≧' | '≥' => Some(">="),
        '≦' | '≤' => Some("<="),
        '≠' => Some("!="),
        _ => None,
    };
    if let Some(sign) = sign {
        let written = line[start];
        let hint =
            say!("write `{sign}`, not `{written}`", "`{written}` は `{sign}` と書いてください");
        return Some((start + 1, hint));
    }
    if matches!(line[start], '¥' | '￥') {
        let found = number(line, start + 1)?;
        return Some((found.end, yen(found.value, &format!("{}{}", line[start], found.written))));
    }
    let found = number(line, start)?;
    let behind = &line[found.end..];
    let written = &found.written;
    match behind {
        ['%' | '％', rest @ ..] => {
            let next = rest.iter().find(|character| **character != ' ');
            // Between two values it is the remainder of a division.
            if next.is_some_and(|next| next.is_alphanumeric() || matches!(next, '(' | '_')) {
                return None;
            }
            let part = found.value.checked_div(Decimal::ONE_HUNDRED)?.normalize();
            let plain = found.value.normalize();
            let hint = say!(
                "write {part} or, in an expression, percent({plain}), not {written}%",
                "{written}% は {part}、式の中では percent({plain}) とも書けます"
            );
            Some((found.end + 1, hint))
        }
        [large @ ('万' | '億'), rest @ ..] => {
            let times = if *large == '万' { 10_000 } else { 100_000_000 };
            let value = found.value.checked_mul(Decimal::from(times))?;
            let (mark, end) = match rest.first() {
                Some('円') => ("円", found.end + 2),
                _ => ("", found.end + 1),
            };
            Some((end, yen(value, &format!("{written}{large}{mark}"))))
        }
        ['円', ..] => Some((found.end + 1, yen(found.value, &format!("{written}円")))),
        ['〜' | '～' | '~', ..] => {
            let low = underscored(found.value);
            let (high, end) = match number(line, found.end + 1) {
                Some(high) => (underscored(high.value), high.end),
                None => ("…".to_owned(), found.end + 1),
            };
            let hint = say!(
                "write a range as [{low}, {high}], or uniform({low}, {high}) for any value of it",
                "範囲は [{low}, {high}]、その中の任意の値なら uniform({low}, {high}) と書いてください"
            );
            Some((end, hint))
        }
        _ if found.grouped => Some((found.end, found.without_commas())),
        _ => None,
    }
}

fn yen(value: Decimal, written: &str) -> Text {
    let plain = underscored(value);
    say!(
        "write {plain} or, in an expression, yen({plain}), not {written}",
        "{written} は {plain}、式の中では yen({plain}) と書いてください"
    )
}

/// The number that starts at a character, unless that is inside a word or another number.
fn number(line: &[char], start: usize) -> Option<Number> {
    let digit = |at: usize| line.get(at).and_then(|character| narrow(*character).to_digit(10));
    let inside = start.checked_sub(1).map(|before| line[before]);
    if inside.is_some_and(|before| before.is_alphanumeric() || matches!(before, '_' | '.')) {
        return None;
    }
    digit(start)?;
    let (mut end, mut grouped) = (start, false);
    loop {
        let follows = |from: usize| (from..from + 3).all(|at| digit(at).is_some());
        match line.get(end) {
            Some(_) if digit(end).is_some() => end += 1,
            Some('_') if digit(end + 1).is_some() => end += 1,
            Some('.') if digit(end + 1).is_some() => end += 1,
            Some(',' | '，') if follows(end + 1) && digit(end + 4).is_none() => {
                grouped = true;
                end += 4;
            }
            _ => break,
        }
    }
    let written: String = line[start..end].iter().collect();
    let plain = written.chars().map(narrow).filter(|c| !matches!(c, '_' | ',')).collect::<String>();
    let value = Decimal::from_str_exact(&plain).ok()?;
    Some(Number { written, value, grouped, end })
}

/// A full-width character as a half-width one.
fn narrow(character: char) -> char {
    match character {
        '０'..='９' | '，' | '．' => {
            char::from_u32(character as u32 - 0xfee0).unwrap_or(character)
        }
        other => other,
    }
}

/// A number as scripts write it: 1_234_567.8.
fn underscored(value: Decimal) -> String {
    crate::contract::explain::amount_text(value.normalize()).replace(',', "_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Source;

    /// The hint where the parser stops at `column`.
    fn at(line: &str, column: usize) -> Option<String> {
        hint(&Source::new("f", line).place(1, column)).map(|hint| hint.en)
    }

    #[test]
    fn paper_notations_are_told_as_they_are_written_here() {
        for (line, column, part) in [
            ("5%", 3, "write 0.05 or, in an expression, percent(5), not 5%"),
            ("p = 12.5％", 5, "write 0.125 or"),
            ("normal(5%, 2)", 10, "write 0.05"),
            ("p = 100,000", 8, "write 100_000, not 100,000"),
            ("p = 1,234,567.5", 6, "write 1_234_567.5, not"),
            ("5円", 2, "write 5 or, in an expression, yen(5), not 5円"),
            ("yen(300万円)", 8, "yen(3_000_000), not 300万円"),
            ("¥500", 1, "yen(500), not ¥500"),
            ("0.5×2", 4, "write `*`, not `×`"),
            ("1 − 2", 3, "write `-`, not `−`"),
            ("1〜2", 2, "[1, 2], or uniform(1, 2)"),
            ("a = 1_000円", 5, "yen(1_000), not 1_000円"),
        ] {
            let hint = at(line, column).unwrap_or_default();
            assert!(hint.contains(part), "{line}: {hint}");
        }
    }

    #[test]
    fn what_can_be_read_and_what_stands_elsewhere_get_no_hint() {
        for (line, column) in [
            ("10 % 3", 4),
            ("normal(5, 200)", 9),
            ("x5%", 4),
            ("[0.3,0.5", 9),
            ("5%, p = wrong", 9),
        ] {
            assert_eq!(at(line, column), None, "{line}");
        }
    }

    #[test]
    fn a_grouped_number_behind_a_call_is_found() {
        let behind = |line: &str| grouped_behind(&Source::new("f", line).place(1, 5));
        assert!(behind("x = yen(100,000)").is_some_and(|hint| hint.en.contains("write 100_000,")));
        assert_eq!(behind("x = beta(30, 700, 1)"), None);
    }
}
