//! What a patch changes of what a scenario states.

use serde::Serialize;

use crate::problem::{Problem, Source, say};
use crate::scenario::{Patch, Restated, Scenario, exact};

/// Something that a patch states otherwise than the scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// Its name: a cell, or an entry such as `outcomes.….n`, `cohort.….size`, `params.…` and
    /// `correlate.…–…`.
    pub name: String,
    /// How the scenario states it; nothing where it does not.
    pub before: Option<String>,
    /// How it is stated with the patch; nothing where it is gone.
    pub after: Option<String>,
}

/// What of the entries of a patch differs from the scenario, in the order of the patch.
pub(super) fn changes(restated: &[Restated], base: &Scenario, with: &Scenario) -> Vec<Changed> {
    let told = |of: &Restated| {
        let path: Vec<&str> = of.path.iter().map(String::as_str).collect();
        let [before, after] = match path[..] {
            // Every variant runs on the scenario's own paths.
            [key] if is_of_the_run(key) => return None,
            // What a scenario does not state has a value all the same.
            ["params", name] => [base, with].map(|scenario| parameter(scenario, name)),
            ["discount_rate"] => [base, with].map(|of| Some(of.discount_rate.to_string())),
            ["discount_from_year"] => {
                [base, with].map(|of| Some(of.discount_from_year.to_string()))
            }
            _ => [of.before.clone(), of.after.clone()],
        };
        // The expression it replaces, and nothing else, changes nothing.
        let alone = before.as_ref().map(|before| format!("({before})"));
        let text = |of: &Option<String>| of.as_deref().map(written_plainly);
        let same = text(&after) == text(&before) || text(&after) == text(&alone);
        (!same).then(|| Changed { name: name_of(&path), before, after })
    };
    restated.iter().filter_map(told).collect()
}

fn parameter(scenario: &Scenario, name: &str) -> Option<String> {
    let known = scenario.contract.parameters.iter().find(|of| of.name == name);
    known.map(|of| of.value.normalize().to_string())
}

/// A value or an expression without what is only a matter of writing: numbers as short as they can be
/// (`1_000` and `1000.0` are one), and no spaces but between words. What stands in quotes stays.
fn written_plainly(text: &str) -> String {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    let mut plain = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if matches!(first, '"' | '\'' | '`') {
            quoted(rest, first)
        } else if first.is_ascii_digit() {
            number(rest)
        } else if is_word(first) {
            rest.find(|character: char| !is_word(character)).unwrap_or(rest.len())
        } else if first.is_whitespace() {
            rest.find(|character: char| !character.is_whitespace()).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(length);
        let between_words = plain.ends_with(is_word) && after.starts_with(is_word);
        if first.is_ascii_digit() {
            let value = exact(token);
            plain += &value.map_or_else(|| token.to_owned(), |of| of.normalize().to_string());
        } else if !first.is_whitespace() {
            plain += token;
        } else if between_words {
            plain.push(' ');
        }
        rest = after;
    }
    plain
}

/// How long the text in quotes is that `text` starts with.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return at + quote.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

/// How long the number is that `text` starts with: `1_000`, `0.50`, `1e-3`.
fn number(text: &str) -> usize {
    let digits = |from: usize| {
        let rest = &text[from..];
        from + rest.find(|c: char| !(c.is_ascii_digit() || c == '_')).unwrap_or(rest.len())
    };
    let digit_at = |at: usize| text[at..].starts_with(|c: char| c.is_ascii_digit());
    let mut end = digits(0);
    if text[end..].starts_with('.') && digit_at(end + 1) {
        end = digits(end + 1);
    }
    if text[end..].starts_with(['e', 'E']) {
        let sign = usize::from(text[end + 1..].starts_with(['+', '-']));
        if digit_at(end + 1 + sign) {
            end = digits(end + 1 + sign);
        }
    }
    end
}

/// A cell by its own name, anything else by those of its sections too.
fn name_of(path: &[&str]) -> String {
    let (cell, is_cell) = match path {
        ["assume", "each", cell @ ..] | ["assume", cell @ ..] => (cell, true),
        _ => (path, false),
    };
    cell.strip_suffix(&["is"]).filter(|_| is_cell).unwrap_or(cell).join(".")
}

/// What of a patch does nothing here.
pub(super) fn idle(patch: &Patch, restated: &[Restated], changed: &[Changed]) -> Vec<Problem> {
    let mut warnings = Vec::new();
    for of in restated.iter().filter(|of| matches!(&of.path[..], [key] if is_of_the_run(key))) {
        let key = &of.path[0];
        let problem = Problem::warning(
            "same-paths",
            say!(
                "`{key}` of a stress is not looked at",
                "ストレスの `{key}` は使われません"
            ),
        )
        .help(say!(
            "every stress runs on the paths of the scenario itself, so that only its assumptions make the difference: use --paths or --seed for all of them",
            "前提の違いだけを比べるため、どのストレスもシナリオ自身と同じパスで試算します。すべてに対して変えるには --paths、--seed を使ってください"
        ));
        warnings.push(problem.at(of.place.clone()));
    }
    if changed.is_empty() {
        let problem = Problem::warning(
            "changes-nothing",
            say!("this patch changes nothing", "このパッチは何も変えません"),
        )
        .expected(say!(
            "an entry that is stated otherwise than in the scenario",
            "シナリオと異なる内容の項目"
        ));
        warnings.push(problem.at(Source::new(patch.file(), "").whole()));
    }
    warnings
}

fn is_of_the_run(key: &str) -> bool {
    matches!(key, "seed" | "paths")
}

#[cfg(test)]
mod tests {
    use super::written_plainly;

    #[test]
    fn the_same_number_and_the_same_expression_are_the_same_however_written() {
        for (one, other) in [
            ("1_000", "1000"),
            ("0.5", "0.50"),
            ("1e3", "1000.0"),
            ("normal( 0,1 )", "normal(0.0, 1)"),
            ("if x>1 { 2 } else { 3 }", "if x > 1.0 {2} else {3}"),
            ("rho = 0.5", "rho=0.50"),
            ("\n 2 * base\n", "2*base"),
        ] {
            assert_eq!(written_plainly(one), written_plainly(other), "{one} {other}");
        }
    }

    #[test]
    fn what_is_another_expression_stays_another() {
        for (one, other) in [
            ("0.5", "0.05"),
            ("x1", "x10"),
            ("x1", "x01"),
            ("a b", "ab"),
            ("利用 率", "利用率"),
            ("table('a 1.10.csv')", "table('a 1.1.csv')"),
            ("'it\\'s 1.0'", "'it\\'s 1'"),
            ("1e3", "1e4"),
            ("2.max(3)", "2.0.max(4)"),
            ("-1", "1"),
        ] {
            assert_ne!(written_plainly(one), written_plainly(other), "{one} {other}");
        }
    }
}
