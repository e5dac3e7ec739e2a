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

/// A number with the units of Japanese amounts, if any: 1億2,000万円, 300千円, 5.
struct Amount {
    written: String,
    /// `None` where digits and units do not make one number beyond doubt.
    value: Option<Decimal>,
    /// Whether it has a unit, 円 included.
    units: bool,
    /// Just behind it.
    end: usize,
}

impl Amount {
    fn yen(&self, sign: &str) -> Text {
        let written = format!("{sign}{}", self.written);
        let Some(plain) = self.value.map(underscored) else {
            return say!(
                "write the amount in digits, as in yen(1_200_000), not {written}",
                "{written} は、yen(1_200_000) のように数字で書いてください"
            );
        };
        say!(
            "write {plain} or, in an expression, yen({plain}), not {written}",
            "{written} は {plain}、式の中では yen({plain}) と書いてください"
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
        let found = amount(line, start + 1)?;
        return Some((found.end, found.yen(&line[start].to_string())));
    }
    let found = amount(line, start)?;
    let written = &found.written;
    match (&line[found.end..], found.value) {
        (['%' | '％', rest @ ..], Some(value)) if !found.units => {
            let next = rest.iter().find(|character| **character != ' ');
            // Between two values it is the remainder of a division.
            if next.is_some_and(|next| next.is_alphanumeric() || matches!(next, '(' | '_')) {
                return None;
            }
            let part = value.checked_div(Decimal::ONE_HUNDRED)?.normalize();
            let plain = value.normalize();
            let hint = say!(
                "write {part} or, in an expression, percent({plain}), not {written}%",
                "{written}% は {part}、式の中では percent({plain}) とも書けます"
            );
            Some((found.end + 1, hint))
        }
        (['〜' | '～' | '~', ..], low) => {
            let high = amount(line, found.end + 1);
            let end = high.as_ref().map_or(found.end + 1, |high| high.end);
            // The unit of 1〜2万円 may be meant of both.
            let low = low.filter(|_| found.units || high.as_ref().is_none_or(|high| !high.units));
            let words = |value: Option<Decimal>| value.map_or("…".to_owned(), underscored);
            let (low, high) = (words(low), words(high.and_then(|high| high.value)));
            let hint = say!(
                "write a range as [{low}, {high}], or uniform({low}, {high}) for any value of it",
                "範囲は [{low}, {high}]、その中の任意の値なら uniform({low}, {high}) と書いてください"
            );
            Some((end, hint))
        }
        _ if found.units => Some((found.end, found.yen(""))),
        _ => number(line, start)
            .filter(|plain| plain.grouped)
            .map(|plain| (plain.end, plain.without_commas())),
    }
}

/// The amount that starts at a character, unless that is inside a word or another number.
fn amount(line: &[char], start: usize) -> Option<Amount> {
    let plain = number(line, start)?;
    let (mut end, mut count) = (plain.end, Some(plain.value));
    let mut sum = Sum::new();
    let mut known = Some(());
    while let Some(size) = line.get(end).and_then(|character| unit(*character)) {
        known = known.and(sum.add(count, size));
        let next = digits(line, end + 1);
        count = next.as_ref().map(|next| next.value);
        end = next.map_or(end + 1, |next| next.end);
    }
    let yen = line.get(end) == Some(&'円');
    if end == plain.end {
        let value = Some(plain.value);
        let end = end + usize::from(yen);
        return Some(Amount { written: line[start..end].iter().collect(), value, units: yen, end });
    }
    if yen {
        end += 1;
        known = known.and(count.map_or(Some(()), |count| sum.add(Some(count), 1)));
    } else if count.is_some() {
        // 5万8 may be 58,000 as it is spoken.
        known = None;
    }
    // 1億 2000万円, 1億二千万円
    let behind = line[end..].iter().position(|character| !character.is_whitespace());
    if let Some(next) =
        behind.map(|spaces| end + spaces).filter(|next| !yen && numeral(line[*next]))
    {
        let within = |of: &char| of.is_alphanumeric() || matches!(of, ',' | '，' | '.' | '．');
        end = line[next..]
            .iter()
            .position(|of| !within(of))
            .map_or(line.len(), |length| next + length);
        known = None;
    }
    let written = line[start..end].iter().collect();
    Some(Amount { written, value: known.and_then(|()| sum.whole()), units: true, end })
}

/// What a unit of Japanese numbers stands for.
fn unit(character: char) -> Option<u64> {
    match character {
        '十' => Some(10),
        '百' => Some(100),
        '千' => Some(1_000),
        '万' => Some(LARGE),
        '億' => Some(100_000_000),
        '兆' => Some(1_000_000_000_000),
        _ => None,
    }
}

/// From here on units count all that stands before them since the last such unit.
const LARGE: u64 = 10_000;

fn numeral(character: char) -> bool {
    narrow(character).is_ascii_digit() || "〇零一二三四五六七八九".contains(character)
}

/// An amount on the way from its largest unit to its smallest. What stands before a unit must be less
/// than the unit before, so that nothing is counted that could be meant otherwise.
struct Sum {
    whole: Decimal,
    /// The last large unit.
    below: Decimal,
    /// What was counted since then.
    section: Decimal,
    /// The last unit in it.
    section_below: Decimal,
}

impl Sum {
    fn new() -> Self {
        let (zero, most) = (Decimal::ZERO, Decimal::MAX);
        Self { whole: zero, below: most, section: zero, section_below: most }
    }

    /// Counts so many of a unit; `None` where that is no number.
    fn add(&mut self, count: Option<Decimal>, size: u64) -> Option<()> {
        let large = size >= LARGE;
        // 5千万 is five thousand times 万.
        let count = count.or((large && !self.section.is_zero()).then_some(Decimal::ZERO))?;
        let size = Decimal::from(size);
        let part = if large { count } else { count.checked_mul(size)? };
        if part >= self.section_below {
            return None;
        }
        self.section = self.section.checked_add(part)?;
        self.section_below = size;
        if large {
            let part = self.section.checked_mul(size)?;
            if part >= self.below {
                return None;
            }
            self.whole = self.whole.checked_add(part)?;
            self.below = size;
            (self.section, self.section_below) = (Decimal::ZERO, Decimal::MAX);
        }
        Some(())
    }

    fn whole(&self) -> Option<Decimal> {
        if self.section >= self.below { None } else { self.whole.checked_add(self.section) }
    }
}

/// The number that starts at a character, unless that is inside a word or another number.
fn number(line: &[char], start: usize) -> Option<Number> {
    let inside = start.checked_sub(1).map(|before| line[before]);
    if inside.is_some_and(|before| before.is_alphanumeric() || matches!(before, '_' | '.' | '．'))
    {
        return None;
    }
    digits(line, start)
}

/// The number that starts at a character, whatever stands before it.
fn digits(line: &[char], start: usize) -> Option<Number> {
    let digit = |at: usize| line.get(at).and_then(|character| narrow(*character).to_digit(10));
    digit(start)?;
    let (mut end, mut grouped) = (start, false);
    loop {
        let follows = |from: usize| (from..from + 3).all(|at| digit(at).is_some());
        match line.get(end) {
            Some(_) if digit(end).is_some() => end += 1,
            Some('_') if digit(end + 1).is_some() => end += 1,
            Some('.' | '．') if digit(end + 1).is_some() => end += 1,
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
            ("1億2000万円", 2, "yen(120_000_000), not 1億2000万円"),
            ("1億2000万円", 3, "yen(120_000_000), not 1億2000万円"),
            ("5万8千", 4, "yen(58_000), not 5万8千"),
            ("pay = 3億4,567万8,901円", 8, "yen(345_678_901), not"),
            ("１，２００万円", 6, "yen(12_000_000), not"),
            ("１．５億", 4, "yen(150_000_000), not １．５億"),
            ("1,200百万円", 6, "yen(1_200_000_000), not 1,200百万円"),
            ("300千円", 4, "yen(300_000), not 300千円"),
            ("3千5百万円", 2, "yen(35_000_000), not"),
            ("2兆5千万", 2, "yen(2_000_050_000_000), not"),
            ("￥1億2000万", 1, "yen(120_000_000), not ￥1億2000万"),
            ("5万8円", 2, "yen(50_008), not 5万8円"),
            ("[5万, 6万]", 3, "yen(50_000), not 5万"),
            ("5万〜8万円", 2, "[50_000, 80_000], or uniform(50_000, 80_000)"),
            ("1〜2万円", 2, "[…, 20_000], or"),
        ] {
            let hint = at(line, column).unwrap_or_default();
            assert!(hint.contains(part), "{line}: {hint}");
        }
    }

    #[test]
    fn an_amount_that_may_be_meant_otherwise_gets_no_number() {
        for (line, written) in [
            ("5万8", "5万8"),
            ("5万80000円", "5万80000円"),
            ("1億千万円", "1億千万円"),
            ("5千8万3万", "5千8万3万"),
            ("1億 2000万円", "1億 2000万円"),
            ("1億二千万円", "1億二千万円"),
            ("99999999999999999999兆円", "99999999999999999999兆円"),
        ] {
            for column in 1..=line.chars().count() {
                let hint = at(line, column).unwrap_or_default();
                let expected = format!("in digits, as in yen(1_200_000), not {written}");
                assert!(hint.contains(&expected), "{line}: {hint}");
            }
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
