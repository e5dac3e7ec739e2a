//! Expressions that use the one they replace.

use crate::problem::{Place, Problem, say};

/// The name that stands for the expression that a patch replaces.
pub(crate) const REPLACED: &str = "base";

/// An expression and how people read it.
pub(super) type Written = (String, String);

/// `text` with the name [`REPLACED`] standing for an expression; `None` where it is not there.
///
/// The expression is worked out once, before anything else, so that its random numbers are those it
/// has by itself. `before(…)` cannot be asked inside a call: there it is put in the name's place.
pub(super) fn with_replaced(text: &str, (replaced, shown): &Written) -> Option<(Written, usize)> {
    let (whole, count) = put_in_place(text, shown)?;
    let looks_back =
        text.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|w| w == "before");
    let called = if looks_back {
        put_in_place(text, replaced)?.0
    } else {
        format!("(|{REPLACED}| {text}).call({replaced})")
    };
    Some(((called, whole), if looks_back { count } else { 1 }))
}

/// `text` with the name [`REPLACED`] replaced by an expression, and how often it was.
fn put_in_place(text: &str, replaced: &str) -> Option<(String, usize)> {
    let (mut whole, mut quote, mut found) = (String::new(), None, 0);
    let mut rest = text.char_indices().peekable();
    while let Some((at, character)) = rest.next() {
        let starts = quote.is_none() && (character.is_alphabetic() || character == '_');
        if !starts {
            match quote {
                Some(open) => quote = (character != open).then_some(open),
                None if matches!(character, '"' | '\'' | '`') => quote = Some(character),
                None => {}
            }
            whole.push(character);
            continue;
        }
        let mut end = at + character.len_utf8();
        while let Some((next, _)) = rest.next_if(|(_, c)| c.is_alphanumeric() || *c == '_') {
            end = next + text[next..].chars().next().map_or(0, char::len_utf8);
        }
        let (word, named) = (&text[at..end], !text[..at].trim_end().ends_with('.'));
        if word == REPLACED && named {
            found += 1;
            whole += &format!("({replaced})");
        } else {
            whole += word;
        }
    }
    (found > 0).then_some((whole, found))
}

/// An expression that looks back and uses what it replaces more than once would draw it anew.
pub(super) fn base_twice(place: Place) -> Problem {
    Problem::error(
        "base-twice",
        say!(
            "beside `before(…)` a patch may use `{REPLACED}` only once",
            "`before(…)` のある式では、パッチは `{REPLACED}` を一度しか使えません"
        ),
    )
    .help(say!(
        "give what looks back a cell of its own, and use that",
        "一つ前の値を使う部分を別のセルにしてください"
    ))
    .at(place)
}
