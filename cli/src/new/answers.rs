//! The questions behind a template, and their answers: by flags, by whoever types, or assumed.

use std::io::BufRead;

use engine::problem::{Language, Problem, Text};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use rust_decimal::Decimal;

use super::kind::Kind;
use super::text::grouped;
use crate::arguments::NewArguments;
use crate::arguments::money;
use crate::output::Output;
use crate::{Failure, render};

/// The contract's first day, unless answered.
const FIRST_DAY: Date = date(2026, 4, 1);

/// The years in which days may lie.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2120;

/// The fewest days of a contract, and the most years.
const LENGTH: (i64, i64) = (182, 10);

/// The least and the most that a cap may be, in yen.
const CAP: [i64; 2] = [1_000_000, 100_000_000_000];

/// The most letters of a name.
const NAME: usize = 80;

/// What is asked, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    /// Who pays.
    Payer,
    /// Who delivers.
    Provider,
    /// The contract's first day.
    From,
    /// Its last day.
    To,
    /// The most that is paid in all.
    Cap,
    /// The value of the main indicator from which its full amount is paid.
    Target,
}

impl Question {
    /// All questions.
    pub(super) const ALL: [Self; 6] =
        [Self::Payer, Self::Provider, Self::From, Self::To, Self::Cap, Self::Target];

    /// The flag that answers it, without its hyphens.
    pub(super) fn flag(self) -> &'static str {
        match self {
            Self::Payer => "payer",
            Self::Provider => "provider",
            Self::From => "from",
            Self::To => "to",
            Self::Cap => "cap",
            Self::Target => "target",
        }
    }

    /// What is asked for.
    pub(super) fn subject(self) -> Text {
        match self {
            Self::Payer => text!("payer", "支払者"),
            Self::Provider => text!("provider", "受託者"),
            Self::From => text!("first day", "契約の初日"),
            Self::To => text!("last day", "契約の最終日"),
            Self::Cap => text!("cap", "支払上限額"),
            Self::Target => text!("target", "目標値"),
        }
    }

    fn words(self, kind: &Kind) -> Text {
        match self {
            Self::Payer => text!("Who pays?", "支払うのは誰ですか"),
            Self::Provider => text!("Who delivers the programme?", "事業を行うのは誰ですか"),
            Self::From => text!("What is the first day?", "契約の初日はいつですか"),
            Self::To => text!("What is the last day?", "契約の最終日はいつですか"),
            Self::Cap => {
                text!("What is the most that may be paid in all, in yen?", "支払上限額は何円ですか")
            }
            Self::Target => kind.question.clone(),
        }
    }
}

/// The answers as they were written.
#[derive(Debug, Clone, Default)]
pub(super) struct Given([Option<String>; 6]);

impl Given {
    /// Those that flags gave.
    pub(super) fn by_flags(arguments: &NewArguments) -> Self {
        let NewArguments { payer, provider, first_day, last_day, cap, target, .. } = arguments;
        Self([payer, provider, first_day, last_day, cap, target].map(Clone::clone))
    }

    /// What was answered to a question.
    pub(super) fn to(&self, question: Question) -> Option<&str> {
        self.0[question as usize].as_deref()
    }

    /// Notes an answer, or that there is none.
    pub(super) fn set(&mut self, question: Question, answer: Option<String>) {
        self.0[question as usize] = answer;
    }
}

/// The answers as they were read, with what is assumed in the place of those that were not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answers {
    /// The payer's name.
    pub(super) payer: Text,
    /// The provider's name.
    pub(super) provider: Text,
    /// The contract's first day.
    pub(super) from: Date,
    /// Its last day.
    pub(super) to: Date,
    /// The most that is paid in all: whole yen.
    pub(super) cap: Decimal,
    /// The target, in the unit of the template.
    pub(super) target: Decimal,
}

/// An answer that cannot be used.
#[derive(Debug)]
struct Wrong {
    question: Question,
    problem: Problem,
}

impl Answers {
    /// Reads what was given.
    ///
    /// # Errors
    ///
    /// Every answer that cannot be used, with what was found and what was expected.
    pub(super) fn of(given: &Given, kind: &Kind) -> Result<Self, Vec<Problem>> {
        let (answers, wrong) = read(given, kind);
        if wrong.is_empty() {
            return Ok(answers);
        }
        Err(wrong.into_iter().map(|wrong| wrong.problem).collect())
    }

    /// An answer as people read it.
    pub(super) fn shown(&self, question: Question, kind: &Kind) -> Text {
        match question {
            Question::Payer => self.payer.clone(),
            Question::Provider => self.provider.clone(),
            Question::From => Text::from(self.from.to_string()),
            Question::To => Text::from(self.to.to_string()),
            Question::Cap => Text::from(grouped(self.cap, ',')),
            Question::Target => kind.with_unit(self.target),
        }
    }
}

/// The answers, and those that cannot be used; what is assumed stands in their place.
fn read(given: &Given, kind: &Kind) -> (Answers, Vec<Wrong>) {
    let mut wrong = Vec::new();
    let city = text!("City", "市");
    let payer = answer(given, Question::Payer, city, &mut wrong, name);
    let vendor = text!("Provider", "事業者");
    let provider = answer(given, Question::Provider, vendor, &mut wrong, |written| {
        let other = text!("somebody other than the payer", "支払者とは別の者");
        name(written).and_then(|name| if name == payer { Err(other) } else { Ok(name) })
    });
    // A last day without a first one says when the contract begins.
    let begins = given
        .to(Question::To)
        .and_then(day)
        .map_or(FIRST_DAY, |last| last.saturating_add(1.day()).saturating_sub(kind.years.years()));
    let from = answer(given, Question::From, begins, &mut wrong, first_day);
    let begun = wrong.iter().all(|wrong: &Wrong| wrong.question != Question::From);
    let ends = last_day_of(from, kind.years);
    let to = answer(given, Question::To, ends, &mut wrong, |written| {
        last_day(written, begun.then_some(from))
    });
    let cap = answer(given, Question::Cap, kind.cap, &mut wrong, cap);
    let target =
        answer(given, Question::Target, kind.target, &mut wrong, |written| target(written, kind));
    (Answers { payer, provider, from, to, cap, target }, wrong)
}

/// One answer, or what is assumed. `reading` gives the value, or what was expected.
fn answer<T>(
    given: &Given,
    question: Question,
    assumed: T,
    wrong: &mut Vec<Wrong>,
    reading: impl FnOnce(&str) -> Result<T, Text>,
) -> T {
    let Some(written) = given.to(question) else { return assumed };
    reading(written).unwrap_or_else(|expected| {
        let Text { en, ja } = question.subject();
        let flag = question.flag();
        let message = Text {
            en: format!("this cannot be the {en} (`--{flag}`)"),
            ja: format!("{ja}（`--{flag}`）として使えません"),
        };
        let problem = Problem::error("wrong-answer", message)
            .found(Text::from(format!("`{written}`")))
            .expected(expected);
        wrong.push(Wrong { question, problem });
        assumed
    })
}

fn name(written: &str) -> Result<Text, Text> {
    let name = written.trim();
    let letters = name.chars().count();
    if letters == 0 || letters > NAME || name.chars().any(char::is_control) {
        return Err(text!("a name of 1 to {NAME} letters", "{NAME} 字以内の名称"));
    }
    Ok(Text::from(name))
}

fn day(written: &str) -> Option<Date> {
    engine::evidence::date_of(written).filter(|day| YEARS.contains(&day.year()))
}

fn first_day(written: &str) -> Result<Date, Text> {
    day(written).ok_or_else(|| {
        text!("a date such as 2026-04-01", "2026-04-01 や 令和8年4月1日 のような日付")
    })
}

/// A day that lies well behind the first one, where that is known.
fn last_day(written: &str, from: Option<Date>) -> Result<Date, Text> {
    let Some(from) = from else { return first_day(written) };
    let (days, years) = LENGTH;
    let (first, last) = (from.saturating_add(days.days()), last_day_of(from, years));
    day(written).filter(|day| (first..=last).contains(day)).ok_or_else(|| {
        text!(
            "a date from {first} to {last}: half a year to {years} years after the first day",
            "{first} から {last} までの日付（初日から半年以上、{years} 年以内）"
        )
    })
}

/// The last of so many years.
fn last_day_of(from: Date, years: i64) -> Date {
    from.saturating_add(years.years()).saturating_sub(1.day())
}

fn cap(written: &str) -> Result<Decimal, Text> {
    let [least, most] = CAP.map(Decimal::from);
    let fits = |cap: &Decimal| cap.is_integer() && (least..=most).contains(cap);
    number(written, &["yen", "円"]).filter(fits).ok_or_else(|| {
        let [least, most] = [least, most].map(|amount| grouped(amount, ','));
        text!("whole yen from {least} to {most}", "{least} から {most} までの円単位の整数")
    })
}

fn target(written: &str, kind: &Kind) -> Result<Decimal, Text> {
    let [least, most] = kind.range;
    let digits = kind.digits;
    let fits = |target: &Decimal| target.scale() <= digits && (least..=most).contains(target);
    number(written, &[&kind.unit.en, &kind.unit.ja]).filter(fits).ok_or_else(|| {
        let (low, high) = (grouped(least, ','), kind.with_unit(most));
        let precision = match digits {
            0 => text!("in whole numbers", "整数"),
            _ => text!("with at most {digits} decimal", "小数第 {digits} 位まで"),
        };
        Text {
            en: format!("from {low} to {}, {}", high.en, precision.en),
            ja: format!("{low} から {}まで（{}）", high.ja, precision.ja),
        }
    })
}

/// A number, perhaps grouped, perhaps with one of these units behind it.
fn number(written: &str, units: &[&str]) -> Option<Decimal> {
    let plain = narrow(written).replace(['_', ','], "");
    let bare = units.iter().find_map(|unit| plain.strip_suffix(*unit)).unwrap_or(plain.as_str());
    money(bare).map(|number| number.normalize())
}

/// Without spaces around it, and with wide digits and signs, as Japanese keyboards give them, made
/// narrow.
fn narrow(written: &str) -> String {
    let narrow = |letter: char| match letter {
        '！'..='～' => char::from_u32(u32::from(letter) - 0xFEE0).unwrap_or(letter),
        letter => letter,
    };
    written.trim().chars().map(narrow).collect()
}

/// Asks for what no flag has answered. A wrong answer is asked for again; an empty one is what is
/// assumed.
///
/// # Errors
///
/// The end of what is typed, before the last answer.
pub(super) fn ask(
    given: &mut Given,
    kind: &Kind,
    language: Language,
    typed: &mut impl BufRead,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    output.talk(&pick!(
        language,
        "Enter takes what stands in brackets.\n",
        "そのまま Enter を押すと、［ ］の値になります。\n"
    ));
    for question in Question::ALL {
        while given.to(question).is_none() {
            let (answers, _) = read(given, kind);
            let words = question.words(kind);
            let (words, assumed) = (words.within(language), answers.shown(question, kind));
            let assumed = assumed.within(language);
            output.talk(&pick!(language, "{words} [{assumed}] ", "{words}［{assumed}］ "));
            let mut line = String::new();
            if !matches!(typed.read_line(&mut line), Ok(1..)) {
                output.talk("\n");
                return Err(Failure::Problems(vec![unanswered()]));
            }
            let line = line.trim();
            if line.is_empty() {
                break;
            }
            given.set(question, Some(line.to_owned()));
            let (_, wrong) = read(given, kind);
            // A first day may not suit the last day of a flag, which is not asked for again.
            let to_blame = |wrong: &&Wrong| {
                wrong.question == question
                    || (question == Question::From && wrong.question == Question::To)
            };
            if let Some(wrong) = wrong.iter().find(to_blame) {
                output.talk(&render::problem(&wrong.problem, language, output.talk_look));
                given.set(question, None);
            }
        }
    }
    Ok(())
}

fn unanswered() -> Problem {
    Problem::error(
        "unanswered",
        text!("the answers ended before the last question", "最後の質問の前に入力が終わりました"),
    )
    .help(text!(
        "answer by flags such as `--cap`, or take what is assumed with `--yes`",
        "`--cap` などで答えるか、`--yes` で既定の値を使ってください"
    ))
}
