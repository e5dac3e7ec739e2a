//! The text of a contract or a scenario: a template in one language, filled in.
//!
//! `⟦English｜日本語⟧` becomes the words of the reader's language, `{{place}}` what was answered or
//! follows from it.

use engine::problem::{Language, Text};
use rust_decimal::Decimal;

use super::answers::{Answers, Given, Question};
use super::kind::Kind;
use super::terms::{Evaluation, Terms, rounded};

/// What stands on a line of its own for a part that all templates share.
const SHARED: [(&str, &str); 4] = [
    ("{{terms}}\n", include_str!("../../templates/shared/terms.rhai")),
    ("{{provisions}}\n", include_str!("../../templates/shared/provisions.rhai")),
    ("{{run}}\n", include_str!("../../templates/shared/run.toml")),
    ("{{more}}\n", include_str!("../../templates/shared/more.toml")),
];

/// What is put in the places of a template, each by its name.
pub(super) struct Values(Vec<(&'static str, String)>);

impl Values {
    /// Everything that a contract of this name needs.
    pub(super) fn of(
        name: &str,
        kind: &Kind,
        given: &Given,
        answers: &Answers,
        language: Language,
    ) -> Self {
        let terms = Terms::of(answers, kind);
        let mut values = Self(vec![("name", name.to_owned()), ("cell", kind.cell.to_owned())]);
        values.answers(given, answers, language);
        values.amounts(&terms);
        values.outcomes(&terms, kind, answers.target);
        values.dates(&terms, kind, answers);
        values
    }

    /// The template in one language, with every place filled.
    pub(super) fn fill(&self, template: &str, language: Language) -> String {
        let whole = SHARED
            .iter()
            .fold(template.to_owned(), |text, (place, shared)| text.replace(place, shared));
        self.filled(&spoken(&whole, language))
    }

    /// What is put in is not looked at again: a name may look like a place.
    fn filled(&self, template: &str) -> String {
        let mut text = String::new();
        let mut rest = template;
        while let Some((before, behind)) = rest.split_once("{{") {
            let (place, after) = behind.split_once("}}").unwrap_or((behind, ""));
            text += before;
            match self.0.iter().find(|(known, _)| *known == place) {
                Some((_, value)) => text += value,
                // No template has such a place: a test sees to that.
                None => text += place,
            }
            rest = after;
        }
        text + rest
    }

    fn put(&mut self, place: &'static str, value: impl Into<String>) {
        self.0.push((place, value.into()));
    }

    fn numbers<const COUNT: usize>(&mut self, values: [(&'static str, Decimal); COUNT]) {
        for (place, value) in values {
            self.put(place, number(value));
        }
    }

    /// The answers, each with a word on whether it was given or is assumed.
    fn answers(&mut self, given: &Given, answers: &Answers, language: Language) {
        let mark = |question: Question| match given.to(question) {
            Some(_) => pick!(language, "as answered", "回答による"),
            None => pick!(language, "assumed", "仮定"),
        };
        self.put("payer", quoted(&answers.payer));
        self.put("payer_mark", mark(Question::Payer));
        self.put("provider", quoted(&answers.provider));
        self.put("provider_mark", mark(Question::Provider));
        self.put("from", answers.from.to_string());
        self.put("from_mark", mark(Question::From));
        self.put("to", answers.to.to_string());
        self.put("to_mark", mark(Question::To));
        self.put("cap", number(answers.cap));
        self.put("cap_mark", mark(Question::Cap));
        self.put("target", number(answers.target));
        self.put("target_mark", mark(Question::Target));
    }

    /// What is paid, and what examples come to.
    fn amounts(&mut self, terms: &Terms) {
        let Terms { each, main, second, base, price, .. } = *terms;
        let evaluations = Decimal::from(terms.evaluations.len());
        self.numbers([
            ("each", each),
            ("main", main),
            ("main_least", main * Decimal::new(6, 1)),
            ("main_most", main * Decimal::new(12, 1)),
            ("second", second),
            ("base", base),
            ("price", price),
            ("half_total", terms.half_total),
            ("few_total", base + second),
            ("total", each * evaluations),
            ("evaluations_count", evaluations),
            ("investment", (each * Decimal::new(7, 1)).trunc()),
        ]);
    }

    /// Values of indicators, and what the scenario takes the programme to achieve: eight tenths of the
    /// way from what is measured without it to the target, with a standard deviation of a quarter.
    fn outcomes(&mut self, terms: &Terms, kind: &Kind, target: Decimal) {
        let Terms { without, people, .. } = *terms;
        let way = target - without;
        let effect = way * Decimal::new(8, 1);
        let digits = kind.digits + 1;
        self.numbers([
            ("without", without),
            ("low", terms.low),
            ("half", terms.half),
            ("first_step", terms.first_step),
            ("second_step", terms.second_step),
            ("people", people),
            ("half_people", terms.half_people),
            ("invited", people * Decimal::from(4)),
            ("effect", rounded(effect, digits)),
            ("reached", rounded(without + effect, digits)),
            ("spread", rounded(way / Decimal::from(4), digits + 1)),
            ("without_spread", rounded(without / Decimal::TWO, digits)),
        ]);
    }

    /// Lists by date, and the seed of the random numbers, which is the first day.
    fn dates(&mut self, terms: &Terms, kind: &Kind, answers: &Answers) {
        let on_target = self.filled(kind.on_target);
        let part = |percent: i64| number((terms.each * Decimal::new(percent, 2)).trunc());
        let (delivery, evaluation) = (part(35), part(3));
        let evaluations = lines(&terms.evaluations, |Evaluation { at, paid }| {
            format!("    #{{ at: \"{at}\", paid: \"{paid}\" }},")
        });
        let everything = lines(&terms.evaluations, |Evaluation { at, .. }| {
            format!("    #{{ at: \"{at}\", {on_target} }},")
        });
        let evaluation = lines(&terms.evaluations, |Evaluation { at, .. }| {
            format!("    [\"{at}\", yen({evaluation})],")
        });
        let delivery =
            lines(&terms.costs(answers.from), |date| format!("    [\"{date}\", yen({delivery})],"));
        let first = terms.evaluations.first().map(|first| first.at.to_string());
        self.put("evaluations", evaluations);
        self.put("everything", everything);
        self.put("evaluation", evaluation);
        self.put("delivery", delivery);
        self.put("first", first.unwrap_or_default());
        self.put("seed", answers.from.to_string().replace('-', ""));
    }
}

/// A line for each of several dates.
fn lines<T>(dates: &[T], line: impl Fn(&T) -> String) -> String {
    dates.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The template with the words of one language.
fn spoken(template: &str, language: Language) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('⟦') {
        let (both, after) = behind.split_once('⟧').unwrap_or((behind, ""));
        let (en, ja) = both.split_once('｜').unwrap_or((both, both));
        text += before;
        text += match language {
            Language::En => en,
            Language::Ja => ja,
        };
        rest = after;
    }
    text + rest
}

/// A name as a script writes it: one text, or one in each language where they differ.
fn quoted(name: &Text) -> String {
    let quoted = |name: &str| format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""));
    let (en, ja) = (quoted(&name.en), quoted(&name.ja));
    if en == ja { en } else { format!("#{{ ja: {ja}, en: {en} }}") }
}

/// A number as scripts and scenarios write it: `18_000_000`, `2.5`.
fn number(value: Decimal) -> String {
    grouped(value, '_')
}

/// A number with something between its thousands.
pub(super) fn grouped(value: Decimal, separator: char) -> String {
    let text = value.normalize().to_string();
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, format!(".{fraction}")),
        None => (text.as_str(), String::new()),
    };
    let mut grouped = String::new();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            grouped.push(separator);
        }
        grouped.push(digit);
    }
    grouped + fraction.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_spoken_in_one_language() {
        let template = "a ⟦// one\n// two｜// 一⟧ b ⟦c｜d⟧";
        assert_eq!(spoken(template, Language::En), "a // one\n// two b c");
        assert_eq!(spoken(template, Language::Ja), "a // 一 b d");
    }

    #[test]
    fn what_is_put_in_is_not_looked_at_again() {
        let values = Values(vec![("payer", "{{cap}} ⟦a｜b⟧".to_owned()), ("cap", "1".to_owned())]);
        assert_eq!(values.fill("{{payer}}, {{cap}}", Language::En), "{{cap}} ⟦a｜b⟧, 1");
    }

    #[test]
    fn a_name_cannot_end_its_quotes() {
        assert_eq!(quoted(&Text::from(r#"a"b\"#)), r#""a\"b\\""#);
        assert_eq!(quoted(&text!("City", "市")), r#"#{ ja: "市", en: "City" }"#);
    }

    #[test]
    fn numbers_are_grouped() {
        let written = |number_: &str| number(number_.parse().unwrap());
        assert_eq!(written("18000000"), "18_000_000");
        assert_eq!(written("1234.50"), "1_234.5");
        assert_eq!(written("0.125"), "0.125");
        assert_eq!(written("999"), "999");
    }
}
