//! 和暦: years counted from the beginning of an era.

use jiff::civil::Date;

/// An era: its names, and its first and last day.
struct Era {
    kanji: &'static str,
    letter: char,
    first: (i16, i8, i8),
    last: (i16, i8, i8),
}

/// The eras since the solar calendar. Their limits are those of the decrees: 改元ノ詔書 of 30 July
/// 1912 and of 25 December 1926 took effect on their own day, so that day has two names; 元号を改める
/// 政令 (昭和64年政令第1号) from 8 January 1989 and (平成31年政令第143号) from 1 May 2019. Meiji counts
/// from its sixth year, when the solar calendar came into use (明治5年太政官布告第337号).
const ERAS: [Era; 5] = [
    Era { kanji: "令和", letter: 'R', first: (2019, 5, 1), last: (9999, 12, 31) },
    Era { kanji: "平成", letter: 'H', first: (1989, 1, 8), last: (2019, 4, 30) },
    Era { kanji: "昭和", letter: 'S', first: (1926, 12, 25), last: (1989, 1, 7) },
    Era { kanji: "大正", letter: 'T', first: (1912, 7, 30), last: (1926, 12, 25) },
    Era { kanji: "明治", letter: 'M', first: (1873, 1, 1), last: (1912, 7, 30) },
];

/// The first year of an era, by the calendar: Meiji began before the solar calendar did.
fn first_year(era: &Era) -> i16 {
    if era.letter == 'M' { 1868 } else { era.first.0 }
}

/// A date as 令和5年3月31日, 令和元年5月1日, R5.3.31, H31/4/30; `None` when the era has no such day.
pub(super) fn date(text: &str) -> Option<Date> {
    let era = ERAS.iter().find_map(|era| {
        let kanji = text.strip_prefix(era.kanji);
        // 令5.3.31, as forms abbreviate it.
        let short = || text.strip_prefix(era.kanji.chars().next()?);
        let letter = || text.strip_prefix([era.letter, era.letter.to_ascii_lowercase()]);
        Some((era, kanji.or_else(short).or_else(letter)?.trim_start()))
    });
    let (era, rest) = era?;
    let (year, month, day) = match rest.strip_prefix('元') {
        Some(rest) => parts(&format!("1{rest}"))?,
        None => parts(rest)?,
    };
    if !(1..=999).contains(&year) {
        return None;
    }
    let date = Date::new(first_year(era) + year - 1, month, day).ok()?;
    let end = |(year, month, day): (i16, i8, i8)| Date::new(year, month, day).ok();
    (end(era.first)? <= date && date <= end(era.last)?).then_some(date)
}

/// The numbers of 5年3月31日, 5.3.31, 5/3/31 or 5-3-31.
pub(super) fn parts(text: &str) -> Option<(i16, i8, i8)> {
    let (year, rest) = match text.split_once('年') {
        Some((year, rest)) => (year, rest.trim_end().strip_suffix('日')?.split_once('月')?),
        None => {
            let separator = text.chars().find(|c| matches!(c, '.' | '/' | '-'))?;
            let (year, rest) = text.split_once(separator)?;
            (year, rest.split_once(separator)?)
        }
    };
    let number = |text: &str| {
        let text = text.trim();
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<i16>().ok()).flatten()
    };
    let small = |text: &str| number(text).and_then(|number| i8::try_from(number).ok());
    Some((number(year)?, small(rest.0)?, small(rest.1)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iso(text: &str) -> String {
        date(text).map_or_else(|| "none".to_owned(), |date| date.to_string())
    }

    #[test]
    fn eras_end_on_their_true_days() {
        let table = [
            ("令和5年3月31日", "2023-03-31"),
            ("令和元年5月1日", "2019-05-01"),
            ("令和1年5月1日", "2019-05-01"),
            ("R5.3.31", "2023-03-31"),
            ("r05/03/31", "2023-03-31"),
            ("令5.3.31", "2023-03-31"),
            ("H31/4/30", "2019-04-30"),
            ("平成31年4月30日", "2019-04-30"),
            ("H31.5.1", "none"),
            ("令和元年4月30日", "none"),
            ("平成元年1月8日", "1989-01-08"),
            ("平成元年1月7日", "none"),
            ("昭和64年1月7日", "1989-01-07"),
            ("S64.1.8", "none"),
            ("昭和元年12月25日", "1926-12-25"),
            ("大正15年12月25日", "1926-12-25"),
            ("大正15年12月26日", "none"),
            ("T1.7.30", "1912-07-30"),
            ("明治45年7月30日", "1912-07-30"),
            ("明治45年7月31日", "none"),
            ("M6.1.1", "1873-01-01"),
            ("M5.12.31", "none"),
            ("S30.4.1", "1955-04-01"),
            ("令和6年2月29日", "2024-02-29"),
            ("令和5年2月29日", "none"),
            ("令和0年5月1日", "none"),
            ("R5.3", "none"),
            ("R5.3/31", "none"),
            ("R-5.3.31", "none"),
            ("令和５年３月３１日", "none"),
        ];
        for (text, wanted) in table {
            assert_eq!(iso(text), wanted, "{text}");
        }
    }
}
