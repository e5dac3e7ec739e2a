//! What a result rests on, and what of it has no source.

use super::document::Section;
use crate::problem::Place;

/// A number or an expression of the scenario, as the file states it.
#[derive(Debug, Clone)]
pub struct Assumption {
    /// Its name: a cell, `outcomes.…`, `benefits.…`, `cohort.…` or a row of a table.
    pub name: String,
    /// Its expression, or its entries.
    pub is: String,
    /// Its expression when the programme has no effect.
    pub no_effect: Option<String>,
    /// What the file says of where it comes from.
    pub source: Option<String>,
    /// Whether it has no source: none is said, or what is said begins with "assumed" or 仮定. An
    /// expression that names others and writes no number of its own rests on those.
    pub assumed: bool,
    /// Where it is declared.
    pub place: Place,
}

/// Where a number comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sourced {
    /// From here.
    From(String),
    /// It is assumed, for this reason if any is given.
    Assumed(String),
}

impl Sourced {
    /// Nothing, or a text that begins with "assumed" or 仮定, is no source.
    pub(super) fn of(text: Option<&str>) -> Sourced {
        let text = text.unwrap_or_default().trim();
        let assumed = text.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("assumed"));
        if text.is_empty() || assumed || text.starts_with("仮定") {
            Sourced::Assumed(text.to_owned())
        } else {
            Sourced::From(text.to_owned())
        }
    }

    /// The source of numbers that stand together: assumed if any of them is.
    pub(super) fn and(self, other: Sourced) -> Sourced {
        match (self, other) {
            (assumed @ Sourced::Assumed(_), _) | (_, assumed @ Sourced::Assumed(_)) => assumed,
            (Sourced::From(a), Sourced::From(b)) if a == b => Sourced::From(a),
            (Sourced::From(a), Sourced::From(b)) if a.contains(&b) => Sourced::From(a),
            (Sourced::From(a), Sourced::From(b)) => Sourced::From(format!("{a}; {b}")),
        }
    }
}

/// Whether what is said of an expression, or of several, is no source of theirs.
pub(super) fn is_assumed(source: Option<&str>, follows: bool) -> bool {
    let said = source.is_some_and(|source| !source.trim().is_empty());
    matches!(Sourced::of(source), Sourced::Assumed(_)) && (said || !follows)
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
pub(super) fn of_table(section: &Section<'_>, inherited: Option<&str>) -> Vec<Assumption> {
    let source = if section.has("source") { section.text("source") } else { None };
    let source = source.or_else(|| inherited.map(str::to_owned));
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
                inside.extend(group.iter().flat_map(|group| of_table(group, source.as_deref())));
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
            is: entries.join(", "),
            no_effect: None,
            assumed: is_assumed(source.as_deref(), all_follow),
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
        assert!(is_assumed(Some("assumed: half"), true));
        assert!(is_assumed(Some("仮定"), false));
        assert!(is_assumed(Some(" "), false) && is_assumed(None, false));
        assert!(!is_assumed(None, true) && !is_assumed(Some("Tsuji 2018"), false));
    }

    #[test]
    fn what_is_called_assumed_or_nothing_is_no_source() {
        for text in
            [None, Some(""), Some(" "), Some("assumed"), Some("Assumed: as C2"), Some("仮定")]
        {
            assert!(matches!(Sourced::of(text), Sourced::Assumed(_)), "{text:?}");
        }
        assert_eq!(Sourced::of(Some("MHLW")), Sourced::From("MHLW".into()));
    }

    #[test]
    fn numbers_that_stand_together_are_assumed_if_one_is() {
        let of = |text| Sourced::of(Some(text));
        assert_eq!(of("a").and(of("assumed")), Sourced::Assumed("assumed".into()));
        assert_eq!(of("a").and(of("b")).and(of("a")), Sourced::From("a; b".into()));
    }
}
