//! What a result rests on, and what of it has no source.

use super::document::Section;
use crate::problem::{Language, Place, Text};

/// A number or an expression of the scenario, as the file states it.
#[derive(Debug, Clone)]
pub struct Assumption {
    /// Its name: a cell, `outcomes.…`, `benefits.…`, `cohort.…` or a row of a table.
    pub name: String,
    /// What people call it, where the file says so.
    pub title: Option<Text>,
    /// Its expression, or its entries.
    pub is: String,
    /// Its expression when the programme has no effect.
    pub no_effect: Option<String>,
    /// What the file says of where it comes from.
    pub source: Option<Text>,
    /// Whether it has no source: none is said, or what is said begins with "assumed" or 仮定. An
    /// expression that names others and writes no number of its own rests on those.
    pub assumed: bool,
    /// Where it is declared.
    pub place: Place,
}

impl Assumption {
    /// Its title with the name behind it; the name where it has no title.
    #[must_use]
    pub fn called(&self, language: Language) -> String {
        called(self.title.as_ref(), &self.name, language)
    }
}

/// A title with a name behind it.
pub(crate) fn called(title: Option<&Text>, name: &str, language: Language) -> String {
    title.map_or_else(|| name.to_owned(), |title| title.beside_name(name, language))
}

/// Where a number comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sourced {
    /// From here.
    From(Text),
    /// It is assumed, for this reason if any is given.
    Assumed(Text),
}

impl Sourced {
    /// Nothing, or a text that begins with "assumed" or 仮定, is no source.
    pub(super) fn of(text: Option<Text>) -> Sourced {
        let text = text.unwrap_or_default();
        let [en, ja] = [text.en.trim(), text.ja.trim()];
        let text = Text { en: en.to_owned(), ja: ja.to_owned() };
        if en.is_empty() || [en, ja].into_iter().any(|said| assumed(said).is_some()) {
            Sourced::Assumed(text)
        } else {
            Sourced::From(text)
        }
    }

    /// The source of numbers that stand together: assumed if any of them is.
    pub(super) fn and(self, other: Sourced) -> Sourced {
        match (self, other) {
            (assumed @ Sourced::Assumed(_), _) | (_, assumed @ Sourced::Assumed(_)) => assumed,
            (Sourced::From(a), Sourced::From(b)) if a == b => Sourced::From(a),
            (Sourced::From(a), Sourced::From(b)) if a.en.contains(&b.en) => Sourced::From(a),
            (Sourced::From(a), Sourced::From(b)) => {
                Sourced::From(Text::join(&[a, b], &Text::from("; ")))
            }
        }
    }
}

/// What stands behind the word that calls a number assumed.
fn assumed(source: &str) -> Option<&str> {
    const WORD: &str = "assumed";
    match source.split_at_checked(WORD.len()) {
        Some((start, rest)) if start.eq_ignore_ascii_case(WORD) => Some(rest),
        _ => source.strip_prefix("仮定"),
    }
}

/// A source that is said in one language, with the word that calls it assumed in both: `assumed: …`
/// and 仮定: ….
pub(super) fn worded(source: &str) -> Text {
    let reason = assumed(source.trim()).map(str::trim_start);
    match reason.map(|rest| (rest, rest.strip_prefix([':', '：']).map(str::trim))) {
        Some(("", _)) => Text { en: "assumed".to_owned(), ja: "仮定".to_owned() },
        Some((_, Some(reason))) => {
            Text { en: format!("assumed: {reason}"), ja: format!("仮定: {reason}") }
        }
        _ => Text::from(source),
    }
}

/// Whether what is said of an expression, or of several, is no source of theirs.
pub(super) fn is_assumed(source: Option<&Text>, follows: bool) -> bool {
    let said = source.is_some_and(|source| !source.en.trim().is_empty());
    matches!(Sourced::of(source.cloned()), Sourced::Assumed(_)) && (said || !follows)
}

/// Whether an expression names something and writes no number: names that end in digits and files
/// are no numbers.
pub(super) fn follows(expression: &str) -> bool {
    let (mut quote, mut within, mut names) = (None, false, false);
    for character in expression.chars() {
        if let Some(open) = quote {
            quote = (character != open).then_some(open);
        } else if character == '"' || character == '\'' {
            quote = Some(character);
        } else {
            let letter = character.is_alphabetic() || character == '_';
            if character.is_ascii_digit() && !within {
                return false;
            }
            names |= letter;
            within = letter || (within && character.is_ascii_digit());
        }
    }
    names
}

/// What a table of expressions rests on, and the tables inside it that state a group; a source
/// stands for what has none of its own.
pub(super) fn of_table(section: &Section<'_>, inherited: Option<&Text>) -> Vec<Assumption> {
    let source = section.source().or_else(|| inherited.cloned());
    let title = section.has("title").then(|| section.title("title")).flatten();
    let (mut entries, mut inside, mut all_follow) = (Vec::new(), Vec::new(), true);
    for key in section.keys() {
        match key {
            "source" | "note" | "title" | "cashable" => {}
            "shares" => {
                let Some(shares) = section.section(key) else { continue };
                let shares: Vec<(&str, String)> = shares
                    .keys()
                    .into_iter()
                    .filter_map(|to| Some((to, shares.number(to)?.normalize().to_string())))
                    .collect();
                all_follow &= shares.iter().all(|(_, share)| share == "1" || share == "0");
                let shares: Vec<String> =
                    shares.iter().map(|(to, share)| format!("{to} {share}")).collect();
                entries.push(format!("shares: {}", shares.join(", ")));
            }
            _ if section.is_section(key) => {
                let group = section.section(key);
                inside.extend(group.iter().flat_map(|group| of_table(group, source.as_ref())));
            }
            _ => {
                let Some(expression) = section.expression(key) else { continue };
                all_follow &= follows(expression.shown());
                entries.push(format!("{key}: {}", expression.shown()));
            }
        }
    }
    let mut assumptions = Vec::new();
    if !entries.is_empty() {
        assumptions.push(Assumption {
            name: section.name.clone(),
            title,
            is: entries.join(", "),
            no_effect: None,
            assumed: is_assumed(source.as_ref(), all_follow),
            source,
            place: section.here(),
        });
    }
    assumptions.extend(inside);
    assumptions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_without_a_number_follows_from_what_it_names() {
        for expression in ["active / invited", "q1 + q2", "life_table(\"life_2023.csv\", \"q\", a)"]
        {
            assert!(follows(expression), "{expression}");
        }
        for expression in ["5", "0.9 * active", "max(active, 1)", "q1 + 1", "", "exp(-.5)"] {
            assert!(!follows(expression), "{expression}");
        }
    }

    #[test]
    fn what_is_called_assumed_is_assumed_whatever_it_follows_from() {
        let assumed = |said: &str, follows| is_assumed(Some(&Text::from(said)), follows);
        assert!(assumed("assumed: half", true) && assumed("仮定", false));
        assert!(assumed(" ", false) && is_assumed(None, false));
        assert!(!is_assumed(None, true) && !assumed("Tsuji 2018", false));
        let both = Text { en: "a guess".into(), ja: "仮定: 推測".into() };
        assert!(is_assumed(Some(&both), false));
    }

    #[test]
    fn what_is_called_assumed_or_nothing_is_no_source() {
        for text in
            [None, Some(""), Some(" "), Some("assumed"), Some("Assumed: as C2"), Some("仮定")]
        {
            assert!(matches!(Sourced::of(text.map(Text::from)), Sourced::Assumed(_)), "{text:?}");
        }
        assert_eq!(Sourced::of(Some("MHLW".into())), Sourced::From("MHLW".into()));
    }

    #[test]
    fn numbers_that_stand_together_are_assumed_if_one_is() {
        let of = |text: &str| Sourced::of(Some(text.into()));
        assert_eq!(of("a").and(of("assumed")), Sourced::Assumed("assumed".into()));
        assert_eq!(of("a").and(of("b")).and(of("a")), Sourced::From("a; b".into()));
    }

    #[test]
    fn the_word_that_calls_a_number_assumed_is_said_in_both_languages() {
        let said = |source| {
            let Text { en, ja } = worded(source);
            (en, ja)
        };
        let both = |en: &str, ja: &str| (en.to_owned(), ja.to_owned());
        assert_eq!(said("assumed: half leave"), both("assumed: half leave", "仮定: half leave"));
        assert_eq!(said("仮定：半数"), both("assumed: 半数", "仮定: 半数"));
        assert_eq!(said("Assumed"), both("assumed", "仮定"));
        assert_eq!(
            said("MHLW; lower end assumed"),
            both("MHLW; lower end assumed", "MHLW; lower end assumed")
        );
        assert_eq!(
            said("assumed spread about 6%"),
            both("assumed spread about 6%", "assumed spread about 6%")
        );
    }

    #[test]
    fn a_title_has_the_name_behind_it() {
        let title = Text { en: "Effect".into(), ja: "効果".into() };
        assert_eq!(called(Some(&title), "effect", Language::En), "Effect (effect)");
        assert_eq!(called(Some(&title), "effect", Language::Ja), "効果（effect）");
        assert_eq!(called(None, "effect", Language::Ja), "effect");
    }
}
