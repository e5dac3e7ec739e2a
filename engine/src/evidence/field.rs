//! Fields as offices write them: numbers, dates, yes and no.
//!
//! Full-width letters, digits and signs count as their narrow forms.

use std::borrow::Cow;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::era;
use super::workbook::NOT_COMPUTED;

/// The text with full-width letters, digits, signs and spaces made narrow.
pub(super) fn narrow(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut narrow = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '！'..='～' => {
                let code = character as u32 - '！' as u32 + '!' as u32;
                narrow.push(char::from_u32(code).unwrap_or(character));
            }
            '\u{3000}' | '\u{a0}' => narrow.push(' '),
            '−' | '‐' | '‑' | '–' => narrow.push('-'),
            '㋿' => narrow.push_str("令和"),
            '㍻' => narrow.push_str("平成"),
            '㍼' => narrow.push_str("昭和"),
            '㍽' => narrow.push_str("大正"),
            '㍾' => narrow.push_str("明治"),
            other => narrow.push(other),
        }
    }
    Cow::Owned(narrow)
}

/// A number: 1234.5, 1.5e3, 1,234, １２３．５, －５, ▲5; 32.9% is 0.329.
pub(super) fn number(field: &str) -> Option<Decimal> {
    if let Some((mantissa, scale)) = plain(field.as_bytes()) {
        return Some(Decimal::new(mantissa, scale));
    }
    let text = narrow(field);
    let text = text.trim();
    match text.strip_suffix('%') {
        Some(percent) => {
            signed(percent.trim_end())?.checked_div(Decimal::ONE_HUNDRED).map(|n| n.normalize())
        }
        None => signed(text),
    }
}

/// Digits with at most one point, as nearly every number is written: mantissa and scale, without
/// zeros at the end.
pub(super) fn plain(field: &[u8]) -> Option<(i64, u32)> {
    let (negative, digits) = match field {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let (mut mantissa, mut scale, mut point) = (0_i64, 0, false);
    for (position, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {
                mantissa = mantissa * 10 + i64::from(byte - b'0');
                scale += u32::from(point);
            }
            b'.' if !point && position > 0 && position + 1 < digits.len() => point = true,
            _ => return None,
        }
    }
    while scale > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    Some((if negative { -mantissa } else { mantissa }, scale))
}

fn signed(text: &str) -> Option<Decimal> {
    let (negative, digits) = match text.strip_prefix(['-', '▲', '△']) {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    // A second sign is no number.
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') || digits.contains('_') {
        return None;
    }
    let plain: Cow<'_, str> = match digits.contains(',') {
        true => Cow::Owned(ungrouped(digits)?),
        false => Cow::Borrowed(digits),
    };
    let value = Decimal::from_str_exact(&plain).or_else(|_| Decimal::from_scientific(&plain));
    let value = value.ok()?.normalize();
    Some(if negative { -value } else { value })
}

/// 1,234,567.8 without its separators; `None` when they do not stand at every third digit.
fn ungrouped(text: &str) -> Option<String> {
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let sound = (1..=3).contains(&first.len())
        && groups.all(|group| group.len() == 3)
        && whole.bytes().all(|byte| byte.is_ascii_digit() || byte == b',')
        && !rest.contains(',');
    sound.then(|| whole.replace(',', "") + rest)
}

/// A date: 2024-03-31, 2024/3/31, 2024.3.31, 2024年3月31日, 20240331, or of an era; a time of day
/// behind it is passed over.
pub(super) fn date(field: &str) -> Option<Date> {
    let text = narrow(field);
    let text = without_time(text.trim());
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let (year, month, day) = (&text[..4], &text[4..6], &text[6..]);
        return Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok();
    }
    let year = text.bytes().take_while(u8::is_ascii_digit).count();
    match year {
        4 => {
            let (year, month, day) = era::parts(text)?;
            Date::new(year, month, day).ok()
        }
        0 => era::date(text),
        _ => None,
    }
}

/// The day of a number by which Excel counts days, where it is one of this century's first half:
/// 1 is 1 January 1900, and 29 February 1900 is counted although it never was.
pub(super) fn serial(field: &str) -> Option<Date> {
    let days: i64 = narrow(field).trim().parse().ok()?;
    (36_526..55_153)
        .contains(&days)
        .then(|| jiff::civil::date(1899, 12, 30).checked_add(jiff::ToSpan::days(days)).ok())?
}

/// The text before a time of day: 2024/3/31 0:00:00, 2024-03-31T09:30.
fn without_time(text: &str) -> &str {
    let Some((date, time)) = text.split_once([' ', 'T']) else { return text };
    let parts: Vec<&str> = time.trim().split(':').collect();
    let number = |part: &&str| {
        let whole = part.split('.').next().unwrap_or_default();
        (1..=2).contains(&whole.len())
            && part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    let is_time = (2..=3).contains(&parts.len()) && parts.iter().all(number);
    if is_time { date } else { text }
}

/// Yes or no: 1/0, true/false, yes/no, はい/いいえ, ○/×, 有/無, あり/なし.
pub(super) fn yes_no(field: &str) -> Option<bool> {
    match field {
        "1" => return Some(true),
        "0" => return Some(false),
        _ => {}
    }
    match narrow(field).trim().to_lowercase().as_str() {
        "1" | "true" | "yes" | "はい" | "○" | "〇" | "◯" | "有" | "あり" | "有り" => {
            Some(true)
        }
        "0" | "false" | "no" | "いいえ" | "×" | "✕" | "✖" | "無" | "なし" | "無し" => {
            Some(false)
        }
        _ => None,
    }
}

/// An error of a spreadsheet's formula, as its cell shows it.
pub(super) fn is_formula_error(field: &str) -> bool {
    field.starts_with('#')
        && [
            "#REF!",
            "#DIV/0!",
            "#N/A",
            "#NAME?",
            "#NULL!",
            "#NUM!",
            "#VALUE!",
            "#DATA!",
            "#SPILL!",
            "#CALC!",
            NOT_COMPUTED,
        ]
        .contains(&field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &str) -> String {
        number(text).map_or_else(|| "none".to_owned(), |number| number.to_string())
    }

    #[test]
    fn numbers_are_read_as_offices_write_them() {
        let table = [
            ("1234.50", "1234.5"),
            ("-0.5", "-0.5"),
            (".5", "0.5"),
            ("5.", "5"),
            ("+5", "5"),
            ("1.5e3", "1500"),
            ("１２３．５", "123.5"),
            ("－５", "-5"),
            ("−5", "-5"),
            ("▲1,234", "-1234"),
            ("△ 5", "-5"),
            ("1,234", "1234"),
            ("１，２３４", "1234"),
            ("1,234,567.89", "1234567.89"),
            ("12,34", "none"),
            ("1,2345", "none"),
            (",123", "none"),
            ("1234,567", "none"),
            ("1.234,567", "none"),
            ("32.9%", "0.329"),
            ("３２．９％", "0.329"),
            ("－", "none"),
            ("-", "none"),
            ("--5", "none"),
            ("-+5", "none"),
            ("5 mmHg", "none"),
            ("1_000", "none"),
            ("NaN", "none"),
            ("", "none"),
            ("99999999999999999999999999999999", "none"),
        ];
        for (text, wanted) in table {
            assert_eq!(shown(text), wanted, "{text}");
        }
    }

    #[test]
    fn dates_are_read_as_offices_write_them() {
        let table = [
            ("2024-03-31", "2024-03-31"),
            ("2024/3/1", "2024-03-01"),
            ("2024.3.31", "2024-03-31"),
            ("2024年3月31日", "2024-03-31"),
            ("２０２４年３月３１日", "2024-03-31"),
            ("20240331", "2024-03-31"),
            ("2024/3/31 0:00:00", "2024-03-31"),
            ("2024-03-31T09:30", "2024-03-31"),
            ("令和６年３月３１日", "2024-03-31"),
            ("㋿6年3月31日", "2024-03-31"),
            ("Ｒ６．３．３１", "2024-03-31"),
            ("2024-13-01", "none"),
            ("2023/2/29", "none"),
            ("24/3/31", "none"),
            ("2024/3", "none"),
            ("2024-3/31", "none"),
            ("20241331", "none"),
            ("3/31/2024", "none"),
            ("2024-03-31 soon", "none"),
            ("", "none"),
        ];
        for (text, wanted) in table {
            let found = date(text).map_or_else(|| "none".to_owned(), |date| date.to_string());
            assert_eq!(found, wanted, "{text}");
        }
    }

    #[test]
    fn yes_and_no_are_read_in_two_languages() {
        for yes in ["1", "１", "TRUE", "Yes", "はい", "○", "〇", "有", "あり"] {
            assert_eq!(yes_no(yes), Some(true), "{yes}");
        }
        for no in ["0", "０", "false", "いいえ", "×", "無", "なし"] {
            assert_eq!(yes_no(no), Some(false), "{no}");
        }
        assert_eq!((yes_no("△"), yes_no("-")), (None, None));
    }

    proptest! {
        #[test]
        fn the_quick_way_reads_what_the_decimal_library_reads(
            mantissa in -999_999_999_999_999_i64..999_999_999_999_999, scale in 0_u32..12,
        ) {
            let wanted = Decimal::new(mantissa, scale);
            let (quick, digits) = plain(wanted.to_string().as_bytes()).unwrap();
            prop_assert_eq!(Decimal::new(quick, digits), wanted);
            prop_assert_eq!(digits, wanted.normalize().scale());
        }

        #[test]
        fn wide_digits_are_the_same_number(mantissa in 0_i64..999_999_999, scale in 0_u32..6) {
            let text = Decimal::new(mantissa, scale).to_string();
            let wide: String = text
                .chars()
                .map(|c| char::from_u32(c as u32 + 0xFEE0).unwrap())
                .collect();
            prop_assert_eq!(number(&wide), number(&text));
        }

        #[test]
        fn nothing_makes_a_reader_of_fields_panic(text in "\\PC{0,12}") {
            let _ = (number(&text), date(&text), yes_no(&text));
        }
    }
}
